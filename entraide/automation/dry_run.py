"""What a rule would have done: the tickets of the past days replayed, in batches that may run twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localtime

from entraide.automation.documents import pure
from entraide.automation.firing import told_event
from entraide.automation.life import life_of
from entraide.automation.models import DryRun, EscalationRule
from entraide.automation.recipients import Directory
from entraide.automation.rules import occasions
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.status import OPEN

DAYS = 90
# So many tickets are replayed while somebody waits for the page; more are left to the worker.
AT_ONCE = 300
BATCH = 100
SHOWN = 200
KEPT_RUNS = 20


def start(fields: Mapping[str, Any], *, rule: EscalationRule | None, by: Person, days: int = DAYS) -> DryRun:
    """Begin a dry run of a rule with these fields, whether or not they are saved, and return it.

    A small desk's is finished when this returns, a large one's is done by jobs.
    """
    from entraide.automation.jobs import dry_run_batch

    run = DryRun(rule=rule, rule_document=dict(fields), days=days, started_at=now(), started_by=by, result={})
    with scoped(Scope.everything(reason="a rule of the desk looks at every organisation's tickets")):
        run.total = _tickets(run).count()
    with transaction.atomic():
        run.save()
        if run.total > AT_ONCE:
            dry_run_batch.defer(run_id=run.pk)
    # Nobody comes back for the old ones.
    DryRun.objects.filter(pk__in=DryRun.objects.order_by("-pk").values("pk")[KEPT_RUNS:]).delete()
    while run.total <= AT_ONCE and not do_batch(run.pk):
        pass
    run.refresh_from_db()
    return run


def do_batch(run_id: int) -> bool:
    """Do the next tickets of a run and tell whether it is finished (or gone)."""
    with (
        scoped(Scope.everything(reason="a rule of the desk looks at every organisation's tickets")),
        transaction.atomic(),
    ):
        run = DryRun.objects.select_for_update().filter(pk=run_id).first()
        if run is None or run.finished_at is not None:
            return True
        batch = list(_tickets(run).filter(pk__gt=run.last_ticket_id).order_by("pk")[:BATCH])
        _add(run, batch)
        run.done += len(batch)
        run.last_ticket_id = batch[-1].pk if batch else run.last_ticket_id
        if len(batch) < BATCH:
            run.finished_at = now()
        reach("dry-run-batch")
        run.save()
        return run.finished_at is not None


def _tickets(run: DryRun) -> QuerySet[Ticket]:
    # Opened after the run began is not its past; untouched since before it began cannot have come true unless open.
    lived = Q(updated_at__gte=run.started_at - timedelta(days=run.days)) | Q(status__in=OPEN)
    return Ticket.objects.filter(lived, opened_at__lte=run.started_at)


def _add(run: DryRun, batch: list[Ticket]) -> None:
    since = run.started_at - timedelta(days=run.days)
    rule, directory = pure(run.rule_document, since=since), Directory()
    timelines = _timelines(batch, until=run.started_at)
    weeks = run.result.get("weeks") or [[name, 0] for name in _weeks(since, run.started_at)]
    by_week, told_often = dict(weeks), defaultdict(int, dict(run.result.get("recipients", [])))
    firings = run.result.get("firings", [])
    total = run.result.get("firings_total", 0)
    for ticket in batch:
        for found in occasions(rule, life_of(ticket, timelines[ticket.pk]), now=run.started_at):
            told = directory.told(run.rule_document["recipients"], found.facts, ticket, at=found.at, is_past=True)
            event = told_event(run.rule_document, found, told, rule_id=run.rule_id or 0)
            total += 1
            by_week[week_of(found.at)] += 1
            for name in [directory.name(each) for each in told.person_ids] or [""]:
                told_often[name] += 1
            # The facts, not the words: whoever reads it does so in their own language.
            firings.append([ticket.number, found.at.isoformat(), event.as_data()])
    run.result = {
        "weeks": [list(pair) for pair in by_week.items()],
        "recipients": sorted(([name, n] for name, n in told_often.items()), key=lambda pair: (-pair[1], pair[0])),
        "firings": sorted(firings, key=lambda each: str(each[1]), reverse=True)[:SHOWN],
        "firings_total": total,
    }


def _weeks(since: datetime, until: datetime) -> list[str]:
    days = (localtime(until).date() - localtime(since).date()).days
    return list(dict.fromkeys(_week(localtime(since).date() + timedelta(days=n)) for n in range(days + 1)))


def week_of(at: datetime) -> str:
    """Return the ISO week of an instant in the desk's zone: "2026-W09"."""
    return _week(localtime(at).date())


def _week(day: date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def _timelines(batch: Iterable[Ticket], *, until: datetime) -> Mapping[int, list[TicketEntry]]:
    timelines: dict[int, list[TicketEntry]] = defaultdict(list)
    for entry in TicketEntry.objects.filter(ticket__in=list(batch), at__lte=until).order_by("ticket_id", "number"):
        timelines[entry.ticket_id].append(entry)
    return timelines
