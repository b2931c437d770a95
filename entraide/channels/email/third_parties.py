"""Mail to third parties about a ticket, and their answers: kept apart from what the requester reads and gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from entraide.channels.email.addresses import is_ours, third_party_address, third_party_key_in
from entraide.channels.email.letter import Letter
from entraide.channels.email.message_ids import Thread, in_thread
from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.channels.email.outgoing import Outside, post_outside
from entraide.channels.email.parsing.addresses import addresses
from entraide.channels.email.sending import ATTACHED_AT_MOST_BYTES
from entraide.channels.email.threading import REFERENCES_AT_MOST, clipped
from entraide.channels.email.words import THIRD_PARTY
from entraide.core.actor import Actor
from entraide.core.events import Conflict, Refused
from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, current_scope, scoped
from entraide.core.story import Entry
from entraide.people.models import MailAddress, Organisation
from entraide.people.queries import organisation_of_address
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.events.third_parties import ThirdPartyAnswered, ThirdPartyWritten
from entraide.tickets.merging import whole_of
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.third_parties import (
    conversation_named,
    conversations_of,
    key_of,
    write_to_third_party,
)

LETTERS_AT_MOST = 5000


class OfAnotherClient(Conflict):
    """An address is one of another client's, and nobody has said yet that this is meant."""


@dataclass(frozen=True)
class Answered:
    """The conversation that a message answers, the ticket in which it goes on, and whether its author was written to in it."""

    ticket: Ticket
    conversation: str
    is_theirs: bool


def addresses_in(typed: str) -> list[str]:
    """Return the addresses in what was typed, separated by commas, semicolons or lines. Raises Refused for what is none."""
    found: dict[str, None] = {}
    for part in re.split(r"[,;\n]+", typed[:LETTERS_AT_MOST]):
        if not part.strip():
            continue
        read = addresses(part)
        if len(read) != 1:
            raise Refused(_("“%(email)s” is not a mail address.") % {"email": part.strip()[:254]}, field="to")
        found[read[0].email.lower()] = None
    return list(found)


def write(
    ticket: Ticket, *, to: Iterable[str], subject: str, text: str, actor: Actor, attachments: Iterable[FileRef] = (),
    conversation: str = "", hold_reason: str = "", is_confirmed: bool = False, once: str | None = None,
) -> Entry:  # fmt: skip
    """Write to third parties and, with a reason, put the ticket on hold until they answer. Both happen within the caller's transaction.

    Raises OfAnotherClient for an address of another client's, unless `is_confirmed`; else what the verbs raise.
    """
    wanted, files = list(to), tuple(attachments)
    if ours := next((each for each in wanted if is_ours(each)), None):
        raise Refused(_("%(email)s is an address of this desk.") % {"email": ours}, field="to")
    if sum(each.size_bytes for each in files) > ATTACHED_AT_MOST_BYTES:
        # A requester finds the rest behind a link; a third party has none.
        raise Refused(
            _("These files are too large for a mail: at most %(mb)d MB together.")
            % {"mb": ATTACHED_AT_MOST_BYTES // 1024**2},
            field="attachments",
        )
    if not is_confirmed:
        _require_no_other_client(wanted, ticket)
    entry = write_to_third_party(
        ticket, to=wanted, subject=subject, text=text, attachments=files, conversation=conversation, actor=actor,
        once=once,
    )  # fmt: skip
    if hold_reason:
        actions.hold(ticket, reason=hold_reason, actor=actor, once=f"{once}:hold" if once else None)
    return entry


@reacts_to(ThirdPartyWritten)
def send(entry: TicketEntry) -> None:
    """Send what the desk wrote, to all its addresses in one mail."""
    event = entry.event
    assert isinstance(event, ThirdPartyWritten)
    ticket = whole_of(entry.ticket)
    conversation = conversation_named(key_of(entry), conversations_of(ticket))
    if conversation is None or not event.to:
        return
    earlier = [each for each in conversation.entries if each.pk != entry.pk and each.at <= entry.at]
    post_outside(
        entry,
        Outside(
            template=THIRD_PARTY,
            to=event.to,
            subject=event.subject,
            reference=conversation.reference,
            reply_to=third_party_address(conversation.key),
            thread=_thread_of(earlier),
        ),
    )


def conversation_answered(letter: Letter) -> Answered | None:
    """Return the conversation that this message answers, or None; one in which its author was written to goes first."""
    author = letter.author.email
    found: Answered | None = None
    with scoped(Scope.everything(reason="the thread tells the ticket before the organisation is known")):
        for anchor in _anchors(letter):
            key = key_of(anchor)
            ticket = whole_of(anchor.ticket)
            for place in dict.fromkeys((ticket, anchor.ticket)):
                conversation = conversation_named(key, conversations_of(place))
                if conversation is not None and conversation.was_written_to(author):
                    return Answered(ticket, key, True)
            found = found or Answered(ticket, key, False)
    return found


def _require_no_other_client(emails: Iterable[str], ticket: Ticket) -> None:
    for email in emails:
        other = _client_of(email)
        if other is None or other.supports or other.pk == ticket.organisation_id:
            continue
        facts = {"email": email, "organisation": other.name, "own": ticket.organisation.name}
        # Which clients there are is not for everybody.
        if current_scope().covers(other.pk):
            asked = _("%(email)s belongs to %(organisation)s, not to %(own)s. Send it only if you mean it.")
        else:
            asked = _("%(email)s belongs to another client than %(own)s. Send it only if you mean it.")
        raise OfAnotherClient(asked % facts, field="to")


def _client_of(email: str) -> Organisation | None:
    with scoped(Scope.everything(reason="whose address it is may be known of any organisation")):
        known = MailAddress.objects.select_related("organisation").filter(email__iexact=email).first()
    return known.organisation if known else organisation_of_address(email)


def _thread_of(entries: Iterable[TicketEntry]) -> Thread:
    keys = [each.pk for each in entries]
    sent = OutgoingMail.objects.filter(entry__in=keys, template=THIRD_PARTY)
    received = IncomingMail.objects.filter(entry__in=keys).exclude(message_id="")
    return in_thread(
        [(mail.received_at, mail.message_id) for mail in received.only("received_at", "message_id")],
        [(mail.created_at, mail.message_id) for mail in sent.only("created_at", "message_id")],
    )


def _anchors(letter: Letter) -> Iterator[TicketEntry]:
    """Yield the entries of conversations to which something in a message leads, the surest first."""
    wanted = [clipped(each) for each in letter.clues.message_ids[:REFERENCES_AT_MOST]]
    ours = OutgoingMail.objects.filter(message_id__in=wanted, template=THIRD_PARTY, entry__isnull=False)
    theirs = IncomingMail.objects.filter(message_id__in=wanted, entry__kind=ThirdPartyAnswered.kind)
    named = [
        *ours.values_list("message_id", "entry_id"),
        *theirs.values_list("message_id", "entry_id"),
    ]
    for _message_id, entry_id in sorted(named, key=lambda each: wanted.index(each[0])):
        yield from TicketEntry.objects.select_related("ticket__organisation").filter(pk=entry_id)
    for key in (*map(third_party_key_in, letter.clues.plus_tags), _key_in(letter.parsed.subject)):
        if key:
            number, _dash, first = key.partition("-")
            beginning = TicketEntry.objects.select_related("ticket__organisation")
            yield from beginning.filter(ticket__number=number, number=first, kind=ThirdPartyWritten.kind)


def _key_in(subject: str) -> str | None:
    """Return the key in the subject of a mail. It proves nothing by itself: only who was written to is believed."""
    prefix = re.escape(settings.ENTRAIDE.ticket_prefix)
    found = re.search(rf"\[\s?#?{prefix}-([1-9]\d{{0,8}}-[1-9]\d{{0,5}})\s?\]", subject, re.IGNORECASE | re.ASCII)
    return found[1] if found else None
