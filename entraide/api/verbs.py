"""What one does with a ticket: each verb a noun of its own, as in the console."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from entraide.api.access import actor_of
from entraide.api.schemas import (
    AssignmentIn,
    EntryOut,
    EscalationIn,
    HoldIn,
    MessageIn,
    ReasonIn,
    ResolutionIn,
    Text,
    WatcherIn,
)
from entraide.api.tickets import ERRORS, find_to_change, written
from entraide.api.uploads import files_named
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.acting import is_staff
from entraide.people.models import Person, Team
from entraide.tickets import actions

router = Router(tags=["what one does with a ticket"])
WRITTEN = {201: EntryOut, **ERRORS}
DONE = {200: EntryOut, **ERRORS}


@router.post("/{int:number}/replies", response=WRITTEN, summary="Reply to the requester")
def reply(request: HttpRequest, number: int, data: MessageIn) -> Any:
    """Write a public message as the desk. With `seen`, answers 409 if a message arrived since."""
    ticket = find_to_change(request, number)
    files = files_named(request, data.attachments)
    return 201, written(
        actions.reply(ticket, text=data.text, attachments=files, seen=data.seen, actor=actor_of(request))
    )


@router.post("/{int:number}/answers", response=WRITTEN, summary="Answer as the requester")
def answer(request: HttpRequest, number: int, data: MessageIn) -> Any:
    """Write as the requester; this ends waiting for them and reopens what was resolved."""
    ticket = find_to_change(request, number)
    files = files_named(request, data.attachments)
    return 201, written(actions.answer(ticket, text=data.text, attachments=files, actor=actor_of(request)))


@router.post("/{int:number}/notes", response=WRITTEN, summary="Add an internal note")
def note(request: HttpRequest, number: int, data: MessageIn) -> Any:
    """Write a note that only the desk sees."""
    ticket = find_to_change(request, number)
    files = files_named(request, data.attachments)
    return 201, written(actions.note(ticket, text=data.text, attachments=files, actor=actor_of(request)))


@router.post("/{int:number}/ownership", response=WRITTEN, summary="Take a ticket")
def take(request: HttpRequest, number: int) -> Any:
    """Make the token's person the assignee."""
    ticket = find_to_change(request, number)
    return 201, written(actions.take(ticket, actor=actor_of(request), instead_of=ticket.assignee_id))


@router.post("/{int:number}/assignment", response=WRITTEN, summary="Assign a ticket")
def assign(request: HttpRequest, number: int, data: AssignmentIn) -> Any:
    """Give the ticket to a team of its level or a lower one and, if named, to one of its people."""
    ticket = find_to_change(request, number)
    assignee = _technician(data.assignee_id)
    return 201, written(actions.assign(ticket, team=_team(data.team_id), assignee=assignee, actor=actor_of(request)))


@router.post("/{int:number}/escalation", response=WRITTEN, summary="Escalate with a handover")
def escalate(request: HttpRequest, number: int, data: EscalationIn) -> Any:
    """Hand the ticket over to a team of a higher level."""
    ticket = find_to_change(request, number)
    entry = actions.escalate(
        ticket, team=_team(data.team_id), observed=data.observed, tried=data.tried, asked=data.asked, why=data.why,
        actor=actor_of(request),
    )  # fmt: skip
    return 201, written(entry)


@router.post("/{int:number}/handover-acceptance", response=WRITTEN, summary="Accept a handover")
def accept(request: HttpRequest, number: int) -> Any:
    """Take over what another level hands over."""
    return 201, written(actions.accept(find_to_change(request, number), actor=actor_of(request)))


@router.post("/{int:number}/handover-return", response=WRITTEN, summary="Send a handover back")
def send_back(request: HttpRequest, number: int, data: ReasonIn) -> Any:
    """Send the ticket back to where it came from, with the reason."""
    return 201, written(actions.send_back(find_to_change(request, number), reason=data.reason, actor=actor_of(request)))


@router.post("/{int:number}/hold", response=WRITTEN, summary="Put a ticket on hold")
def hold(request: HttpRequest, number: int, data: HoldIn) -> Any:
    """Wait for a stated reason, until a date where the reason needs one (with its zone)."""
    return 201, written(
        actions.hold(find_to_change(request, number), reason=data.reason, until=data.until, actor=actor_of(request))
    )


@router.delete("/{int:number}/hold", response=DONE, summary="Resume work")
def resume(request: HttpRequest, number: int) -> Any:
    """Go on after waiting."""
    return 200, written(actions.resume(find_to_change(request, number), actor=actor_of(request)))


@router.post("/{int:number}/resolution", response=WRITTEN, summary="Resolve a ticket")
def resolve(request: HttpRequest, number: int, data: ResolutionIn) -> Any:
    """Say how it was resolved; the requester is told and confirms or reopens."""
    return 201, written(
        actions.resolve(find_to_change(request, number), code=data.code, text=data.text, actor=actor_of(request))
    )


@router.post("/{int:number}/confirmation", response=WRITTEN, summary="Confirm that it is solved")
def confirm(request: HttpRequest, number: int) -> Any:
    """Close a resolved ticket as its requester."""
    return 201, written(actions.confirm(find_to_change(request, number), actor=actor_of(request)))


@router.post("/{int:number}/closure", response=WRITTEN, summary="Close a resolved ticket")
def close(request: HttpRequest, number: int) -> Any:
    """Close a resolved ticket as the desk."""
    return 201, written(actions.close(find_to_change(request, number), actor=actor_of(request)))


@router.post("/{int:number}/reopening", response=WRITTEN, summary="Reopen a ticket")
def reopen(request: HttpRequest, number: int, data: MessageIn) -> Any:
    """Put a resolved or closed ticket back to work; `text` says what does not work yet."""
    return 201, written(actions.reopen(find_to_change(request, number), text=data.text, actor=actor_of(request)))


@router.delete("/{int:number}/closure", response=DONE, summary="Reopen a closed ticket")
def delete_closure(request: HttpRequest, number: int, text: Text = "") -> Any:
    """The same as a reopening, for those who undo what they did; `text` is asked for there, too."""
    return 200, written(actions.reopen(find_to_change(request, number), text=text, actor=actor_of(request)))


@router.post("/{int:number}/confidentiality", response=WRITTEN, summary="Make a ticket confidential")
def confide(request: HttpRequest, number: int) -> Any:
    """Show the ticket only to those who work on it, follow it or asked for it, and to those who answer for the desk."""
    return 201, written(actions.confide(find_to_change(request, number), actor=actor_of(request)))


@router.delete("/{int:number}/confidentiality", response=DONE, summary="Lift the confidentiality of a ticket")
def lift_confidentiality(request: HttpRequest, number: int) -> Any:
    """Let everybody see it again who sees the other tickets of its organisation."""
    return 200, written(actions.lift_confidentiality(find_to_change(request, number), actor=actor_of(request)))


@router.post("/{int:number}/watchers", response=WRITTEN, summary="Let somebody follow a ticket")
def watch(request: HttpRequest, number: int, data: WatcherIn) -> Any:
    """Add a follower: of the desk, or of the ticket's organisation."""
    ticket = find_to_change(request, number)
    return 201, written(actions.watch(ticket, person=_new_follower(ticket, data.person_id), actor=actor_of(request)))


@router.delete("/{int:number}/watchers/{int:person_id}", response=DONE, summary="Let somebody no longer follow")
def unwatch(request: HttpRequest, number: int, person_id: int) -> Any:
    """Remove a follower."""
    ticket = find_to_change(request, number)
    return 200, written(actions.unwatch(ticket, person=_follower(person_id), actor=actor_of(request)))


def _team(team_id: int) -> Team:
    team = Team.objects.filter(pk=team_id, is_active=True).first()
    if team is None:
        raise Refused(_("There is no such team."), field="team_id")
    return team


def _technician(person_id: int | None) -> Person | None:
    if person_id is None:
        return None
    with scoped(Scope.everything(reason="technicians are of another organisation than the ticket")):
        person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise Refused(_("There is no such person."), field="assignee_id")
    return person


def _new_follower(ticket: Any, person_id: int) -> Person:
    person = _follower(person_id)
    # Who follows is written to: nobody of another client may be.
    if person.organisation_id != ticket.organisation_id and not is_staff(person):
        raise Refused(_("Only the desk and the ticket's organisation can follow it."), field="person_id")
    return person


def _follower(person_id: int) -> Person:
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise Http404
    return person
