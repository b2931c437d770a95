"""Agreements in words: their promises, what is wrong with them, and how one version differs from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from entraide.sla.durations import say_duration
from entraide.sla.metrics import METRICS
from entraide.sla.models import CalendarVersion
from entraide.sla.problems import CoverageError
from entraide.sla.promises import PRIORITIES, STEPS, Target, read_targets
from entraide.tickets.kinds import kinds

Document = Mapping[str, Any]


def promise_name(metric: str, level: int, kind: str = "") -> str:
    """Return what is promised: "First response", "Taking over at N2", "Resolution (Request)"."""
    name = _(METRICS[metric].name) if metric in METRICS else metric
    if level:
        name = _("%(promise)s at %(level)s") % {"promise": name, "level": f"N{level}"}
    if kind:
        name = f"{name} ({kinds.get(kind).name if kind in kinds else kind})"
    return name


def in_words(error: CoverageError) -> list[str]:
    """Return every problem as a sentence in the reader's language."""
    return [
        _(each.message) % {key: _spoken(key, value) for key, value in each.values.items()} for each in error.problems
    ]


def calendars_used(documents: Iterable[Document]) -> dict[int, CalendarVersion]:
    """Return the calendar versions with which these agreements were published, by id."""
    ids = {version for document in documents for version in document["calendars"].values()}
    return {each.pk: each for each in CalendarVersion.objects.select_related("calendar").filter(pk__in=ids)}


def calendar_names(document: Document, priority: int, versions: Mapping[int, CalendarVersion]) -> str:
    """Return the hours in which the promises for this priority hold: "24/7 v2"."""
    keys = {each.calendar for each in read_targets(document) if each.priority == priority}
    return ", ".join(sorted(_version_name(versions[document["calendars"][str(key)]]) for key in keys))


def used_by(document: Document, priority: int, versions: Mapping[int, CalendarVersion]) -> list[CalendarVersion]:
    """Return the calendar versions in which the promises for this priority hold."""
    keys = {each.calendar for each in read_targets(document) if each.priority == priority}
    return sorted((versions[document["calendars"][str(key)]] for key in keys), key=lambda each: each.calendar.name)


def differences(before: Document, after: Document, versions: Mapping[int, CalendarVersion]) -> list[str]:
    """Return in words what changed from one version to the next, the most visible first."""
    return [
        *_changed_promises(before, after),
        *_changed_calendars(before, after, versions),
        *_changed_matrix(before, after),
        *_changed_figures(before, after),
    ]


def _changed_promises(before: Document, after: Document) -> Iterable[str]:
    old, new = _by_key(before), _by_key(after)
    order = list(METRICS)
    for key in sorted(old.keys() | new.keys(), key=lambda each: (order.index(each[0]), *each[1:])):
        was, now = old.get(key), new.get(key)
        if (was and was.minutes) != (now and now.minutes):
            metric, level, kind, priority = key
            yield _("P%(priority)d %(promise)s: %(before)s → %(after)s") % {
                "priority": priority,
                "promise": promise_name(metric, level, kind),
                "before": _length(was),
                "after": _length(now),
            }


def _changed_calendars(before: Document, after: Document, versions: Mapping[int, CalendarVersion]) -> Iterable[str]:
    for priority in PRIORITIES:
        was, now = _hours(before, priority), _hours(after, priority)
        if was and now and was != now:
            names = {key: version.calendar.name for version in versions.values() for key in [version.calendar_id]}
            yield _("P%(priority)d: calendar %(before)s → %(after)s") % {
                "priority": priority,
                "before": ", ".join(sorted(names[key] for key in was)),
                "after": ", ".join(sorted(names[key] for key in now)),
            }
    for key in sorted(before["calendars"].keys() & after["calendars"].keys()):
        old, new = versions[before["calendars"][key]], versions[after["calendars"][key]]
        if old.pk != new.pk:
            yield _("Calendar %(name)s: v%(before)d → v%(after)d") % {
                "name": old.calendar.name,
                "before": old.number,
                "after": new.number,
            }


def _changed_matrix(before: Document, after: Document) -> Iterable[str]:
    for impact in STEPS:
        for urgency in STEPS:
            was, now = before["matrix"][impact - 1][urgency - 1], after["matrix"][impact - 1][urgency - 1]
            if was != now:
                yield _("Impact %(impact)s × urgency %(urgency)s: %(before)s → %(after)s") % {
                    "impact": step_name(impact),
                    "urgency": step_name(urgency),
                    "before": f"P{was}",
                    "after": f"P{now}",
                }


def _changed_figures(before: Document, after: Document) -> Iterable[str]:
    for name, sentence in (
        ("vip_raise", _("A VIP raises the priority by %(before)d → %(after)d")),
        ("warn_percent", _("Warning at %(before)d %% → %(after)d %%")),
    ):
        if before[name] != after[name]:
            yield sentence % {"before": before[name], "after": after[name]}


def step_name(step: int) -> str:
    """Return an impact or urgency without its explanation."""
    return {1: _("high"), 2: _("medium"), 3: _("low")}[step]


def _spoken(key: str, value: object) -> object:
    return _(value) if key == "metric" and isinstance(value, str) and value else value


def _version_name(version: CalendarVersion) -> str:
    return f"{version.calendar.name} v{version.number}"


def _by_key(document: Document) -> dict[tuple[str, int, str, int], Target]:
    return {(each.metric, each.level, each.kind, each.priority): each for each in read_targets(document)}


def _hours(document: Document, priority: int) -> set[int]:
    return {each.calendar for each in read_targets(document) if each.priority == priority}


def _length(target: Target | None) -> str:
    return say_duration(target.minutes) if target else _("not promised")
