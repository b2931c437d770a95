"""One agreement: what is promised to whom, changed in versions, or read by those who do not change it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entraide.agent.access import needs, typed_number
from entraide.agent.agreement_forms import AgreementForm, PlaceForm, PromiseTable, empty_document, still_needed
from entraide.agent.agreement_places import places_of, reached_organisations, take_away
from entraide.agent.agreement_words import calendars_used, differences, in_words, step_name, used_by
from entraide.agent.desk_settings import SECTIONS
from entraide.contracts.queries import by_end, standing, visible_to
from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.sla.models import Agreement, AgreementAssignment, AgreementVersion
from entraide.sla.promises import PRIORITIES, STEPS, AgreementError, read_targets
from entraide.sla.publishing import make_default, publish_agreement
from entraide.tickets.retargeting_jobs import newest_run, waiting_count

VERSIONS_SHOWN = 30
CONTRACTS_SHOWN = 50


@needs("agreement.see", to_write="settings.edit")
def agreement(request: Any, key: int | None = None) -> HttpResponse:
    """One agreement: its promises as a form; saving publishes a new version of them."""
    known = find_agreement(key) if key is not None else None
    if not edits_some(request):
        if known is None:
            raise Http404
        return _reading(request, known)
    if request.method != "POST":
        return _page(request, known)
    if not edits_all(request):
        return only_read(request)
    document = known.current.document if known else empty_document()
    # Its own instance: a form writes what it read onto it, also when that is refused.
    form = AgreementForm(request.POST, instance=find_agreement(key) if key is not None else None, document=document)
    table = PromiseTable(document, request.POST)
    if "add" in request.POST:
        form.full_clean()
        form.errors.clear()
        return _page(request, known, form=form, table=table)
    published, faults, status = _save(request, form, table)
    if status != 200:
        return _page(request, known, form=form, table=table, faults=faults, status=status)
    words = _("Saved: version %(number)d is in force.") % {"number": published.number} if published else _("Saved.")
    messages.success(request, words)
    return redirect("agent:agreement", key=form.instance.pk)


@require_POST
@needs("agreement.see", to_write="settings.edit")
def places(request: Any, key: int) -> HttpResponse:
    """Assign this agreement to a place, or take it away from one."""
    known = find_agreement(key)
    if "remove" in request.POST:
        take_away(request, AgreementAssignment.objects.filter(agreement=known))
        return redirect("agent:agreement", key=key)
    form = PlaceForm(request.POST, organisations=reached_organisations(request))
    status = form.assign_or_refuse(agreement=known)
    if status != 200:
        return _page(request, known, place_form=form, status=status)
    messages.success(request, _("Assigned: it holds for tickets opened there from now on."))
    return redirect("agent:agreement", key=key)


@require_POST
@needs("agreement.see", to_write="settings.edit")
def default(request: Any, key: int) -> HttpResponse:
    """Let this agreement hold for everybody whom none is assigned to."""
    find_agreement(key)
    if not edits_all(request):
        return only_read(request)
    try:
        with transaction.atomic():
            make_default(Agreement.objects.select_for_update().get(pk=key))
        messages.success(request, _("This agreement now holds for everybody whom none is assigned to."))
    except Refused as refused:
        messages.error(request, refused.message)
    except IntegrityError:
        messages.error(request, _("Somebody else has just chosen the default; look again."))
    return redirect("agent:agreement", key=key)


@needs("agreement.see")
def version(request: Any, key: int, number: int) -> HttpResponse:
    """An earlier version, to read, and what it changed."""
    known = find_agreement(key)
    pair = list(known.versions.filter(number__in=[number, number - 1]).select_related("published_by"))
    shown = next((each for each in pair if each.number == number), None)
    if shown is None:
        raise Http404
    before = next((each for each in pair if each.number == number - 1), None)
    return render(request, "agent/agreement_version.html", _shown(known, shown, before))


def _reading(request: Any, known: Agreement) -> HttpResponse:
    """The agreement as it is now, for those who read it: what it promises, who has it, its versions; nothing to press."""
    context = {
        **_shown(known, known.current, None),
        "is_now": True,
        "places": places_of(known),
        "contracts": _contracts_of(request, known),
        "versions": known.versions.select_related("published_by")[:VERSIONS_SHOWN],
    }
    return render(request, "agent/agreement_version.html", context)


def _shown(known: Agreement, shown: AgreementVersion, before: AgreementVersion | None) -> dict[str, Any]:
    calendars = calendars_used(each.document for each in (shown, before) if each is not None)
    return {
        "known": known,
        "shown": shown,
        "before": before,
        "changes": differences(before.document, shown.document, calendars) if before else [],
        "table": PromiseTable(shown.document, None),
        "calendars": [(p, used_by(shown.document, p, calendars)) for p in PRIORITIES],
        "matrix": [(step_name(impact), shown.document["matrix"][impact - 1]) for impact in STEPS],
        "steps": [step_name(step) for step in STEPS],
        **frame(),
    }


def find_agreement(key: int) -> Agreement:
    """Return an agreement that has been published. Raises Http404."""
    found = Agreement.objects.filter(pk=key, versions__isnull=False).distinct().first()
    if found is None:
        raise Http404
    return found


def edits_all(request: Any) -> bool:
    """Tell whether the settings of every organisation may be edited: an agreement is shared by many."""
    may: bool = request.actor.may_everywhere("settings.edit")
    return may


def edits_some(request: Any) -> bool:
    """Tell whether the settings of any organisation may be edited; whoever may not reads."""
    may: bool = request.actor.may_on_anything("settings.edit")
    return may


def only_read(request: Any) -> HttpResponse:
    return render(request, "look/error.html", {"status": 403}, status=403)


def _save(request: Any, form: AgreementForm, table: PromiseTable) -> tuple[AgreementVersion | None, list[str], int]:
    """Return the new version (None when nothing in it changed), what is wrong, and the status to answer with."""
    is_valid = form.is_valid()
    if not (is_valid and table.is_readable()):
        return None, [], 422
    targets = table.targets(form.calendar_ids())
    facts: dict[str, Any] = {
        "targets": targets,
        "matrix": form.matrix(),
        "vip_raise": form.cleaned_data["vip_raise"],
        "warn_percent": form.cleaned_data["warn_percent"],
    }
    try:
        with transaction.atomic():
            published = _publish(request, form, facts)
    except AgreementError as refused:
        return None, in_words(refused), 422
    except Conflict as refused:
        return None, [refused.message], 409
    except Refused as refused:
        return None, [refused.message], 422
    except IntegrityError:
        # Somebody took the name between the check and the writing.
        return None, [_("There is an agreement of this name already.")], 422
    return published, [], 200


def _publish(request: Any, form: AgreementForm, facts: dict[str, Any]) -> AgreementVersion | None:
    edited: Agreement = form.instance
    seen = typed_number(request.POST.get("seen")) or 0
    is_new = edited.pk is None
    published = None
    if is_new or not _says_the_same(edited, facts, seen=seen):
        published = publish_agreement(edited, **facts, by=request.person, seen=seen, reason=form.cleaned_data["reason"])
    locked = Agreement.objects.select_for_update().get(pk=edited.pk)
    if locked.is_default and not edited.is_active:
        raise Refused(still_needed(), field="is_active")
    if not is_new:
        edited.save(update_fields=["name", "description", "is_active"])
    return published


def _says_the_same(edited: Agreement, facts: dict[str, Any], *, seen: int) -> bool:
    current = edited.current
    document = current.document
    return (
        current.number == seen
        and set(read_targets(document)) == set(facts["targets"])
        and all(document[name] == facts[name] for name in ("matrix", "vip_raise", "warn_percent"))
    )


def _page(request: Any, known: Agreement | None, *, status: int = 200, **sent: Any) -> HttpResponse:
    """The page of an agreement (None: a new one); `sent` are the forms as they were filled in."""
    current = known.current if known else None
    document = current.document if current else empty_document()
    is_sent = "table" in sent
    context: dict[str, Any] = {
        "known": known,
        "current": current,
        # What was typed belongs to the version that it was typed over.
        "seen": (typed_number(request.POST.get("seen")) or 0) if is_sent else (current.number if current else 0),
        "form": None if is_sent else AgreementForm(None, instance=known, document=document),
        "table": None if is_sent else PromiseTable(document, None),
        "steps": [step_name(step) for step in STEPS],
        "may_edit": edits_all(request),
        **frame(),
    }
    if known is not None and current is not None:
        context |= {
            "places": places_of(known),
            "contracts": _contracts_of(request, known),
            "place_form": None
            if "place_form" in sent
            else PlaceForm(None, organisations=reached_organisations(request)),
            "versions": known.versions.select_related("published_by")[:VERSIONS_SHOWN],
            "behind": waiting_count(current),
            "run": newest_run(known),
        }
    return render(request, "agent/agreement.html", {**context, **sent}, status=status)


def _contracts_of(request: Any, known: Agreement) -> Any:
    """Return the contracts that buy this agreement and have not ended."""
    buying = standing(visible_to(request.actor).filter(agreement=known), "current", at=now())
    return by_end(buying.select_related("organisation"))[:CONTRACTS_SHOWN]


def frame() -> dict[str, Any]:
    """Return what every page of agreements needs for the navigation."""
    return {"sections": SECTIONS, "chosen": {"code": "agreements", "name": _("Agreements")}}
