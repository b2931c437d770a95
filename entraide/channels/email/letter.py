"""A message as the desk looks at it: who wrote it, to whom, after what, and the words that are new."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings

from entraide.channels.email.addresses import is_ours, support_address
from entraide.channels.email.message_ids import DESK_HEADER, desk_id
from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.parsing.automatic import Nature, classify
from entraide.channels.email.parsing.message import Address, ParsedMail, parse
from entraide.channels.email.parsing.reply import Reply, split_reply, split_reply_html
from entraide.channels.email.parsing.thread_clues import ThreadClues, clues
from entraide.channels.email.threading import clipped
from entraide.core.scope import Scope, scoped


@dataclass
class Letter:
    """A parsed message with its envelope; `envelope_from` is "<>" for the null sender, "" where it is not known."""

    parsed: ParsedMail
    envelope_from: str
    envelope_to: tuple[str, ...]
    _is_ours: dict[str, bool] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: bytes, *, envelope_from: str, envelope_to: tuple[str, ...]) -> Letter:
        return cls(parse(raw), envelope_from, envelope_to)

    @cached_property
    def nature(self) -> Nature:
        """What kind of message it is: a person's, a machine's, a bounce."""
        return classify(self.parsed, envelope_from=self.envelope_from or None)

    @cached_property
    def author(self) -> Address:
        """Who wrote it; the address is empty if nothing in the message tells.

        A web form often sends in the desk's own name and puts the person into Reply-To.
        """
        sender = self.parsed.sender or Address("", self.envelope_from.strip("<>"))
        if sender.email and self._ours(sender.email):
            return next((each for each in self.parsed.reply_to if not self._ours(each.email)), sender)
        return sender

    @cached_property
    def clues(self) -> ThreadClues:
        """What in it may tell the ticket that it answers."""
        local_part, _, domain = support_address().rpartition("@")
        prefix = settings.ENTRAIDE.ticket_prefix
        return clues(self.parsed, local_part=local_part, domain=domain, prefix=prefix, envelope_to=self.envelope_to)

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """Every address to which it was sent or delivered, in lower case."""
        written = (each.email.lower() for each in (*self.parsed.to, *self.parsed.cc))
        return tuple(dict.fromkeys((*self.envelope_to, *written)))

    @cached_property
    def copied_to(self) -> list[str]:
        """Whom it was written to besides the desk, at most a hundred."""
        written = dict.fromkeys(each.email.lower() for each in (*self.parsed.to, *self.parsed.cc))
        others = [each for each in written if each != self.author.email.lower() and len(each) <= 320]
        return [each for each in others[:100] if not self._ours(each)]

    @property
    def message_id(self) -> str:
        return clipped(self.parsed.message_id or "")

    @cached_property
    def new_text(self) -> str:
        """What its author wrote, without what they quote; everything, if nothing is left otherwise."""
        return self._reply.new.strip() or self.parsed.body_text.strip()

    @cached_property
    def new_html(self) -> str:
        """The same as HTML (not sanitised), or "" where there is none or what is quoted cannot be told apart in it."""
        html = self.parsed.body_html or ""
        if not html or not self._reply.quoted or not self._reply.new.strip():
            return html
        new, quoted = split_reply_html(html)
        return "" if quoted is None else new

    @cached_property
    def _reply(self) -> Reply:
        return split_reply(self.parsed.body_text)

    @property
    def says_it_is_from_us(self) -> bool:
        return bool(self.author.email) and self._ours(self.author.email)

    def came_from_this_desk(self) -> bool:
        """Tell whether this is a mail of ours that was sent back to us."""
        if self.parsed.header(DESK_HEADER.lower()).strip() == desk_id():
            return True
        with scoped(Scope.everything(reason="a mail of ours may be about any organisation's ticket")):
            return bool(self.message_id) and OutgoingMail.objects.filter(message_id=self.message_id).exists()

    def _ours(self, email: str) -> bool:
        address = email.lower()
        if address not in self._is_ours:
            self._is_ours[address] = is_ours(address)
        return self._is_ours[address]
