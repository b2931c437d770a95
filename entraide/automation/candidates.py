"""Which tickets a rule may fire on now: by what the database can tell, a little too many rather than one too few."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.db.models.lookups import LessThanOrEqual

from entraide.automation.models import Firing
from entraide.automation.rules import CLOCK_TRIGGERS, Rule
from entraide.tickets.models import ClockRow, Ticket, TicketEntry
from entraide.tickets.status import OPEN

# The requester's words: an answer is owed from the first of them after the desk's own.
ASKING = ("ticket_opened", "requester_wrote", "reopened")


def candidates(rule: Rule, *, rule_id: int, now: datetime) -> QuerySet[Ticket]:
    """Return the open tickets on which this rule may have come true of a step since it is, and has not fired; each has `silent_since`."""
    fired = Firing.objects.filter(rule_id=rule_id, ticket_id=OuterRef("pk"), step__startswith=rule.trigger)
    tickets = Ticket.objects.filter(status__in=OPEN, **_conditions(rule))
    asked = TicketEntry.objects.filter(
        ticket_id=OuterRef("pk"), number__gt=OuterRef("last_word_number"), kind__in=ASKING
    ).order_by("number")
    silent_since: Any = Value(None, output_field=DateTimeField())
    # Open time is never longer than the time on the wall, so this holds for both.
    latest = now - timedelta(minutes=rule.minutes)
    match rule.trigger:
        case "unassigned":
            tickets = tickets.filter(~Exists(fired.filter(since=OuterRef("unassigned_since"))))
            tickets = tickets.filter(unassigned_since__lte=latest)
        case "unaccepted":
            tickets = tickets.filter(~Exists(fired.filter(since=OuterRef("level_since"))))
            tickets = tickets.filter(awaits_acceptance=True, level_since__lte=latest)
        case "silent":
            silent_since = Subquery(asked.values("at")[:1])
            spoken = Coalesce("last_word_at", "opened_at")
            tickets = tickets.filter(awaits_answer=True).filter(LessThanOrEqual(spoken, latest))
            begun: Any = tickets.alias(began=silent_since)
            tickets = begun.filter(~Exists(fired.filter(since=OuterRef("began"))))
        case _:
            rows = _unspoken(_clocks(rule, now=now), trigger=rule.trigger, rule_id=rule_id)
            tickets = tickets.filter(Exists(rows.filter(ticket_id=OuterRef("pk"))))
    if rule.trigger not in CLOCK_TRIGGERS and rule.since is not None and not rule.in_coverage:
        # No silence began after the last entry: this one was long over before there was the rule.
        tickets = tickets.filter(updated_at__gte=rule.since - timedelta(minutes=rule.minutes))
    return tickets.annotate(silent_since=silent_since).order_by("priority", "pk")


def _clocks(rule: Rule, *, now: datetime) -> QuerySet[ClockRow]:
    rows = ClockRow.objects.filter(_meant(rule))
    if rule.since is not None and (rule.trigger == "missed" or rule.percent <= 100):
        # Due before there was the rule, and nothing has happened since: not for each sweep to look at.
        untold = Q(due_at__gte=rule.since) | Q(due_at=None) | Q(ticket__updated_at__gte=rule.since)
        rows = rows.filter(untold)
    if rule.trigger == "missed":
        return rows.filter(state__in=["running", "paused", "missed"], due_at__lte=now)
    alive = rows.filter(state__in=["running", "paused"])
    if rule.percent >= 100:
        return alive.filter(due_at__lte=now)
    part: Any = ExpressionWrapper(
        F("target_minutes") * Value(timedelta(minutes=rule.percent / 100)), output_field=DurationField()
    )
    return alive.alias(at_the_earliest=ExpressionWrapper(F("started_at") + part, output_field=DateTimeField())).filter(
        at_the_earliest__lte=now
    )


def _unspoken(rows: QuerySet[ClockRow], *, trigger: str, rule_id: int) -> QuerySet[ClockRow]:
    """Return the clocks of whose present run the rule has not spoken: `run_key` of rules.py, in SQL."""
    # Strict: else the filter would look into each change rather than at it.
    ended = Func(
        F("changes"),
        template="jsonb_array_length(jsonb_path_query_array(%(expressions)s, 'strict $[*] ? (@[2] == \"ended\")'))",
        output_field=IntegerField(),
    )
    # The last change is the end of the present run, not of an earlier one.
    run: Any = ended + Case(When(ended_at=None, then=1), default=0, output_field=IntegerField())
    parts = [F("metric"), Value(":"), _text("level"), Value(":"), _text("began"), Value("#"), Cast(run, CharField())]
    step = Concat(Value(f"{trigger}:"), *parts, output_field=CharField())
    fired = Firing.objects.filter(rule_id=rule_id, ticket_id=OuterRef("ticket_id"), step=OuterRef("step"))
    return rows.alias(step=step).filter(~Exists(fired))


def _text(name: str) -> Any:
    return Cast(name, CharField())


def _meant(rule: Rule) -> Q:
    meant = Q(metric=rule.metric) if rule.metric else Q()
    return meant & Q(level=rule.level) if rule.level else meant


def _conditions(rule: Rule) -> dict[str, Any]:
    wanted = {
        "priority__in": rule.priorities,
        "level__in": rule.levels,
        "kind__in": rule.kinds,
        "organisation_id__in": rule.organisation_ids,
        "team_id__in": rule.team_ids,
    }
    return {name: sorted(values) for name, values in wanted.items() if values}
