"""Reports in words: why a promise was missed, what a stay came to, and the headers of the tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext as _

from entraide.agent.agreement_words import promise_name
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.reports.longest_waits import Cause, Wait
from entraide.sla.metrics import METRICS
from entraide.tickets.models import ClockRow, LevelStay, PendingReason


class Waits:
    """Says what tickets waited for; the names of people and reasons are looked up once each."""

    def __init__(self, waits: Iterable[Wait] = ()) -> None:
        ids = {each.person_id for each in waits if each.person_id is not None}
        self._people: dict[int, str] = {}
        if ids:
            with scoped(Scope.everything(reason="names of the technicians on tickets that are already in scope")):
                self._people = dict(Person.objects.filter(pk__in=ids).values_list("pk", "name"))
        self._reasons = {each.code: str(each) for each in PendingReason.objects.all()}

    def cause(self, cause: Cause) -> str:
        """Return the cause: "Nobody had taken it at N1"."""
        values = {"level": f"N{cause.level}", "reason": self._reasons.get(cause.reason, cause.reason)}
        sentences = {
            "handover": _("The handover to %(level)s was not accepted"),
            "untaken": _("Nobody had taken it at %(level)s"),
            "hold": _("On hold at %(level)s without a pause of the promise: %(reason)s"),
            "answer": _("The requester waited for our answer at %(level)s"),
            "work": _("In work at %(level)s"),
        }
        return sentences[cause.kind] % values

    def wait(self, wait: Wait) -> str:
        """Return the cause with whoever had the ticket in hand."""
        name = self._people.get(wait.person_id or 0)
        values = {"level": f"N{wait.cause.level}", "name": name}
        if name and wait.cause.kind == "work":
            return _("In work with %(name)s at %(level)s") % values
        if name and wait.cause.kind == "answer":
            return _("The requester waited for the answer of %(name)s at %(level)s") % values
        return self.cause(wait.cause)


def kind_name(row: ClockRow) -> str:
    """Return what a clock measures: "First response", "Taking over at N2"."""
    return promise_name(row.metric, row.level)


def side(metric: str) -> str:
    """Return whether something is promised to the client or between the levels."""
    return "OLA" if METRICS[metric].is_internal else "SLA"


def outcome_name(row: ClockRow) -> str:
    """Return what became of a promise that counts."""
    if row.state == "met":
        return _("promise kept")
    return _("missed, still running") if row.state in ("running", "paused") else _("promise missed")


def ending_name(ending: str) -> str:
    """Return how a stay ended; "" and "open" say that it goes on."""
    return str(LevelStay.Ending(ending).label) if ending in LevelStay.Ending.values else _("still there")


def minutes(length: timedelta | None) -> float | None:
    """Return a length in minutes with two decimals, as exports have it."""
    return round(length.total_seconds() / 60, 2) if length is not None else None


def with_zone(header: str) -> str:
    """Return the header of a column of times, which says their zone."""
    return f"{header} ({get_current_timezone_name()})"
