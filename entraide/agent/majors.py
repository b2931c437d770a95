"""Major incidents at the desk: declare, tell the public, change who leads, link tickets, stand down, review."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from entraide.agent.access import clean, typed_number
from entraide.agent.tickets import verb
from entraide.core.events import Refused
from entraide.look.punctuation import labelled
from entraide.people.models import Person, Team
from entraide.people.queries import people_who_may, person_with_address
from entraide.sla.durations import DurationError, read_duration
from entraide.tickets import actions, queries
from entraide.tickets.models import Ticket

LINKED_AT_ONCE = 50
_NUMBER = re.compile(r"#?(?:[A-Za-z]+-)?([0-9]{1,9})")
_BETWEEN = re.compile(r"[,;\s]+")


@verb
def declaration(request: Any, found: Ticket) -> None:
    """Declare a major incident."""
    actions.declare_major(
        found, text=_typed(request, "text"), actor=request.actor, once=request.sent.once, **_led(request, found)
    )


@verb
def update(request: Any, found: Ticket) -> None:
    """Tell the public how it stands."""
    actions.update_major(found, text=_typed(request, "text"), actor=request.actor, once=request.sent.once)


@verb
def leading(request: Any, found: Ticket) -> None:
    """Change who leads, who has a stake in it, and how often the public is told."""
    actions.change_major(found, actor=request.actor, once=request.sent.once, **_led(request, found))


@verb
def standing_down(request: Any, found: Ticket) -> None:
    """Say that it is no major incident after all."""
    actions.stand_down(found, reason=_typed(request, "reason"), actor=request.actor, once=request.sent.once)


@verb
def review(request: Any, found: Ticket) -> None:
    """Write the review, or write it anew; the same words again are no new one."""
    said = {name: _typed(request, name) for name in ("happened", "why", "changes")}
    before = queries.review_of(found)
    if before is None or found.major_reviewed_at is None or said != _words(before):
        actions.review_major(found, actor=request.actor, once=request.sent.once, **said)


@verb
def links(request: Any, found: Ticket) -> Refused | None:
    """Let tickets follow this major incident, by number, or one of them no longer; what is refused is named."""
    if remove := typed_number(request.POST.get("remove")):
        actions.unfollow(_linked(request, found, remove), actor=request.actor, once=request.sent.once)
        return None
    refusals: dict[str, str] = {}
    typed = list(dict.fromkeys(filter(None, _BETWEEN.split(_typed(request, "numbers")))))
    if not typed:
        raise Refused(_("Write the numbers of the tickets that follow this major incident."), field="numbers")
    if len(typed) > LINKED_AT_ONCE:
        raise Refused(_("Link %(most)d tickets at the most at once.") % {"most": LINKED_AT_ONCE}, field="numbers")
    for word in typed:
        try:
            actions.follow(_ticket(request, word), major=found, actor=request.actor)
        except Refused as refused:
            refusals[word] = refused.message
    request.unlinked = " ".join(refusals)
    named = "\n".join(labelled(word, message) for word, message in refusals.items())
    return Refused(named, field="numbers") if refusals else None


@verb
def following(request: Any, found: Ticket) -> None:
    """Let this ticket follow a major incident, or no longer."""
    if "leave" in request.POST:
        actions.unfollow(found, actor=request.actor, once=request.sent.once)
        return
    number = typed_number(request.POST.get("major"))
    major = queries.find(number, actor=request.actor) if number and number < 2**31 else None
    if major is None:
        raise Refused(_("Choose an open major incident."), field="major")
    actions.follow(found, major=major, actor=request.actor, once=request.sent.once)


def _led(request: Any, found: Ticket) -> dict[str, Any]:
    wanted = typed_number(request.POST.get("lead"))
    lead = next((each for each in people_who_may("ticket.lead_major") if each.pk == wanted), None)
    if lead is None:
        raise Refused(_("Choose who leads the major incident."), field="lead")
    return {
        "lead": lead,
        "teams": _teams(request, found),
        "contacts": _contacts(request, found),
        "rhythm_minutes": _rhythm(_typed(request, "rhythm")),
    }


def _teams(request: Any, found: Ticket) -> list[Team]:
    keys = {typed_number(each) for each in request.POST.getlist("teams")}
    # A team that has gone since stays where it was.
    teams = [each for each in Team.objects.all() if each.is_active or each.pk in found.major_team_ids]
    chosen = [each for each in teams if each.pk in keys]
    if len(chosen) != len(keys):
        raise Refused(_("Choose teams that exist."), field="teams")
    return chosen


def _contacts(request: Any, found: Ticket) -> list[Person]:
    keys = {typed_number(each) or 0 for each in request.POST.getlist("contacts")}
    people = Person.objects.filter(organisation_id=found.organisation_id)
    chosen = list(people.filter(pk__in=keys))
    if len(chosen) != len(keys):
        raise Refused(_("Choose contacts of the ticket's organisation."), field="contacts")
    for email in filter(None, _BETWEEN.split(_typed(request, "emails"))):
        person = person_with_address(email)
        if person is None or person.organisation_id != found.organisation_id:
            raise Refused(
                _("Nobody of %(organisation)s has the address %(email)s.")
                % {"organisation": found.organisation.name, "email": email},
                field="emails",
            )
        chosen.append(person)
    return chosen


def _rhythm(text: str) -> int | None:
    if not text:
        return None
    try:
        return read_duration(text)
    except DurationError as error:
        (problem,) = error.problems
        raise Refused(_(problem.message) % problem.values, field="rhythm_minutes") from error


def _ticket(request: Any, word: str) -> Ticket:
    number = _NUMBER.fullmatch(word)
    found = queries.find(int(number[1]), actor=request.actor) if number else None
    if found is None:
        raise Refused(_("There is no such ticket."), field="numbers")
    return found


def _linked(request: Any, found: Ticket, number: int) -> Ticket:
    ticket = queries.find(number, actor=request.actor) if number < 2**31 else None
    if ticket is None or ticket.follows_id != found.pk:
        raise Refused(_("This ticket does not follow the major incident any more."), field="remove")
    return ticket


def _words(review: Any) -> dict[str, str]:
    return {"happened": review.happened, "why": review.why, "changes": review.changes}


def _typed(request: Any, name: str) -> str:
    return clean(request.POST.get(name, "")).strip()
