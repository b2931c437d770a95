"""From the codes of a rule to people, and to words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import translation

from entraide.automation.life import life_of
from entraide.automation.models import Rota, RotaOverride
from entraide.automation.recipients import Directory, Told, words
from entraide.people.models import Person, Team
from entraide.people.rights import Role
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.automation.rules import NINE
from tests.world import World, everything


@pytest.fixture(autouse=True)
def scope(db: None) -> Iterator[None]:
    with everything():
        yield


def told(ticket: Ticket, *recipients: str, at: datetime = NINE, is_past: bool = False) -> Told:
    """Ask a desk that knows everybody as they are now."""
    return Directory().told(recipients, life_of(ticket)[-1], ticket, at=at, is_past=is_past)


def names(found: Told) -> list[str]:
    """Return whom it reaches, or nobody where only the coordinators would be told instead."""
    known = dict(Person.objects.values_list("pk", "name"))
    return [] if found.is_fallback else [known[each] for each in found.person_ids]


def a_rota(name: str, *people: Person, level: int = 2, **other: Any) -> Rota:
    """Make a rota that begins on the first Monday of March at eight."""
    return Rota.objects.create(
        **{
            "name": name, "level": level, "starts_on": date(2026, 3, 2), "handover_weekday": 0, "handover_time": time(8),
            "person_ids": [each.pk for each in people], **other,
        }
    )  # fmt: skip


def test_a_role_is_everybody_whose_grant_covers_the_ticket(world: World) -> None:
    world.add(world.lemanique, "Rosa Blanc", Role.COORDINATOR, only_in=world.rousseau)
    assert names(told(world.ticket(), "role:coordinator")) == ["Carla Meier"]
    assert names(told(world.ticket(world.zoe), "role:coordinator")) == ["Carla Meier", "Rosa Blanc"]
    assert names(told(world.ticket(), "role:manager", "role:security_officer")) == ["Marc Dubois", "Sofia Blanc"]


def test_the_tickets_team_another_team_and_whoever_has_it(world: World) -> None:
    ticket = world.ticket()
    assert names(told(ticket, "team:ticket")) == ["Nadia Keller", "Nils Favre", "Carla Meier"]
    assert names(told(ticket, f"team:{world.n2.pk}")) == ["Benoît Rey"]
    assert names(told(ticket, "assignee")) == []
    actions.take(ticket, actor=world.as_(world.nils))
    assert names(told(ticket, "assignee", f"person:{world.elena.pk}")) == ["Nils Favre", "Elena Rossi"]


def test_whoever_is_named_twice_is_told_once(world: World) -> None:
    person = f"person:{world.nadia.pk}"
    assert names(told(world.ticket(), person, "team:ticket", person)) == ["Nadia Keller", "Nils Favre", "Carla Meier"]


def test_one_rota_and_all_of_a_level(world: World) -> None:
    day, night = a_rota("Jour", world.benoit), a_rota("Nuit", world.elena)
    a_rota("N3", world.nils, level=3)
    a_rota("Ancien", world.nadia, is_active=False)
    ticket = world.ticket()
    assert names(told(ticket, f"rota:{day.pk}")) == ["Benoît Rey"]
    assert names(told(ticket, "rota:level:2")) == ["Benoît Rey", "Elena Rossi"]
    assert names(told(ticket, f"rota:{night.pk}", "rota:level:3")) == ["Elena Rossi", "Nils Favre"]


def test_only_who_is_on_call_is_told_as_such(world: World) -> None:
    a_rota("Jour", world.benoit)
    found = told(world.ticket(), "role:coordinator", "rota:level:2", f"person:{world.elena.pk}")
    assert names(found) == ["Carla Meier", "Benoît Rey", "Elena Rossi"]
    assert found.on_call_ids == (world.benoit.pk,)


def test_a_stand_in_comes_first_and_the_absent_and_inactive_are_passed_over(world: World) -> None:
    rota = a_rota("Jour", world.benoit, world.elena, world.nils)
    RotaOverride.objects.create(rota=rota, person=world.nadia, starts_at=NINE, ends_at=NINE + timedelta(hours=1))
    ticket = world.ticket()
    assert names(told(ticket, "rota:level:2")) == ["Nadia Keller"]
    assert names(told(ticket, "rota:level:2", at=NINE + timedelta(hours=1))) == ["Benoît Rey"]
    Person.objects.filter(pk=world.nadia.pk).update(absent_until=date(2026, 3, 2))
    Person.objects.filter(pk=world.benoit.pk).update(is_active=False)
    assert names(told(ticket, "rota:level:2")) == ["Elena Rossi"]
    # Absence of today says nothing about the past; whoever has left cannot be named for it either.
    assert names(told(ticket, "rota:level:2", is_past=True)) == ["Nadia Keller"]


def test_nobody_is_told_who_may_not_read_it(world: World) -> None:
    ticket = world.ticket()
    assert names(told(ticket, f"person:{world.alice.pk}", f"person:{world.claire.pk}")) == []
    assert names(told(ticket, f"person:{world.adam.pk}")) == [], "an administrator does not read tickets"
    elsewhere = world.add(world.lemanique, "Rosa Blanc", Role.TECHNICIAN, only_in=world.rousseau)
    assert names(told(ticket, f"person:{elsewhere.pk}")) == []
    assert names(told(world.ticket(world.zoe), f"person:{elsewhere.pk}")) == ["Rosa Blanc"]


@pytest.mark.parametrize("code", ["rota:level:3", "rota:999", "team:999", "person:999", "assignee"])
def test_where_nobody_can_be_reached_the_coordinators_are_told_instead(world: World, code: str) -> None:
    found = told(world.ticket(), code)
    # Where she stands in for whoever would be on call, she is woken like them.
    woken = (world.carla.pk,) if code.startswith("rota:") else ()
    assert found == Told((world.carla.pk,), woken, is_fallback=True)


def test_each_code_has_its_words(world: World) -> None:
    rota = a_rota("Jour", world.benoit)
    with translation.override("en"):
        assert words("role:coordinator") == str(Role.COORDINATOR.label)
        assert words("assignee") == "whoever has the ticket"
        assert words("team:ticket") == "the ticket's team"
        assert words(f"team:{world.n2.pk}") == "Systèmes"
        assert words("rota:level:3") == "whoever is on call at N3"
        assert words(f"rota:{rota.pk}") == "whoever is on call in “Jour”"
        assert words(f"person:{world.elena.pk}") == "Elena Rossi"
        Team.objects.filter(pk=world.n2.pk).delete()
        gone = f"rota:{rota.pk}"
        rota.delete()
        assert words(f"team:{world.n2.pk}") == "a team that is gone"
        assert words(gone) == "a rota that is gone"
        assert words("person:999") == "somebody who is gone"
