"""All agreements: a picture of what each promises, and for how many it holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render

from entraide.agent.access import needs
from entraide.agent.agreement_words import calendar_names, calendars_used
from entraide.agent.agreements import edits_all, frame
from entraide.sla.durations import say_duration
from entraide.sla.models import Agreement, AgreementAssignment, AgreementVersion
from entraide.sla.promises import PRIORITIES, Target, read_targets

# The right end of the picture: two weeks of open time; the scale is logarithmic, from one minute on.
WIDEST_MINUTES, WIDTH = 14 * 24 * 60, 100


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
