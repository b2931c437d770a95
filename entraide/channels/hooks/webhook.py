"""Webhooks: each entry as JSON, signed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from entraide.channels.hooks import payload
from entraide.channels.hooks.keeping import address_of, signed_headers
from entraide.channels.hooks.models import Delivery, Endpoint, Transport
from entraide.channels.hooks.outcome import Message, Outcome
from entraide.channels.hooks.wanted import type_of
from entraide.core.outside import Answer, post
from entraide.tickets.models import TicketEntry

GONE = 410


class Webhook:
    """Messages to a program, as docs/hooks.md describes them."""

    code = Transport.WEBHOOK.value

    def message_of(self, entry: TicketEntry, endpoint: Endpoint) -> Message:
        return Message(type_of(entry.kind), payload.message_of(entry, endpoint))

    def test_message(self, endpoint: Endpoint) -> str:
        return payload.test_message(endpoint)

    def send(self, delivery: Delivery) -> Outcome:
        endpoint = delivery.endpoint
        headers = {
            **signed_headers(endpoint, str(delivery), delivery.body),
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Entraide",
            "Connection": "close",
        }
        answer = post(address_of(endpoint), delivery.body.encode(), headers=headers)
        return Outcome(
            went=answer.is_success,
            duration_ms=answer.duration_ms,
            status=answer.status,
            said=answer.text,
            error="" if answer.is_success else _refusal(answer),
            wait=answer.asked_pause,
            is_gone=answer.status == GONE,
        )


def _refusal(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return _("It answered with a redirect, which is not followed: enter the address to which it leads.")
    return _("It answered with the status %(status)d.") % {"status": answer.status}
