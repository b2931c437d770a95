"""What a rule would have done: the same as it does."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from entraide.automation import dry_run, firing
from entraide.automation.documents import document_of, pure
from entraide.automation.firing import fire_what_is_due
from entraide.automation.life import life_of
from entraide.automation.models import DryRun, EscalationRule, Firing, Rota
from entraide.automation.rules import occasions
from entraide.core.events import event_from
from entraide.core.reactions import history
from entraide.people.models import Person
from entraide.tickets import actions
from entraide.tickets.models import TicketEntry
from tests.automation.rules import FIRED, NINE, a_rule, fired_on
from tests.clocks import test_telling
from tests.clocks.test_histories import Cast, live
from tests.clocks.test_telling import start_worker
from tests.jobs import do_jobs
from tests.world import World, everything

LATER = NINE + timedelta(days=60)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    firing.forget()
    yield
    firing.forget()


@pytest.fixture
def rule(world: World) -> EscalationRule:
    with everything():
        EscalationRule.objects.all().delete()
        return a_rule()


def tried(world: World, rule: EscalationRule, **changed: Any) -> DryRun:
    """Try a rule out, with these fields changed and not saved, and return the finished run."""
    run = dry_run.start({**document_of(rule), **changed}, rule=rule, by=world.adam)
    do_jobs(queues=("upkeep",))
    run.refresh_from_db()
    assert run.finished_at is not None
    return run


def firings(run: DryRun) -> list[tuple[int, datetime]]:
    return [(number, datetime.fromisoformat(at)) for number, at, _why in run.result["firings"]]


@pytest.mark.django_db
def test_it_finds_the_instant_in_tickets_that_were_solved_long_ago(world: World, rule: EscalationRule) -> None:
    with everything(), history(), time_machine.travel(NINE, tick=False) as traveller:
        slow, quick = world.ticket(), world.ticket()
        traveller.shift(5 * MINUTE)
        actions.take(quick, actor=world.as_(world.nadia))
        traveller.shift(timedelta(hours=1))
        actions.resolve(slow, code="solved", text="Fait.", actor=world.as_(world.nadia))
        traveller.move_to(LATER)
        run = tried(world, rule)
    assert firings(run) == [(slow.number, NINE + 10 * MINUTE)]
    assert run.result["recipients"] == [["Carla Meier", 1]]
    assert run.result["firings_total"] == 1 and run.done == run.total == 2
    (kept,) = [kept for _number, _at, kept in run.result["firings"]]
    event = event_from(FIRED, kept)
    for language in ("fr", "en"):
        with translation.override(language):
            assert "10 min" in event.why() and "09:00" in event.why()
    with everything():
        assert not TicketEntry.objects.filter(kind=FIRED).exists() and not Firing.objects.exists(), "nothing was done"


@pytest.mark.django_db
def test_it_counts_by_week_with_the_quiet_ones(world: World, rule: EscalationRule) -> None:
    with everything(), history(), time_machine.travel(NINE, tick=False) as traveller:
        for _n in range(2):
            world.ticket()
        traveller.move_to(NINE + timedelta(days=14))
        world.ticket()
        traveller.move_to(LATER)
        run = tried(world, rule)
    weeks = dict(run.result["weeks"])
    assert list(weeks) == sorted(weeks) and 13 <= len(weeks) <= 14
    assert (weeks["2026-W10"], weeks["2026-W11"], weeks["2026-W12"]) == (2, 0, 1)
    assert sum(weeks.values()) == 3


@pytest.mark.django_db
def test_it_tries_what_is_typed_and_saves_none_of_it(world: World, rule: EscalationRule) -> None:
    with everything(), history(), time_machine.travel(NINE, tick=False) as traveller:
        world.ticket()
        theirs = world.ticket(world.zoe)
        traveller.move_to(LATER)
        run = tried(world, rule, organisation_ids=[world.rousseau.pk], minutes=30, recipients=["role:manager"])
    assert firings(run) == [(theirs.number, NINE + 30 * MINUTE)]
    assert run.result["recipients"] == [["Marc Dubois", 1]]
    rule.refresh_from_db()
    assert rule.organisation_ids == [] and rule.minutes == 10


@pytest.mark.django_db
def test_it_asks_who_was_on_call_then(world: World, rule: EscalationRule) -> None:
    with everything(), history(), time_machine.travel(NINE, tick=False) as traveller:
        Rota.objects.create(
            name="N2", level=2, starts_on=date(2026, 3, 2), handover_weekday=0, handover_time=time(8),
            person_ids=[world.benoit.pk, world.elena.pk],
        )  # fmt: skip
        world.ticket()
        traveller.move_to(NINE + timedelta(days=7))
        world.ticket()
        world.ticket()
        # Away today says nothing about then.
        Person.objects.filter(pk=world.elena.pk).update(absent_until=date(2026, 12, 1))
        traveller.move_to(LATER)
        run = tried(world, rule, recipients=["rota:level:2"])
    assert run.result["recipients"] == [["Elena Rossi", 2], ["Benoît Rey", 1]]


@pytest.mark.django_db
def test_what_came_true_before_its_days_does_not_count(world: World, rule: EscalationRule) -> None:
    with everything(), history(), time_machine.travel(NINE, tick=False) as traveller:
        world.ticket()
        traveller.move_to(NINE + timedelta(days=91))
        run = tried(world, rule)
    assert run.total == 1 and run.result["firings_total"] == 0


@pytest.mark.django_db
def test_many_tickets_are_left_to_the_worker_and_no_batch_counts_twice(
    world: World, rule: EscalationRule, monkeypatch: Any
) -> None:
    monkeypatch.setattr(dry_run, "AT_ONCE", 2)
    monkeypatch.setattr(dry_run, "BATCH", 2)
    monkeypatch.setattr(dry_run, "SHOWN", 3)
    with everything(), history(), time_machine.travel(NINE, tick=False) as traveller:
        tickets = []
        for _n in range(5):
            tickets.append(world.ticket())
            traveller.shift(MINUTE)
        traveller.move_to(LATER)
        run = dry_run.start(document_of(rule), rule=rule, by=world.adam)
        assert run.finished_at is None and run.done == 0 and run.total == 5
        assert dry_run.do_batch(run.pk) is False
        do_jobs(queues=("upkeep",))
        assert dry_run.do_batch(run.pk) is True, "a job that comes once more finds it finished"
        run.refresh_from_db()
    assert (run.done, run.result["firings_total"], run.result["recipients"]) == (5, 5, [["Carla Meier", 5]])
    assert [number for number, _at in firings(run)] == [each.number for each in reversed(tickets[2:])]


@pytest.mark.django_db
def test_old_runs_are_forgotten(world: World, rule: EscalationRule, monkeypatch: Any) -> None:
    monkeypatch.setattr(dry_run, "KEPT_RUNS", 2)
    with everything():
        runs = [dry_run.start(document_of(rule), rule=rule, by=world.adam).pk for _n in range(4)]
    assert set(DryRun.objects.values_list("pk", flat=True)) == set(runs[2:])


WORKER = """
import django
django.setup()
import os
import sys
from entraide.automation import dry_run
dry_run.BATCH = 3
print("ready", flush=True)
sys.stdin.read()
while not dry_run.do_batch(int(os.environ["RUN"])):
    pass
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_amid_a_run_leaves_no_ticket_out_and_counts_none_twice(
    world: World, monkeypatch: Any
) -> None:
    """Killed by SIGKILL with its second batch done and not yet kept; another process goes on."""
    monkeypatch.setattr(test_telling, "WORKER", WORKER)
    monkeypatch.setattr(dry_run, "AT_ONCE", 0)
    with everything(), history(), time_machine.travel(NINE, tick=False) as traveller:
        EscalationRule.objects.all().delete()
        rule = a_rule()
        for _n in range(20):
            world.ticket()
        traveller.move_to(LATER)
        run = dry_run.start(document_of(rule), rule=rule, by=world.adam)
    at = {"ENTRAIDE_CLOCK": LATER.isoformat(), "RUN": str(run.pk)}
    doomed, other = start_worker({**at, "ENTRAIDE_CRASH_AT": "dry-run-batch:2"}), start_worker(at)
    for worker in (doomed, other):
        assert worker.stdout.readline() == b"ready\n"
    doomed.stdin.close()
    assert doomed.wait(60) == -9
    run.refresh_from_db()
    assert (run.done, run.result["firings_total"], run.finished_at) == (3, 3, None), "what was not kept is not counted"
    other.stdin.close()
    assert other.wait(60) == 0
    run.refresh_from_db()
    assert run.finished_at is not None
    assert (run.done, run.result["firings_total"], run.result["recipients"]) == (20, 20, [["Carla Meier", 20]])
    assert len({number for number, _at in firings(run)}) == 20


TRIED = (
    {"trigger": "percent", "metric": "resolution", "percent": 75, "priorities": [1, 2]},
    {"trigger": "percent", "metric": "", "percent": 50},
    {"trigger": "percent", "metric": "first_response", "percent": 150},
    {"trigger": "percent", "metric": "in_hand:1", "percent": 100},
    {"trigger": "missed", "metric": ""},
    {"trigger": "missed", "metric": "resolution", "kinds": ["incident"], "priorities": [1]},
    {"trigger": "unassigned", "minutes": 10, "priorities": [1]},
    {"trigger": "unassigned", "minutes": 180, "in_coverage": True},
    {"trigger": "unaccepted", "minutes": 20, "levels": [2]},
    {"trigger": "silent", "minutes": 60},
    {"trigger": "silent", "minutes": 45, "in_coverage": True, "levels": [1]},
)


class Sweeping:
    """A clock that lets the desk sweep just before anything happens."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    def move_to(self, at: datetime) -> None:
        self._traveller.move_to(at)

    def shift(self, span: timedelta) -> None:
        self._traveller.shift(span)
        fire_what_is_due()


@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_the_dry_run_of_a_random_history_says_what_the_rules_did(world: World) -> None:
    rng, beginnings = random.Random(20_261_124), random.Random(7)
    with everything(), history(), time_machine.travel(NINE, tick=False) as traveller:
        EscalationRule.objects.all().delete()
        rules = [
            a_rule(name=str(n), active_since=datetime(2025, 1, 1, tzinfo=UTC), **facts)
            for n, facts in enumerate((*TRIED, *TRIED))
        ]
        new = rules[len(TRIED) :]
        cast, done, spoke, second = Cast(world), Counter[str](), Counter[str](), 0
        for _n in range(40):
            # Half of the rules begin while the ticket lives: what was true before is left alone.
            for rule in new:
                rule.active_since = datetime.now(UTC) + timedelta(minutes=beginnings.randrange(3 * 24 * 60))
                rule.save()
            ticket = live(rng, cast, Sweeping(traveller), done)
            traveller.shift(timedelta(days=3))
            fire_what_is_due()
            did: dict[int, list[tuple[datetime, str, tuple[str, ...]]]] = defaultdict(list)
            for event in fired_on(ticket):
                did[event.rule_id].append((event.instant, event.metric, event.also))
            at_last, life = datetime.now(UTC), life_of(ticket)
            for rule in rules:
                found = occasions(pure(document_of(rule), since=rule.active_since), life, now=at_last)
                would = [
                    (each.at, each.steps[0].metric, tuple(f"{step.metric}:{step.level}" for step in each.steps[1:]))
                    for each in found
                ]
                assert sorted(did[rule.pk]) == would, (ticket.number, document_of(rule))
                spoke[rule.name] += len(found)
                second += len(found) > 1
            # A fresh desk for the next ticket: otherwise each sweep also looks at all earlier ones.
            ticket.refresh_from_db()
            if ticket.awaits_acceptance:
                actions.accept(ticket, actor=cast.carla)
            if ticket.is_open:
                actions.resolve(ticket, code="solved", text="Fait.", actor=cast.carla)
    assert all(spoke[rule.name] for rule in rules[: len(TRIED)]), f"each rule has something to prove: {spoke}"
    assert second > 20, "some have a second thing to say of the same ticket"
    assert sum(spoke[rule.name] for rule in new) > 50, "and so have those that begin late"
