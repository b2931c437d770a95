"""What becomes of a message: set aside, noted on its ticket, or a new ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from entraide.channels.email import bounces
from entraide.channels.email.letter import Letter
from entraide.channels.email.models import IncomingMail
from entraide.channels.email.parsing.bounce import bounce_details
from entraide.channels.email.received_files import keep_files
from entraide.channels.email.senders import UNKNOWN_SENDER, Sender, requester_for, sender_of
from entraide.channels.email.standing import Standing, standing_of
from entraide.channels.email.third_parties import Answered, conversation_answered
from entraide.channels.email.threading import clipped, leads, remember
from entraide.core import crash
from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.core.story import Entry
from entraide.people.acting import actor_for, find_person
from entraide.people.models import Person
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.following_up import follow_up, is_over
from entraide.tickets.merging import whole_of
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.third_parties import receive_from_third_party

Outcome = IncomingMail.Outcome
INTAKE = Actor.system("intake")


class Unsent(Refused):
    """A technician's answer that could not go out, though they believe that it did."""

    def __init__(self, message: str, *, ticket: Ticket, author: Person) -> None:
        super().__init__(message)
        self.ticket, self.author = ticket, author


@dataclass(frozen=True)
class Result:
    """What became of a message: the entry that it made, or why there is none."""

    outcome: str
    entry: TicketEntry | None = None
    reason: str = ""


def read(mail: IncomingMail) -> Result:
    """Do what this message asks for, in the current transaction, and note on `mail` what it is.

    Raises Refused with the reason when somebody has to look at it; Unsent when its author has to be told.
    """
    letter = Letter.of(bytes(mail.raw), envelope_from=mail.envelope_from, envelope_to=tuple(mail.envelope_to))
    crash.reach("mail:parsed")
    _note_facts(mail, letter)
    if letter.came_from_this_desk():
        return Result(Outcome.IGNORED, reason=_("A mail of this desk came back to it."))
    if letter.nature.is_bounce:
        return _bounced(mail, letter)
    if letter.says_it_is_from_us:
        raise Refused(_("It says that it comes from the desk itself, and names nobody to answer to."))
    outside = conversation_answered(letter)
    if outside is not None and outside.is_theirs:
        return _third_party_answered(mail, letter, outside)
    sender = sender_of(name=letter.author.name, email=letter.author.email)
    found = _thread(letter, sender)
    if letter.nature.is_automatic_reply:
        return _machine_answered(mail, letter, found)
    if found is None:
        return _opened(mail, letter, sender)
    ticket, standing = found
    if is_over(ticket) and standing in ("party", "copied"):
        return _opened(mail, letter, sender, follows=ticket)
    # Somebody at a supplier to whom nobody had written.
    into = outside.conversation if outside is not None and outside.ticket == ticket else ""
    return _answered(mail, letter, sender, ticket, standing, into=into)


def _note_facts(mail: IncomingMail, letter: Letter) -> None:
    mail.message_id = letter.message_id
    mail.sender = clipped(letter.author.email, 320)
    mail.subject = clipped(letter.parsed.subject, 4 * 998)[:998]
    mail.copied_to = letter.copied_to
    mail.may_be_answered = letter.nature.may_auto_reply


def _thread(letter: Letter, sender: Sender) -> tuple[Ticket, Standing] | None:
    """Return the first ticket that this message answers and to which its sender may write, and as what."""
    for lead in leads(letter.clues):
        standing = standing_of(sender, lead, references=letter.clues.message_ids)
        if standing is not None:
            return _in_whole(lead.ticket, sender, standing)
    return None


def _in_whole(ticket: Ticket, sender: Sender, standing: Standing) -> tuple[Ticket, Standing]:
    """Return the ticket of which the answered one is a part by now, and as what the sender may write there."""
    with scoped(Scope.of(ticket.organisation_id)):
        whole = whole_of(ticket)
        if whole.pk == ticket.pk or standing not in ("party", "copied") or sender.person is None:
            return whole, standing
        is_on_it = whole.concerns(sender.person.pk) or actor_for(sender.person).may("ticket.answer", whole)
    return whole, standing if is_on_it or standing == "copied" else "stranger"


def _bounced(mail: IncomingMail, letter: Letter) -> Result:
    is_final = letter.nature.kind == "bounce"
    details = bounce_details(letter.parsed)
    entry = bounces.receive(details, clues=letter.clues, is_final=is_final, source=_source(mail))
    if entry is None:
        return Result(Outcome.IGNORED, reason=_("A mail came back that this desk did not send, or not about a ticket."))
    return _made(entry, Outcome.FOLLOWUP)


def _machine_answered(mail: IncomingMail, letter: Letter, found: tuple[Ticket, Standing] | None) -> Result:
    """Keep an absence notice or the like on its ticket; without one it tells nobody anything."""
    if found is None:
        return Result(Outcome.IGNORED, reason=_("An automatic answer that belongs to no ticket."))
    ticket, _standing = found
    with scoped(Scope.of(ticket.organisation_id)):
        entry = actions.receive_automatic_answer(
            ticket,
            text=letter.new_text or _empty(ticket),
            from_email=letter.author.email,
            attachments=_files(letter),
            actor=INTAKE,
            source=_source(mail),
            once=_source(mail),
        )
        crash.reach("mail:recorded")
    return _made(entry, Outcome.FOLLOWUP)


def _third_party_answered(mail: IncomingMail, letter: Letter, answered: Answered) -> Result:
    ticket = answered.ticket
    files = _files(letter)
    with scoped(Scope.of(ticket.organisation_id)):
        entry = receive_from_third_party(
            ticket,
            conversation=answered.conversation,
            text=letter.new_text or ("" if files else _empty(ticket)),
            html=letter.new_html,
            from_name=letter.author.name,
            from_email=letter.author.email,
            attachments=files,
            is_automatic=letter.nature.is_automatic_reply,
            actor=INTAKE,
            source=_source(mail),
            once=_source(mail),
        )
        remember(letter.message_id, ticket)
        crash.reach("mail:recorded")
    return _made(entry, Outcome.FOLLOWUP)


def _answered(
    mail: IncomingMail, letter: Letter, sender: Sender, ticket: Ticket, standing: Standing, *, into: str
) -> Result:
    files = _files(letter)
    with scoped(Scope.of(ticket.organisation_id)):
        text = letter.new_text or ("" if files else _empty(ticket))
        try:
            entry = _written(mail, letter, sender, ticket, standing, text=text, files=files, into=into)
        except Refused as refused:
            if standing == "desk" and sender.person is not None:
                raise Unsent(refused.message, ticket=ticket, author=sender.person) from refused
            raise
        remember(letter.message_id, ticket)
        crash.reach("mail:recorded")
    return _made(entry, Outcome.FOLLOWUP)


def _written(
    mail: IncomingMail, letter: Letter, sender: Sender, ticket: Ticket, standing: Standing, *, text: str,
    files: tuple[FileRef, ...], into: str,
) -> Entry:  # fmt: skip
    source = once = _source(mail)
    if standing == "stranger" or sender.person is None:
        return actions.receive_from_stranger(
            ticket, text=text, html=letter.new_html, from_name=sender.name, from_email=sender.email,
            attachments=files, conversation=into, actor=INTAKE, source=source, once=once,
        )  # fmt: skip
    actor = actor_for(sender.person)
    if standing == "note":
        return actions.note(
            ticket, text=text, html=letter.new_html, attachments=files, actor=actor, source=source, once=once
        )
    if standing == "desk":
        return actions.reply(
            ticket, text=text, html=letter.new_html, attachments=files, actor=actor, source=source, once=once
        )
    if standing == "copied" and sender.person.pk not in ticket.watcher_ids:
        # The conversation was opened to them; from here on they are part of it.
        actions.watch(ticket, person=sender.person, actor=INTAKE)
    return actions.answer(
        ticket, text=text, html=letter.new_html, attachments=files, actor=actor, source=source, once=once
    )


def _opened(mail: IncomingMail, letter: Letter, sender: Sender, *, follows: Ticket | None = None) -> Result:
    requester = requester_for(sender, recipients=letter.recipients)
    organisation = requester.organisation
    files = _files(letter)
    # What somebody forwards is their question; only an answer repeats what we know.
    text = letter.new_text if follows else letter.parsed.body_text.strip()
    html = letter.new_html if follows else letter.parsed.body_html or ""
    with scoped(Scope.of(organisation.pk)), translation.override(organisation.language):
        message: dict[str, Any] = {
            "requester": requester,
            "subject": letter.parsed.subject.strip() or _("(no subject)"),
            # Without any words there would be no line in the timeline, and no way to the original.
            "text": text if text or html or files else _("(empty message)"),
            "html": html,
            "channel": "mail",
            "attachments": files,
            "actor": _known_actor(requester),
            "source": _source(mail),
            "once": _source(mail),
        }
        if follows is not None and follows.organisation_id == organisation.pk:
            ticket = follow_up(follows, **message)
        else:
            ticket = actions.open_ticket(organisation, tags=_tags(sender, follows), **message)
        remember(letter.message_id, ticket)
        crash.reach("mail:recorded")
        entry = TicketEntry.objects.get(once=_source(mail))
    return _made(entry, Outcome.TICKET)


def _known_actor(person: Person) -> Actor:
    found = find_person(person.pk)
    return actor_for(found or person)


def _tags(sender: Sender, follows: Ticket | None) -> list[str]:
    tags = [UNKNOWN_SENDER] if sender.organisation is None else []
    # Somebody of another organisation, who was a follower, writes for their own: nothing is tied together.
    return tags + ([f"follows-{follows.reference}"] if follows else [])


def _files(letter: Letter) -> tuple[FileRef, ...]:
    files = keep_files(letter.parsed.attachments)
    crash.reach("mail:files-stored")
    return files


def _empty(ticket: Ticket) -> str:
    with translation.override(ticket.organisation.language):
        return _("(empty message)")


def _source(mail: IncomingMail) -> str:
    return f"mail:{mail.pk}"


def _made(entry: Entry, outcome: str) -> Result:
    assert isinstance(entry, TicketEntry)
    return Result(outcome, entry)
