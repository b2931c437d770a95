"""What is measured of a running desk, for Prometheus: read from the database at each scrape, so that every process says the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from entraide.audit.models import AuditEntry, Verification
from entraide.backups.making import newest, newest_whole
from entraide.channels.email.models import IncomingMail, Mailbox, OutgoingMail
from entraide.core.clock import now
from entraide.core.jobs import workers_alive
from entraide.core.scope import Scope, scoped
from entraide.tickets.models import ClockRow

_JOBS = """
SELECT queue_name, status, count(*), extract(epoch FROM now() - min(due.at) FILTER (WHERE due.at <= now()))
FROM procrastinate_jobs
LEFT JOIN LATERAL (
    SELECT coalesce(scheduled_at, (SELECT max(at) FROM procrastinate_events WHERE job_id = procrastinate_jobs.id)) AS at
) due ON status = 'todo'
WHERE status IN ('todo', 'doing', 'failed')
GROUP BY queue_name, status ORDER BY queue_name, status
"""


def exposition() -> bytes:
    """Return the figures in Prometheus' text format (version 0.0.4)."""
    registry = CollectorRegistry()
    registry.register(_Desk())
    return generate_latest(registry)


class _Desk(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        with scoped(Scope.everything(reason="figures of the whole desk, without a name in them")):
            yield from _intake()
            yield from _jobs()
            yield from _promises()
            yield from _mail_out()
            yield from _machine()
            yield from _backups()
            yield from _audit()

    def describe(self) -> list[Any]:
        return []  # nothing is asked of the database before the first scrape


def _age(since: datetime | None) -> float:
    return max(0.0, (now() - since).total_seconds()) if since else 0.0


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)


def _intake() -> Iterator[GaugeMetricFamily]:
    waiting = IncomingMail.objects.filter(outcome=IncomingMail.Outcome.WAITING)
    found = waiting.aggregate(n=Count("pk"), oldest=Min("received_at"))
    yield _one("entraide_intake_waiting", "Mails that are kept and not read yet.", found["n"])
    yield _one("entraide_intake_delay_seconds", "For how long the oldest of them has waited.", _age(found["oldest"]))
    aside = IncomingMail.objects.filter(outcome=IncomingMail.Outcome.QUARANTINED).count()
    yield _one("entraide_intake_quarantined", "Mails in quarantine, for somebody to look at.", aside)
    failing = Mailbox.objects.filter(is_active=True).exclude(last_error="").count()
    yield _one("entraide_mailboxes_failing", "Mailboxes that could not be read the last time.", failing)


def _jobs() -> Iterator[GaugeMetricFamily]:
    counts = GaugeMetricFamily("entraide_jobs", "Background jobs, by queue and state.", labels=["queue", "state"])
    ages = GaugeMetricFamily(
        "entraide_job_age_seconds", "For how long the oldest job that is due has waited.", labels=["queue"]
    )
    with connection.cursor() as cursor:
        cursor.execute(_JOBS)
        for queue, state, n, age in cursor.fetchall():
            counts.add_metric([queue, state], n)
            if state == "todo":
                ages.add_metric([queue], max(0.0, float(age or 0)))
    yield counts
    yield ages
    yield _one("entraide_workers", "Workers that gave a sign of life within a minute.", workers_alive())


def _promises() -> Iterator[GaugeMetricFamily]:
    oldest = ClockRow.objects.filter(next_alarm_at__lte=now()).aggregate(at=Min("next_alarm_at"))["at"]
    yield _one("entraide_clock_lag_seconds", "By how much the sweep over promises is late.", _age(oldest))


def _mail_out() -> Iterator[GaugeMetricFamily]:
    counts = GaugeMetricFamily(
        "entraide_outgoing_mails", "Outgoing mails that are not sent, by state.", labels=["state"]
    )
    unsent = (OutgoingMail.State.WAITING, OutgoingMail.State.FAILING, OutgoingMail.State.FAILED)
    found = dict(OutgoingMail.objects.filter(state__in=unsent).values_list("state").annotate(n=Count("pk")))
    for state in unsent:
        counts.add_metric([state.value], found.get(state.value, 0))
    yield counts


def _audit() -> Iterator[GaugeMetricFamily]:
    oldest = AuditEntry.objects.filter(seq=None).aggregate(at=Min("at"))["at"]
    yield _one(
        "entraide_audit_unsealed_seconds", "For how long the oldest row of the audit waits for its seal.", _age(oldest)
    )
    last = Verification.objects.first()
    yield _one(
        "entraide_audit_verified_seconds",
        "How long ago the audit was verified; 0: never.",
        _age(last.at if last else None),
    )
    broken = int(last is not None and last.broken_at is not None)
    yield _one("entraide_audit_broken", "1 where the newest verification found that the audit does not hold.", broken)


def _machine() -> Iterator[GaugeMetricFamily]:
    free = shutil.disk_usage(settings.ENTRAIDE.data_dir).free
    yield _one("entraide_data_free_bytes", "Space that is left where files are kept.", free)


def _backups() -> Iterator[GaugeMetricFamily]:
    if settings.ENTRAIDE.backup_dir is None:
        return
    whole, last = newest_whole(), newest()
    age = (now() - whole.began_at).total_seconds() if whole else float("inf")
    yield _one("entraide_backup_age_seconds", "Since the newest backup began; +Inf while there is none.", age)
    yield _one("entraide_backup_bytes", "The size of the newest backup.", whole.size_bytes if whole else 0)
    yield _one("entraide_backup_problem", "1 where the last backup failed or lacks files.", bool(last and last.problem))
