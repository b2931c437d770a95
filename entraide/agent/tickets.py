"""The ticket: its conversation, what surrounds it, and every verb there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, takes_post, to_page, typed_number
from entraide.agent.boxes import boxes, kept
from entraide.agent.desk import neighbours
from entraide.agent.macro_box import macro_panel, sent_with_macro
from entraide.agent.major_panel import MAJOR_BOXES, major_boxes, major_panel
from entraide.agent.promises import promises_of
from entraide.agent.sending import FILES_AT_MOST, new_key, sent_with
from entraide.agent.shown import shown_lines
from entraide.agent.work_panel import work_panel
from entraide.contracts.holding import contract_for
from entraide.core.events import NotAllowed, Refused
from entraide.people.models import Person, Site, Team
from entraide.people.queries import organisations_in_scope, person_with_address, technicians
from entraide.tickets import actions, queries
from entraide.tickets.events.messages import SomethingArrived
from entraide.tickets.kinds import kinds
from entraide.tickets.merging import parts_of
from entraide.tickets.models import Category, Mode, PendingReason, ResolutionCode, Ticket
from entraide.tickets.next_step import next_step
from entraide.tickets.placing import find_technician, team_of
from entraide.tickets.priority import Impact, Priority, Urgency
from entraide.tickets.promised import computed_priority
from entraide.tickets.rating import ratings_of
from entraide.tickets.seeing import note_seen
from entraide.tickets.status import Status

OTHERS_SHOWN = 6


@needs("ticket.see")
def ticket(request: Any, number: int) -> HttpResponse:
    """The page."""
    return _show(request, _find(request, number))


def verb(act: Callable[[Any, Ticket], Refused | Ticket | None]) -> Callable[..., HttpResponse]:
    """Make a view of one verb: find the ticket, do it, come back; a refusal keeps what was typed.

    Of several things in one form, `act` does what it can and gives back the refusal of the others. Gives it back a
    ticket, that is where one goes on.
    """

    @needs("ticket.see")
    @takes_post("agent:ticket", "number")
    @wraps(act)
    def answer(request: Any, number: int) -> HttpResponse:
        found = _find(request, number)
        request.sent = sent = sent_with(request, act.__name__, number)
        fragment = f"sent-{sent.key}" if sent.key else ""
        done = to_page(request, "agent:ticket", number=number, fragment=fragment)
        try:
            if sent.earlier():
                return done
            if sent.refused:
                raise sent.refused
            # A verb may be two (a question and a hold): both happen, or neither.
            with transaction.atomic():
                came_of_it = act(request, found)
            if isinstance(came_of_it, Refused):
                raise came_of_it
        except NotAllowed as refused:
            return _show(request, found, refused=refused, box=act.__name__, status=403)
        except SomethingArrived as refused:
            return _show(request, _find(request, number), refused=refused, box=act.__name__, status=409)
        except Refused as refused:
            return _show(request, _find(request, number), refused=refused, box=act.__name__, status=422)
        if found.is_closed_to(request.actor):
            messages.info(request, _("Done. The ticket is confidential, and others work on it now."))
            return redirect("agent:desk")
        if came_of_it is not None:
            return to_page(request, "agent:ticket", number=came_of_it.number, fragment=fragment)
        return done

    return answer


@verb
def replies(request: Any, found: Ticket) -> None:
    """Reply to the requester."""
    if sent_with_macro(request, found, writes="reply"):
        return
    actions.reply(
        found, text=_typed(request, "text"), attachments=request.sent.files, seen=_seen(request),
        once=request.sent.once, actor=request.actor,
    )  # fmt: skip


@verb
def notes(request: Any, found: Ticket) -> None:
    """Add an internal note."""
    if sent_with_macro(request, found, writes="note"):
        return
    actions.note(
        found, text=_typed(request, "text"), attachments=request.sent.files, once=request.sent.once, actor=request.actor
    )


@verb
def ownership(request: Any, found: Ticket) -> None:
    """Take the ticket."""
    saw = typed_number(request.POST.get("instead_of"))
    actions.take(found, actor=request.actor, instead_of=saw, once=request.sent.once)


@verb
def assignment(request: Any, found: Ticket) -> None:
    """Give it to a team, or to one of its people."""
    assignee = find_technician(typed_number(request.POST.get("assignee")))
    team = team_of(assignee, _team(request), found)
    actions.assign(found, team=team, assignee=assignee, actor=request.actor, once=request.sent.once)


@verb
def escalation(request: Any, found: Ticket) -> None:
    """Hand it over to a higher level."""
    said = {name: _typed(request, name) for name in ("observed", "tried", "asked", "why")}
    actions.escalate(found, team=_team(request), actor=request.actor, once=request.sent.once, **said)


@verb
def acceptance(request: Any, found: Ticket) -> None:
    """Accept a handover."""
    actions.accept(found, actor=request.actor, once=request.sent.once)


@verb
def handover_return(request: Any, found: Ticket) -> None:
    """Send a handover back."""
    actions.send_back(found, reason=_typed(request, "reason"), actor=request.actor, once=request.sent.once)


@verb
def arrival(request: Any, found: Ticket) -> None:
    """Say that somebody has arrived on site."""
    actions.arrive(found, actor=request.actor)


@verb
def hold(request: Any, found: Ticket) -> None:
    """Put it on hold; with a text, the requester is asked at the same time."""
    until = _moment(_typed(request, "until"))
    text, once = _typed(request, "text"), request.sent.once
    if text:
        actions.reply(
            found, text=text, seen=_seen(request), once=f"{once}:question" if once else None, actor=request.actor
        )
    actions.hold(found, reason=_typed(request, "reason"), until=until, actor=request.actor, once=once)


@verb
def resumption(request: Any, found: Ticket) -> None:
    """Go on after waiting."""
    actions.resume(found, actor=request.actor, once=request.sent.once)


@verb
def resolution(request: Any, found: Ticket) -> None:
    """Resolve it."""
    actions.resolve(
        found, code=_typed(request, "code"), text=_typed(request, "text"), seen=_seen(request), once=request.sent.once,
        actor=request.actor,
    )  # fmt: skip


@verb
def reopening(request: Any, found: Ticket) -> None:
    """Reopen it."""
    actions.reopen(found, text=_typed(request, "text"), actor=request.actor, once=request.sent.once)


@verb
def closure(request: Any, found: Ticket) -> None:
    """Close it without waiting for the requester."""
    actions.close(found, actor=request.actor, once=request.sent.once)


@verb
def fields(request: Any, found: Ticket) -> None:
    """Change plain fields: those that the form sends."""
    changes: dict[str, Any] = {}
    for name in ("kind", "subject", "mode"):
        if name in request.POST:
            changes[name] = _typed(request, name)
    for name in ("impact", "urgency", "category_id", "site_id"):
        if name in request.POST:
            changes[name] = typed_number(request.POST[name])
    if "tags" in request.POST:
        typed = [tag.strip().lower() for tag in _typed(request, "tags").split(",")]
        changes["tags"] = list(dict.fromkeys(tag[:60] for tag in typed if tag))
    actions.edit(found, changes=changes, seen=typed_number(request.POST.get("version")), actor=request.actor)


@verb
def beneficiary(request: Any, found: Ticket) -> None:
    """Say for whom the requester asks, by mail address; empty: for themselves."""
    email = _typed(request, "email")
    person = person_with_address(email) if email else None
    if email and person is None:
        raise Refused(_("Nobody in the directory has the address %(email)s.") % {"email": email}, field="email")
    actions.edit(found, changes={"on_behalf_of_id": person.pk if person else None}, actor=request.actor)


@verb
def priority(request: Any, found: Ticket) -> None:
    """Set the priority by hand, or let it follow from impact and urgency again."""
    actions.set_priority(
        found,
        priority=typed_number(request.POST.get("priority")),
        reason=_typed(request, "reason"),
        actor=request.actor,
    )


@verb
def confidentiality(request: Any, found: Ticket) -> None:
    """Make it confidential, or lift that."""
    if "lift" in request.POST:
        actions.lift_confidentiality(found, actor=request.actor)
    else:
        actions.confide(found, actor=request.actor)


@verb
def watchers(request: Any, found: Ticket) -> None:
    """Add somebody who follows the ticket by mail address, or remove one."""
    if key := typed_number(request.POST.get("remove")):
        actions.unwatch(found, person=_person(key), actor=request.actor)
        return
    email = _typed(request, "email")
    person = request.person if not email else person_with_address(email)
    if person is None:
        raise Refused(_("Nobody in the directory has the address %(email)s.") % {"email": email}, field="email")
    actions.watch(found, person=person, actor=request.actor)


@verb
def organisation(request: Any, found: Ticket) -> None:
    """Move the ticket to the organisation of the person whose address is given."""
    person = person_with_address(_typed(request, "email"))
    if person is None:
        raise Refused(_("Nobody in the directory has this address."), field="email")
    actions.move(found, organisation=person.organisation, requester=person, actor=request.actor)


def _show(
    request: Any, found: Ticket, *, refused: Refused | None = None, box: str = "", status: int = 200
) -> HttpResponse:
    # Their verbs are made by this module.
    from entraide.agent.answers import answers_panel
    from entraide.agent.approvals import approvals_panel
    from entraide.agent.links import links_panel
    from entraide.agent.third_parties import third_party_panel

    note_seen(found)
    before, after = neighbours(request, found)
    request.shows_remote_images = request.GET.get("images") == "yes"
    parts = [each for each in parts_of(found) if not each.is_closed_to(request.actor)]
    entries = queries.conversation_for(found, actor=request.actor, parts=parts)
    # What is part of another ticket is read here and written there.
    names = RIGHTS if found.merged_into_id is None else RIGHTS_WHEN_MERGED
    may = {name: name in names and request.actor.may(f"ticket.{name}", found) for name in RIGHTS}
    has = {**boxes(request, found, may, box), **major_boxes(found, may)}
    context = {
        "ticket": found,
        "next_step": next_step(found),
        "lines": shown_lines(entries, allow_remote_images=request.shows_remote_images),
        "may": may,
        "has": has,
        "refused": refused,
        # An address that names a conversation with a third party opens its box.
        "box": box or ("third_parties" if request.GET.get("conversation") else ""),
        "asks_first": isinstance(refused, SomethingArrived),
        "refused_here": refused and not _said_elsewhere(box, has),
        "boxes_of_work": BOXES_OF_WORK,
        "form_key": new_key(),
        **kept(request, found, box=box, refused=refused, has=has),
        "before": before,
        "after": after,
        "list_query": _list_query(request),
        "promises": promises_of(found),
        **macro_panel(request, found, box=box, refused=refused),
        **work_panel(request, found, box=box, refused=refused),
        "ratings": ratings_of(found),
        **answers_panel(request, found, box=box, refused=refused),
        **approvals_panel(request, found, box=box, refused=refused),
        **major_panel(request, found, has=has, box=box, refused=refused),
        **links_panel(request, found, may, entries=entries, parts=parts),
        **third_party_panel(request, found, entries=entries, parts=parts, has=has, box=box, refused=refused),
        **_choices(request, found),
        **_around(request, found),
    }
    return render(request, "agent/ticket.html", context, status=status)


def _list_query(request: Any) -> str:
    """Return what the list was asked, without what this page alone is asked."""
    query = request.GET.copy()
    query.pop("answers", None)
    query.pop("conversation", None)
    query.pop("with", None)
    asked: str = query.urlencode()
    return asked


# Verbs whose refusal is said beside them and not in the box of replies.
BOXES_OF_WORK = ("ownership", "assignment", "arrival", "resumption")
BOXES_ASIDE = (
    *BOXES_OF_WORK, "beneficiary", "organisation", "fields", "priority", "watchers", "relations", "merger", "split", "work", "work_withdrawal",
    "form_answers", "approvals", "approval_decision", "confidentiality",
)  # fmt: skip
BOXES_OF_BANNER = ("handover_return", "acceptance")
RIGHTS = (
    "reply", "note", "take", "assign", "escalate", "accept", "hold", "resolve", "reopen", "close", "edit", "watch", "move",
    "see_internal", "lead_major", "link", "merge", "confide", "lift_confidentiality",
)  # fmt: skip
RIGHTS_WHEN_MERGED = ("see_internal", "link", "merge", "confide", "lift_confidentiality")


def _said_elsewhere(box: str, has: dict[str, bool]) -> bool:
    if box in MAJOR_BOXES:
        return has[box]
    return box in BOXES_ASIDE or (box in BOXES_OF_BANNER and has["handover_return"])


def _choices(request: Any, found: Ticket) -> dict[str, Any]:
    teams = list(Team.objects.filter(is_active=True).prefetch_related("members"))
    return {
        "kinds": list(kinds),
        "kind": kinds.get(found.kind),
        "categories": Category.objects.filter(is_active=True).select_related("parent").order_by("parent__name", "name"),
        "sites": Site.objects.filter(organisation_id=found.organisation_id),
        "teams_here": [team for team in teams if team.level <= found.level],
        "teams_above": [team for team in teams if team.level > found.level],
        "technicians": technicians(),
        "reasons": list(PendingReason.objects.all()),
        "reason": PendingReason.objects.filter(code=found.pending_reason).first() if found.pending_reason else None,
        "codes": ResolutionCode.chosen(),
        "impacts": Impact.choices,
        "urgencies": Urgency.choices,
        "priorities": Priority.choices,
        "modes": Mode.choices,
        "computed_priority": computed_priority(found),
        "files_at_most": FILES_AT_MOST,
    }


def _around(request: Any, found: Ticket) -> dict[str, Any]:
    requester = (
        Person.objects.prefetch_related("addresses", "phones")
        .select_related("site", "manager")
        .get(pk=found.requester_id)
    )
    others = queries.visible_to(request.actor).filter(requester=requester).exclude(pk=found.pk)
    followers = Person.objects.filter(pk__in=found.watcher_ids) if found.watcher_ids else Person.objects.none()
    return {
        "requester": requester,
        "others": others.order_by("-updated_at")[:OTHERS_SHOWN],
        "followers": list(followers),
        "contract": contract_for(found.organisation_id, site_id=found.site_id),
        "organisations": organisations_in_scope() if request.actor.may("ticket.move", found) else [],
        "is_done": found.status in (Status.RESOLVED, Status.CLOSED),
    }


def _find(request: Any, number: int) -> Ticket:
    found = queries.find(number, actor=request.actor) if number < 2**31 else None
    if found is None:
        raise Http404
    return found


def _typed(request: Any, name: str) -> str:
    return clean(request.POST.get(name, "")).strip()


def _seen(request: Any) -> int | None:
    return typed_number(request.POST.get("seen"))


def _team(request: Any) -> Team:
    team = Team.objects.filter(pk=typed_number(request.POST.get("team")) or 0, is_active=True).first()
    if team is None:
        raise Refused(_("Choose a team."), field="team")
    return team


def _person(key: int) -> Person:
    person = Person.objects.filter(pk=key).first()
    if person is None:
        raise Http404
    return person


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else make_aware(moment)
    except ValueError as error:
        raise Refused(_("Write the date and the time as in 2026-03-02T08:00."), field="until") from error
