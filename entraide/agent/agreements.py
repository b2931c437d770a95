"""Agreements: what is promised to whom, changed in versions, with one that holds for everybody else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entraide.agent.access import needs, typed_number
from entraide.agent.agreement_forms import AgreementForm, PlaceForm, PromiseTable, empty_document, still_needed
from entraide.agent.agreement_places import places_of, reached_organisations, take_away
from entraide.agent.agreement_words import calendar_names, calendars_used, differences, in_words, step_name, used_by
from entraide.agent.desk_settings import SECTIONS
from entraide.contracts.queries import by_end, standing, visible_to
from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.sla.durations import say_duration
from entraide.sla.models import Agreement, AgreementAssignment, AgreementVersion
from entraide.sla.promises import PRIORITIES, STEPS, AgreementError, Target, read_targets
from entraide.sla.publishing import make_default, publish_agreement
from entraide.tickets.retargeting_jobs import newest_run, waiting_count

# The right end of the picture: two weeks of open time; the scale is logarithmic, from one minute on.
WIDEST_MINUTES, WIDTH = 14 * 24 * 60, 100
VERSIONS_SHOWN = 30
CONTRACTS_SHOWN = 50


@dataclass(frozen=True)
class Promised:
    """The first response and the resolution of one priority: in words, and as widths from 0 to 100."""

    priority: int
    response: str
    resolution: str
    response_width: int
    resolution_width: int
    hours: str


@needs("agreement.see")
def agreements(request: Any) -> HttpResponse:
    """All agreements with a picture of what they promise and for how many they hold."""
    newest = _newest_versions()
    versions = calendars_used(version.document for version in newest.values())
    places: dict[int, dict[str, int]] = {}
    for agreement_id, is_site, n in _counted_places():
        places.setdefault(agreement_id, {})["sites" if is_site else "organisations"] = n
    rows: list[dict[str, Any]] = [
        {
            "agreement": each,
            "version": newest.get(each.pk),
            "promised": _promised(newest[each.pk].document, versions) if each.pk in newest else [],
            "organisations": 0,
            "sites": 0,
            **places.get(each.pk, {}),
        }
        for each in Agreement.objects.order_by("-is_default", "-is_active", "name")
    ]
    context = {
        "rows": rows,
        "has_default": any(row["agreement"].is_default and row["agreement"].is_active for row in rows),
        "may_edit": edits_all(request),
        **frame(),
    }
    return render(request, "agent/agreements.html", context)


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
@needs("settings.edit")
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
@needs("settings.edit")
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
    return any(
        grant.right == "settings.edit" and grant.reach == "any" and grant.organisation_id is None
        for grant in request.actor.granted
    )


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


def _counted_places() -> list[tuple[int, bool, int]]:
    """Return (agreement, whether sites are counted, how many) for what is assigned, as far as the scope reaches."""
    return list(
        AgreementAssignment.objects.order_by()
        .annotate(is_site=Q(site__isnull=False))
        .values_list("agreement_id", "is_site")
        .annotate(n=Count("pk"))
    )


def _newest_versions() -> dict[int, AgreementVersion]:
    newest = AgreementVersion.objects.order_by("agreement_id", "-number").distinct("agreement_id")
    return {each.agreement_id: each for each in newest}


def _promised(document: Mapping[str, Any], versions: Mapping[int, Any]) -> list[Promised]:
    general = {(each.metric, each.priority): each for each in read_targets(document) if not each.kind}
    return [
        Promised(
            priority=priority,
            response=_length(general.get(("first_response", priority))),
            resolution=_length(general.get(("resolution", priority))),
            response_width=_width(general.get(("first_response", priority))),
            resolution_width=_width(general.get(("resolution", priority))),
            hours=calendar_names(document, priority, versions),
        )
        for priority in PRIORITIES
    ]


def _length(target: Target | None) -> str:
    return say_duration(target.minutes) if target else "–"


def _width(target: Target | None) -> int:
    if target is None:
        return 0
    return max(4, min(WIDTH, round(WIDTH * math.log(target.minutes + 1) / math.log(WIDEST_MINUTES + 1))))


def frame() -> dict[str, Any]:
    """Return what every page of agreements needs for the navigation."""
    return {"sections": SECTIONS, "chosen": {"code": "agreements", "name": _("Agreements")}}
