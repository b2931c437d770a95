"""/healthz, /readyz and /metrics: for supervisors, balancers and Prometheus."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from entraide.channels.email.models import IncomingMail
from entraide.core.clock import now
from entraide.tickets import actions
from entraide.tickets.models import ClockRow
from tests.world import World, everything

pytestmark = pytest.mark.django_db
TOKEN = "prometheus-reads-this"


@pytest.fixture
def token(settings: Any) -> str:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"metrics_token": TOKEN})
    return TOKEN


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """What is measured: (name, label values …) → value."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.content.decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_health_asks_nothing_of_the_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"] and not answer.cookies
    assert client.post("/healthz").status_code == 405


def test_ready_means_that_the_database_answers_and_is_up_to_date(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").status_code == 200
    MigrationRecorder(connection).migration_qs.filter(app="tickets").order_by("-id").first().delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"Migrations are missing: 1. Run `entraide migrate`.\n")

    def away() -> None:
        raise OperationalError("connection refused to a host that nobody need know")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"The database does not answer.\n")
    assert client.get("/healthz").status_code == 200


def test_figures_are_for_who_knows_the_token(client: Client, settings: Any) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"metrics_token": TOKEN})
    for shown in ("", TOKEN, "Bearer", "Bearer wrong", f"Bearer {TOKEN}é"):
        answer = client.get("/metrics", headers={"Authorization": shown} if shown else {})
        assert answer.status_code == 401 and "entraide_" not in answer.content.decode(), shown


def test_a_quiet_desk_waits_for_nothing(client: Client, token: str) -> None:
    found = figures(client)
    for name in ("intake_waiting", "intake_delay_seconds", "intake_quarantined", "clock_lag_seconds", "workers"):
        assert found[f"entraide_{name}",] == 0, name
    assert {key[1]: n for key, n in found.items() if key[0] == "entraide_outgoing_mails"} == {
        "waiting": 0, "failing": 0, "failed": 0,
    }  # fmt: skip
    assert found["entraide_data_free_bytes",] > 0


def test_what_waits_is_counted_and_has_its_age(world: World, client: Client, token: str) -> None:
    for n, minutes in enumerate((2, 7)):
        IncomingMail.objects.create(
            fingerprint=str(n), raw=b"x", size_bytes=1, received_at=now() - timedelta(minutes=minutes), door="smtp"
        )
    with everything():
        ticket = world.ticket()
        actions.reply(ticket, text="Bonjour", actor=world.as_(world.nadia))
        late = now() - timedelta(seconds=90)
        assert ClockRow.objects.filter(pk=ClockRow.objects.first().pk).update(next_alarm_at=late) == 1
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, scheduled_at)"
            " VALUES ('mail', 'x', 0, '{}', 'todo', now() - interval '5 minutes'),"
            " ('mail', 'x', 0, '{}', 'todo', now() + interval '5 minutes'), ('mail', 'x', 0, '{}', 'failed', NULL)"
        )
    found = figures(client)
    assert found["entraide_intake_waiting",] == 2
    assert 420 <= found["entraide_intake_delay_seconds",] < 450
    assert 90 <= found["entraide_clock_lag_seconds",] < 120
    assert found["entraide_workers",] == 1
    assert (found["entraide_jobs", "mail", "todo"], found["entraide_jobs", "mail", "failed"]) == (2, 1)
    assert 300 <= found["entraide_job_age_seconds", "mail"] < 330
