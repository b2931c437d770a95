"""What somebody is asked to approve: their list, one question, and their answer; signed in or by a link from a mail.

Whoever is asked reads the question and what the requester wrote, nothing else of the ticket unless it is theirs to see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for, find_person
from entraide.people.models import Person
from entraide.tickets import queries
from entraide.tickets.approvals import asked_of, question_of, settled_for, waiting_for
from entraide.tickets.approving import approve, refuse
from entraide.tickets.events.approving import how_it_ended
from entraide.tickets.links import LinkExpired, LinkInvalid, open_approval_link
from entraide.tickets.models import Approval, Approver

PAGE = 30


@dataclass(frozen=True)
class Case:
    """Somebody looking at one question. `base` is the address of the page, under which the answer is sent."""

    approval: Approval
    mine: Approver
    person: Person
    actor: Actor
    base: str
    by_link: bool = False


def approvals(request: Any) -> HttpResponse:
    """What waits for me, and what I have answered."""
    waiting = [(each, question_of(each)) for each in waiting_for(request.person.pk)]
    page = Paginator(settled_for(request.person.pk), PAGE).get_page(request.GET.get("page"))
    own = {
        each.approval_id: each
        for each in Approver.objects.filter(person=request.person, approval__in=[row.pk for row in page])
    }
    settled = [(each, question_of(each), own[each.pk]) for each in page]
    context = {"waiting": waiting, "settled": settled, "page": page, "nav": "approvals"}
    return render(request, "portal/approvals.html", context)


def approval(request: Any, key: int) -> HttpResponse:
    """One question."""
    return _show(request, _case(request, key))


def decision(request: Any, key: int) -> HttpResponse:
    """Approve or refuse it."""
    return _decide(request, _case(request, key))


def by_link(view: Callable[[HttpRequest, Case], HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the link, enter the scope of the ticket's organisation alone, and pass the question to the view."""

    @login_not_required
    @wraps(view)
    def answer(request: Any, token: str) -> HttpResponse:
        try:
            approval_id, person_id = open_approval_link(token)
        except (LinkExpired, LinkInvalid) as error:
            return render(request, "portal/link.html", {"sentence": error.message}, status=410)
        person = find_person(person_id)
        with scoped(Scope.everything(reason="the link names the question, not the organisation")):
            found = asked_of(person_id).filter(pk=approval_id).first()
        if person is None or not person.is_active or found is None:
            raise Http404
        with scoped(Scope.walled([found.organisation_id], reason="the organisation of the question")):
            if not getattr(request, "person", None):
                translation.activate(person.spoken_language)
                request.LANGUAGE_CODE = person.spoken_language
            request.visitor = person
            mine = found.approvers.get(person_id=person_id)
            base = reverse("portal:approval-link", args=[token])
            return view(request, Case(found, mine, person, actor_for(person), base, by_link=True))

    return answer


@by_link
def linked(request: HttpRequest, case: Case) -> HttpResponse:
    """The question behind a link. Opening it decides nothing: mail scanners open every link."""
    return _show(request, case)


@by_link
def linked_decision(request: HttpRequest, case: Case) -> HttpResponse:
    """Approve or refuse it without an account."""
    return _decide(request, case)


def _case(request: Any, key: int) -> Case:
    found = asked_of(request.person.pk).filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    mine = found.approvers.get(person=request.person)
    return Case(found, mine, request.person, request.actor, reverse("portal:approval", args=[key]))


def _decide(request: HttpRequest, case: Case) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseRedirect(case.base)
    chosen = request.POST.get("decision")
    text = request.POST.get("text", "").replace("\x00", "").strip()
    ticket, number = case.approval.ticket, case.approval.number
    done = {"approve": Approver.Answer.APPROVED, "refuse": Approver.Answer.REFUSED}.get(chosen or "")
    try:
        if done is None:
            raise Refused(_("Choose whether you approve or refuse."), field="decision")
        # The same button pressed twice has done what it says.
        if case.mine.answer != done:
            act = approve if done == Approver.Answer.APPROVED else refuse
            act(ticket, number=number, text=text, actor=case.actor)
    except Refused as refused:
        return _show(request, case, refused=refused, typed=text)
    messages.success(
        request,
        _("Thank you. You have approved; the desk is told.")
        if done == Approver.Answer.APPROVED
        else _("Thank you. You have refused; the desk is told."),
    )
    return HttpResponseRedirect(case.base)


def _show(request: HttpRequest, case: Case, *, refused: Refused | None = None, typed: str = "") -> HttpResponse:
    case.approval.refresh_from_db(fields=["state", "decided_at"])
    case.mine.refresh_from_db()
    approval = case.approval
    may_decide = approval.is_open and not case.mine.answer
    sees_ticket = not case.by_link and queries.visible_to(case.actor).filter(pk=approval.ticket_id).exists()
    context = {
        "case": case,
        "approval": approval,
        "ticket": approval.ticket,
        "question": question_of(approval),
        "people": list(approval.approvers.select_related("person").order_by("person__name")),
        "may_decide": may_decide,
        "ended": "" if approval.is_open else how_it_ended(approval),
        "sees_ticket": sees_ticket,
        "refused": refused,
        "typed": typed,
        "nav": "approvals",
    }
    answer = render(request, "portal/approval.html", context, status=422 if refused else 200)
    # As a ticket behind a link: not for the next one at a shared computer.
    answer["Cache-Control"] = "no-store"
    return answer
