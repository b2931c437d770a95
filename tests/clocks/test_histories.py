"""Random histories: whatever happens to a ticket, its rows are what its timeline says.

`HISTORIES=10000 make histories` runs as many as that.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.reactions import history
from entraide.sla.models import Agreement, AgreementAssignment, AgreementVersion, CoverageCalendar
from entraide.sla.publishing import publish_calendar
from entraide.tickets import actions, merging
from entraide.tickets.clock_jobs import tell_what_is_due
from entraide.tickets.clocks import differences, shown
from entraide.tickets.models import ClockRow, ResolutionCode, Ticket
from tests.world import World, everything

COUNT = int(os.environ.get("HISTORIES", "160"))
Step = Callable[[Ticket, random.Random, "Cast"], Any]


class Cast:
    """Who acts, fetched once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.nadia, self.benoit, self.elena, self.carla = (
            world.as_(person) for person in (world.nadia, world.benoit, world.elena, world.carla)
        )
        self.desk = (self.nadia, self.benoit, self.elena, self.carla)
        self.requesters = {world.alice.pk: world.as_(world.alice), world.zoe.pk: world.as_(world.zoe)}
        self.teams = (world.n1, world.n2, world.n3)
        self.major = world.ticket(world.bob, impact=1, urgency=1)
        actions.declare_major(
            self.major, lead=world.elena, teams=[], contacts=[], rhythm_minutes=60, text="Coupure.", actor=self.carla
        )
        self.versions = list(AgreementVersion.objects.values_list("pk", flat=True))

    def requester(self, ticket: Ticket) -> Any:
        return self.requesters[ticket.requester_id]


def someone(rng: random.Random, cast: Cast) -> Any:
    return rng.choice(cast.desk)


STEPS: dict[str, Step] = {
    "take": lambda t, rng, cast: actions.take(t, actor=someone(rng, cast), instead_of=t.assignee_id),
    "reply": lambda t, rng, cast: actions.reply(t, text="Quel modèle ?", actor=someone(rng, cast)),
    "answer": lambda t, rng, cast: actions.answer(t, text="Une 4050.", actor=cast.requester(t)),
    "note": lambda t, rng, cast: actions.note(t, text="Vu.", actor=someone(rng, cast)),
    "hold": lambda t, rng, cast: actions.hold(
        t, reason=rng.choice(["requester", "supplier", "third_party"]), actor=someone(rng, cast)
    ),
    "resume": lambda t, rng, cast: actions.resume(t, actor=someone(rng, cast)),
    "priority": lambda t, rng, cast: actions.set_priority(
        t, priority=rng.choice([1, 2, 3, 4, None]), reason="Parce que", actor=someone(rng, cast)
    ),
    "edit": lambda t, rng, cast: actions.edit(t, changes=changes(t, rng, cast), actor=someone(rng, cast)),
    "escalate": lambda t, rng, cast: actions.escalate(
        t, team=rng.choice(cast.teams[1:]), observed="a", tried="b", asked="c", why="d", actor=someone(rng, cast)
    ),
    "accept": lambda t, rng, cast: actions.accept(t, actor=cast.carla),
    "return": lambda t, rng, cast: actions.send_back(t, reason="Modèle ?", actor=cast.carla),
    "assign": lambda t, rng, cast: actions.assign(t, team=rng.choice(cast.teams), actor=cast.carla),
    "arrive": lambda t, rng, cast: actions.arrive(t, actor=someone(rng, cast)),
    "resolve": lambda t, rng, cast: actions.resolve(
        t, code=rng.choice(ResolutionCode.chosen())[0], text="Fait.", actor=someone(rng, cast)
    ),
    "reopen": lambda t, rng, cast: actions.reopen(t, text="Non.", actor=cast.requester(t)),
    "confirm": lambda t, rng, cast: actions.confirm(t, actor=cast.requester(t)),
    "retarget": lambda t, rng, cast: actions.retarget(t, version_id=rng.choice(cast.versions), actor=cast.carla),
    "hold_until": lambda t, rng, cast: actions.hold(
        t, reason="agreed_date", until=t.updated_at + timedelta(days=9), actor=someone(rng, cast)
    ),
    "declare": lambda t, rng, cast: declare(t, rng, cast),
    "update": lambda t, rng, cast: actions.update_major(t, text="Nous cherchons.", actor=someone(rng, cast)),
    "lead": lambda t, rng, cast: actions.change_major(t, **led(rng, cast), actor=cast.carla),
    "stand_down": lambda t, rng, cast: actions.stand_down(t, reason="Un seul poste.", actor=cast.carla),
    "review": lambda t, rng, cast: actions.review_major(t, happened="a", why="b", changes="c", actor=cast.carla),
    "close": lambda t, rng, cast: actions.close(t, actor=cast.carla),
    "follow": lambda t, rng, cast: actions.follow(t, major=cast.major, actor=cast.carla),
    "unfollow": lambda t, rng, cast: actions.unfollow(t, actor=cast.carla),
    "move": lambda t, rng, cast: actions.move(t, **elsewhere(t, cast), actor=cast.carla),
    "merge": lambda t, rng, cast: merging.merge(
        t, into=cast.world.ticket(t.requester, mode="remote"), actor=someone(rng, cast)
    ),
    "unmerge": lambda t, rng, cast: merging.unmerge(t, actor=someone(rng, cast)),
    "tell": lambda t, rng, cast: tell(),
}
# What happens often in life happens often here.
WEIGHTS = {
    "reply": 5,
    "answer": 5,
    "hold": 4,
    "resume": 3,
    "take": 3,
    "tell": 3,
    "escalate": 3,
    "accept": 3,
    "resolve": 3,
    "unmerge": 2,
    "declare": 3,
    "update": 4,
    "lead": 2,
    "review": 4,
    "reopen": 2,
    "return": 3,
}


def declare(ticket: Ticket, rng: random.Random, cast: Cast) -> Any:
    """Declare what is a P1, and now and then what only then becomes one."""
    if ticket.priority != 1 and rng.random() < 0.5:
        actions.set_priority(ticket, priority=1, reason="Grave", actor=cast.carla)
    return actions.declare_major(ticket, text="Coupure.", **led(rng, cast), actor=cast.carla)


def led(rng: random.Random, cast: Cast) -> dict[str, Any]:
    lead, rhythm = rng.choice([cast.world.elena, cast.world.benoit]), rng.choice([None, 15, 60, 240])
    return {"lead": lead, "teams": [cast.world.n2], "contacts": [], "rhythm_minutes": rhythm}


def tell() -> None:
    tell_what_is_due()
    assert not ClockRow.objects.filter(next_alarm_at__lte=now()).exists(), "a sweep leaves nothing to be told"


def changes(ticket: Ticket, rng: random.Random, cast: Cast) -> dict[str, Any]:
    here = cast.world.plainpalais if ticket.organisation_id == cast.world.helvetia.pk else cast.world.carouge
    return rng.choice(
        [
            {"impact": rng.randint(1, 3), "urgency": rng.randint(1, 3)},
            {"kind": rng.choice(["incident", "request"])},
            {"mode": rng.choice(["remote", "on_site"])},
            {"site_id": rng.choice([None, here.pk])},
        ]
    )


def elsewhere(ticket: Ticket, cast: Cast) -> dict[str, Any]:
    person = cast.world.zoe if ticket.requester_id == cast.world.alice.pk else cast.world.alice
    return {"organisation": person.organisation, "requester": person}


def live(rng: random.Random, cast: Cast, traveller: Any, done: Counter[str]) -> Ticket:
    """Take one ticket through a random life; what is refused does not happen."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(300 * 24 * 60))
    traveller.move_to(start)
    requester = rng.choice([cast.world.alice, cast.world.zoe])
    kind, mode = rng.choice(["incident", "request"]), rng.choice(["remote", "remote", "on_site"])
    ticket = cast.world.ticket(requester, kind=kind, mode=mode, impact=rng.randint(1, 3), urgency=rng.randint(1, 3))
    names = list(STEPS)
    weights = [WEIGHTS.get(name, 1) for name in names]
    for _step in range(rng.randint(0, 18)):
        traveller.shift(timedelta(seconds=int(rng.expovariate(1 / rng.choice([300, 3_600, 40_000])))))
        name = rng.choices(names, weights)[0]
        try:
            STEPS[name](ticket, rng, cast)
            done[name] += 1
        except Refused:
            ticket.refresh_from_db()
    return ticket


@pytest.mark.django_db
@pytest.mark.timeout(7200)
def test_whatever_happens_the_rows_are_what_the_timeline_says(world: World) -> None:
    rng = random.Random(20_260_302)
    done: Counter[str] = Counter()
    with everything(), history(), time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False) as traveller:
        office = CoverageCalendar.objects.get(name="Heures ouvrables")
        publish_calendar(office, {**office.current.document, "holidays": ["2026-03-03"]}, by=None, seen=1)
        always = Agreement.objects.get(name="24/7 P1")
        AgreementAssignment.objects.create(agreement=always, organisation=world.helvetia, site=world.plainpalais)
        world.alice.is_vip = True
        world.alice.save()
        cast = Cast(world)
        for _n in range(COUNT):
            ticket = Ticket.objects.get(pk=live(rng, cast, traveller, done).pk)
            assert differences(ticket) == [], ticket.reference
            end = ticket.updated_at + timedelta(days=2)
            for clock in shown(ticket, now=end):
                tiles = clock.segments
                assert (tiles[0].start, tiles[-1].end) == (ticket.opened_at, end)
                assert all(first.end == second.start for first, second in pairwise(tiles))
    assert set(done) == set(STEPS), "every verb happened at least once"
