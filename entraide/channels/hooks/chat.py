"""Chats: news in a line, in the language of the chat, through Apprise."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from entraide.channels.hooks import chat_address
from entraide.channels.hooks.keeping import address_of
from entraide.channels.hooks.models import Delivery, Endpoint, Transport
from entraide.channels.hooks.notices import notice_of
from entraide.channels.hooks.outcome import Message, Outcome
from entraide.core.outside import NoAnswer
from entraide.tickets.models import TicketEntry

PATIENCE_S = 25


class Chat:
    """Messages to people, through one of the services of chat_address.py."""

    code = Transport.CHAT.value

    def message_of(self, entry: TicketEntry, endpoint: Endpoint) -> Message:
        """Return the line about an entry that brings news; of the ticket it names what the chat may have."""
        notice = notice_of(entry)
        if notice is None:
            raise ValueError(f"{entry.kind} is no news for a chat.")
        ticket = entry.ticket
        about = [f"P{ticket.priority}", ticket.organisation.name]
        if ticket.team:
            about.append(f"{ticket.team} (N{ticket.level})")
        title = f"{notice.mark} {ticket.reference}"
        with translation.override(endpoint.language):
            lines = [
                str(notice.sentence),
                " · ".join(about),
                f"{settings.ENTRAIDE.base_url}/desk/tickets/{ticket.number}/",
            ]
        if endpoint.with_words:
            title += f" · {ticket.subject}"
        return Message(
            f"notice.{notice.code}", json.dumps({"title": title, "text": "\n".join(lines)}, ensure_ascii=False)
        )

    def test_message(self, endpoint: Endpoint) -> str:
        with translation.override(endpoint.language):
            text = _("This is a test: what happens to tickets will be told here.")
        return json.dumps({"title": "Entraide", "text": f"{text}\n{settings.ENTRAIDE.base_url}"}, ensure_ascii=False)

    def send(self, delivery: Delivery) -> Outcome:
        """Send a message. Raises Refused when nothing may be sent there any more, NoAnswer when it takes too long.

        In a process of its own, in which no private address can be looked up: the plug-ins of Apprise open their own connections.
        """
        address = address_of(delivery.endpoint)
        chat_address.check(address)
        order = {
            **json.loads(delivery.body),
            "address": address,
            "networks": settings.ENTRAIDE.private_targets,
            "only_loopback": chat_address.scheme_of(address) in chat_address.PLAIN,
        }
        began = time.monotonic()
        answer = _answer(order)
        said = _without_secrets(answer["said"], address)
        return Outcome(
            went=answer["went"],
            duration_ms=round((time.monotonic() - began) * 1000),
            said=said,
            error="" if answer["went"] else _("The chat did not take it."),
        )


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "entraide.channels.hooks.chat_process"]
    try:
        done = subprocess.run(
            command, input=json.dumps(order), capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer(_("No answer within %(seconds)d seconds.") % {"seconds": PATIENCE_S}) from None
    if done.returncode != 0:
        # What it wrote may name the address.
        raise NoAnswer(_("The message could not be sent: the program for it ended with an error."))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _without_secrets(said: str, address: str) -> str:
    """Return what Apprise said without any longer part of the address."""
    for part in sorted(re.split(r"[/:@?&=#]+", address)[1:], key=len, reverse=True):
        if len(part) >= 8:
            said = said.replace(part, "…")
    return said.replace("\x00", "")
