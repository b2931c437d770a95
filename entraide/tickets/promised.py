"""What the agreement in force makes of a ticket: its version, its priority, the raise for a VIP."""

from __future__ import annotations

from entraide.contracts.holding import version_for
from entraide.people.models import Person
from entraide.sla.models import AgreementVersion
from entraide.sla.plans import plan_of
from entraide.tickets.models import Ticket
from entraide.tickets.priority import priority_of

RHYTHM_MINUTES = 60


def promised(organisation_id: int, *, site_id: int | None, beneficiary: Person) -> tuple[int | None, int]:
    """Return the agreement version in force and by how many steps it raises the priority for this person."""
    version_id = version_for(organisation_id, site_id=site_id)
    return version_id, vip_raise(version_id, beneficiary)


def vip_raise(version_id: int | None, beneficiary: Person) -> int:
    """Return by how many steps the priority of this person's tickets is raised."""
    return plan_of(version_id).vip_raise if version_id is not None and beneficiary.is_vip else 0


def computed_priority(ticket: Ticket, *, impact: int | None = None, urgency: int | None = None) -> int:
    """Return the priority that impact, urgency and the agreement give, before anybody overrides it.

    `impact` and `urgency` are those of the ticket unless others are asked about.
    """
    return priority_for(
        ticket.impact if impact is None else impact,
        ticket.urgency if urgency is None else urgency,
        version_id=ticket.agreement_version_id,
        raised=ticket.priority_raise,
    )


def priority_for(impact: int, urgency: int, *, version_id: int | None, raised: int = 0) -> int:
    """Return the priority (1-4) by the matrix of this agreement version, or by the general one."""
    if version_id is None:
        return priority_of(impact, urgency)
    return plan_of(version_id).priority(impact, urgency, raised=raised)


def promised_rhythm(ticket: Ticket) -> int:
    """Return within how many minutes the public of a major incident is told again, as the agreement promises it."""
    if ticket.agreement_version_id is not None:
        target = plan_of(ticket.agreement_version_id).target(
            "update_rhythm", level=0, kind=ticket.kind, priority=ticket.priority
        )
        if target is not None:
            return target.minutes
    return RHYTHM_MINUTES


def version_after_move(ticket: Ticket, *, organisation_id: int, site_id: int | None) -> int | None:
    """Return the agreement version of a ticket at another place: a newer one only where the agreement differs."""
    version_id = version_for(organisation_id, site_id=site_id)
    if version_id is None or ticket.agreement_version_id is None:
        return version_id
    old, new = (
        AgreementVersion.objects.values_list("agreement_id", flat=True).get(pk=key)
        for key in (ticket.agreement_version_id, version_id)
    )
    return ticket.agreement_version_id if old == new else version_id
