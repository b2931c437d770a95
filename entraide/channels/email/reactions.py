"""Which requesters and followers are written to when something happens to a ticket (notifications/ tells the desk)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entraide.channels.email import approvals, majors, outbox_jobs, third_parties  # noqa: F401 (they register themselves)
from entraide.channels.email.models import IncomingMail, OutgoingMail, ThreadLink
from entraide.channels.email.outgoing import Letter, post, within_limit
from entraide.channels.email.recipients import on_the_ticket
from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.events.closing import TicketClosed
from entraide.tickets.events.merging import Merged, Unmerged
from entraide.tickets.events.messages import Replied
from entraide.tickets.events.moving import MovedToOrganisation
from entraide.tickets.events.opening import TicketOpened
from entraide.tickets.events.resolving import Reopened, Resolved
from entraide.tickets.models import TicketEntry, reference_of


@reacts_to(TicketOpened)
def acknowledge(entry: TicketEntry) -> None:
    """Tell the requester that the ticket was opened; never a machine, and no address too often."""
    event: Any = entry.event
    requester = entry.ticket.requester
    if not _may_answer(event.source, requester):
        return
    # Nobody asked for what recurs by itself.
    by_themselves = entry.actor_person_id in (None, requester.pk) and not event.source.startswith("recurring:")
    if by_themselves and event.follows_up is not None:
        earlier = {"other": reference_of(event.follows_up)}
        post(entry, Letter("follow_up", requester, is_automatic=True, facts=earlier))
        return
    template = "acknowledgement" if by_themselves else "opened_for_you"
    post(entry, Letter(template, requester, is_automatic=True))


@reacts_to(Replied)
def send_reply(entry: TicketEntry) -> None:
    """Send a technician's answer to the requester and those who follow the ticket."""
    event: Any = entry.event
    ticket = entry.ticket
    for person in on_the_ticket(ticket):
        cc = event.cc if person.pk == ticket.requester_id else ()
        _tell(entry, "reply", person, is_automatic=False, cc=cc)


@reacts_to(Resolved)
def send_resolution(entry: TicketEntry) -> None:
    """Tell the requester what was done, with the links to confirm or reopen."""
    for person in on_the_ticket(entry.ticket):
        _tell(entry, "resolved", person, is_automatic=False)


@reacts_to(TicketClosed)
def tell_of_closing(entry: TicketEntry) -> None:
    """Tell the requester that the desk closed their ticket by itself."""
    event: Any = entry.event
    if event.after_days and within_limit(entry.ticket.requester):
        _tell(entry, "closed", entry.ticket.requester)


@reacts_to(Reopened)
def tell_of_reopening(entry: TicketEntry) -> None:
    """Tell the requester when somebody else reopened their ticket."""
    _tell(entry, "reopened", entry.ticket.requester)


@reacts_to(Merged)
def tell_of_merge(entry: TicketEntry) -> None:
    """Tell the requester, once, that their ticket goes on as part of another one."""
    event: Any = entry.event
    _tell_of_whole(entry, "merged", event.into_number)


@reacts_to(Unmerged)
def tell_of_unmerge(entry: TicketEntry) -> None:
    """Tell the requester that their ticket is on its own again."""
    event: Any = entry.event
    _tell_of_whole(entry, "unmerged", event.from_number)


@reacts_to(MovedToOrganisation)
def take_mail_along(entry: TicketEntry) -> None:
    """Let the mails of a moved ticket belong to where it is now."""
    with _anybody():
        OutgoingMail.objects.filter(ticket_id=entry.ticket_id).update(organisation_id=entry.organisation_id)
        ThreadLink.objects.filter(ticket_id=entry.ticket_id).update(organisation_id=entry.organisation_id)


def _tell(
    entry: TicketEntry, template: str, person: Person, *, is_automatic: bool = True, cc: Iterable[str] = ()
) -> None:
    """Write to somebody who is on the ticket, unless it was they who acted."""
    if not entry.is_public or person.pk == entry.actor_person_id:
        return
    post(entry, Letter(template, person, is_automatic=is_automatic, cc=tuple(cc)))


def _tell_of_whole(entry: TicketEntry, template: str, number: int) -> None:
    requester = entry.ticket.requester
    if requester.pk != entry.actor_person_id and within_limit(requester):
        post(entry, Letter(template, requester, is_automatic=True, facts={"other": reference_of(number)}))


def _may_answer(source: str, person: Person) -> bool:
    """Tell whether an automatic mail may go out: the one it answers came from a person, and it is not one too many."""
    if source.startswith("mail:"):
        mail = IncomingMail.objects.only("may_be_answered").filter(pk=int(source.removeprefix("mail:"))).first()
        if mail is not None and not mail.may_be_answered:
            return False
    return within_limit(person)


def _anybody() -> Any:
    return scoped(Scope.everything(reason="technicians are of another organisation than the ticket"))
