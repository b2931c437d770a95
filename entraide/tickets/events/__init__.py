"""What can happen to a ticket, by ability."""

from entraide.tickets.events import (  # noqa: F401 (each module registers its events)
    approving,
    assigning,
    closing,
    confiding,
    editing,
    escalating,
    filling,
    forgetting,
    linking,
    merging,
    messages,
    moving,
    opening,
    quarantine,
    rating,
    resolving,
    third_parties,
    waiting,
    watching,
    working,
)
