"""How something goes to an endpoint: a new way is one file, named here."""

from __future__ import annotations

import time
from typing import Protocol

from entraide.channels.hooks.chat import Chat
from entraide.channels.hooks.models import Delivery, Endpoint
from entraide.channels.hooks.outcome import Message, Outcome
from entraide.channels.hooks.webhook import Webhook
from entraide.core.events import Refused
from entraide.core.outside import NoAnswer
from entraide.core.registry import Registry
from entraide.core.secrets import SecretLost
from entraide.tickets.models import TicketEntry


class Way(Protocol):
    """One way. `send` raises Refused, NoAnswer or SecretLost where it got no answer."""

    @property
    def code(self) -> str: ...

    def message_of(self, entry: TicketEntry, endpoint: Endpoint) -> Message: ...

    def test_message(self, endpoint: Endpoint) -> str: ...

    def send(self, delivery: Delivery) -> Outcome: ...


ways: Registry[Way] = Registry("ways to an endpoint")
ways.register(Webhook())
ways.register(Chat())


def way_to(endpoint: Endpoint) -> Way:
    """Return how messages go to this endpoint."""
    return ways.get(endpoint.transport)


def send(delivery: Delivery) -> Outcome:
    """Send a message and return what became of it, whatever that is."""
    began = time.monotonic()
    try:
        return way_to(delivery.endpoint).send(delivery)
    except (Refused, NoAnswer, SecretLost) as error:
        return Outcome(went=False, duration_ms=round((time.monotonic() - began) * 1000), error=str(error))
