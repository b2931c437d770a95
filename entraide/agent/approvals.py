"""Approvals on the page of a ticket: what is asked and answered, asking, withdrawing, and one's own answer."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from entraide.agent.access import clean, typed_number
from entraide.agent.tickets import verb
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.people.queries import person_with_address, technicians
from entraide.tickets.approvals import approvals_on, contacts_of, question_of
from entraide.tickets.approving import approve, ask, refuse, withdraw
from entraide.tickets.models import Approval, Ticket

SUGGESTED_AT_MOST = 200
_BETWEEN = re.compile(r"[,;\s]+")


@verb
def approvals(request: Any, found: Ticket) -> None:
    """Ask for an approval, or take back what was asked."""
    if number := typed_number(request.POST.get("withdraw")):
        withdraw(found, number=number, actor=request.actor, once=request.sent.once)
        return
    ask(
        found, question=_typed(request, "question"), people=_people(request, found), rule=_typed(request, "rule"),
        until=_until(_typed(request, "until"), found), holds="holds" in request.POST, actor=request.actor,
        once=request.sent.once,
    )  # fmt: skip


@verb
def approval_decision(request: Any, found: Ticket) -> None:
    """Approve or refuse, as one of the desk who was asked."""
    number, chosen = typed_number(request.POST.get("number")) or 0, request.POST.get("decision")
    if chosen not in ("approve", "refuse"):
        raise Refused(_("Choose whether you approve or refuse."), field="decision")
    act = approve if chosen == "approve" else refuse
    act(found, number=number, text=_typed(request, "text"), actor=request.actor, once=request.sent.once)


def approvals_panel(request: Any, found: Ticket, *, box: str, refused: Refused | None) -> dict[str, Any]:
    """Return what the panel shows; who could be asked only for those who may ask."""
    may_ask = request.actor.may("approval.ask", found) and found.is_open and found.merged_into_id is None
    rows = [_shown(each, request.person.pk) for each in approvals_on(found)]
    here = refused if box in ("approvals", "approval_decision") else None
    return {
        "approvals": rows,
        "approvals_refused": here,
        "may_ask_approval": may_ask,
        **(_choices(request, found, box if here else "") if may_ask else {}),
    }


def _shown(approval: Approval, reader_id: int) -> dict[str, Any]:
    people = list(approval.approvers.all())
    is_mine = any(each.person_id == reader_id and not each.answer for each in people)
    return {
        "row": approval,
        "question": question_of(approval),
        "people": people,
        "may_decide": approval.is_open and is_mine,
    }


def _choices(request: Any, found: Ticket, box: str) -> dict[str, Any]:
    contacts = [each for each in contacts_of(found.organisation_id) if each.pk != request.person.pk]
    typed = request.POST if box == "approvals" else {}
    chosen = {typed_number(each) for each in request.POST.getlist("people")} if box == "approvals" else set()
    here = Person.objects.filter(organisation_id=found.organisation_id, is_active=True, addresses__is_main=True)
    others = here.exclude(pk__in=[each.pk for each in contacts]).order_by("name")
    return {
        "approval_contacts": [(each, each.pk in chosen) for each in contacts],
        "approval_colleagues": [(each, each.pk in chosen) for each in technicians() if each.pk != request.person.pk],
        "approval_others": list(others.values_list("addresses__email", "name")[:SUGGESTED_AT_MOST]),
        "approval_said": {name: clean(typed.get(name, "")) for name in ("question", "emails", "until", "rule")},
        "approval_holds": "holds" in typed if typed else True,
        "colleague_is_chosen": bool(chosen - {each.pk for each in contacts}),
    }


def _people(request: Any, found: Ticket) -> list[Person]:
    keys = {typed_number(each) or 0 for each in request.POST.getlist("people")}
    with scoped(Scope.everything(reason="those who may approve are of the desk or of the client")):
        chosen = list(Person.objects.filter(pk__in=keys, is_active=True).order_by("name"))
    if len(chosen) != len(keys):
        raise Refused(_("Choose people who are there."), field="people")
    for email in filter(None, _BETWEEN.split(_typed(request, "emails"))):
        person = person_with_address(email)
        if person is None:
            raise Refused(_("Nobody in the directory has the address %(email)s.") % {"email": email}, field="emails")
        chosen.append(person)
    return chosen


def _until(text: str, found: Ticket) -> datetime | None:
    """Return the end of the day that was typed, by the client's own clock."""
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Refused(_("“%(text)s” is not a day.") % {"text": text[:40]}, field="until")
    return datetime.combine(day, time(23, 59), ZoneInfo(found.organisation.time_zone))


def _typed(request: Any, name: str) -> str:
    return clean(request.POST.get(name, "")).strip()
