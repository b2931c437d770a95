"""Signed links open what they were made for, for the person they were made for, for a while, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.db import transaction
from django.test import Client

from entraide.core.clock import now
from entraide.people.models import Person
from entraide.tickets.links import APPROVAL_SALT, SALT
from entraide.tickets.models import Approval, Ticket
from tests.access.conftest import Ground
from tests.access.routes import Parameter, Route, routes
from tests.world import everything

pytestmark = pytest.mark.django_db
BY_TOKEN = [each for each in routes() if any(every.name == "token" for every in each.parameters)]
SALTS = {"t": SALT, "a": APPROVAL_SALT}
# The feed of a calendar is of no organisation and no person: its address holds until it is renewed.
OF_A_PERSON = [each for each in BY_TOKEN if each.parameters[0].noun in SALTS]


def test_the_links_of_persons_are_known() -> None:
    assert {each.parameters[0].noun for each in BY_TOKEN} == {*SALTS, "feed"}


@pytest.mark.parametrize("route", BY_TOKEN, ids=lambda route: route.name)
def test_a_link_that_was_changed_opens_nothing(ground: Ground, route: Route) -> None:
    token = ground.of(ground.ours)[route.parameters[0]]
    for changed in (f"{token}x", f"x{token}", token[:-3], token.replace(token[2], "_", 1), "forged"):
        assert _statuses(ground, route, changed) <= {404, 405, 410}, changed


@pytest.mark.parametrize("route", OF_A_PERSON, ids=lambda route: route.name)
def test_a_link_opens_nothing_when_its_days_are_over(ground: Ground, route: Route) -> None:
    token = ground.ours.given[route.parameters[0]]
    with time_machine.travel(now() + timedelta(days=31), tick=False):
        assert _statuses(ground, route, token) <= {405, 410}


@pytest.mark.parametrize("route", OF_A_PERSON, ids=lambda route: route.name)
def test_a_link_to_anothers_thing_opens_nothing_even_if_it_is_signed(ground: Ground, route: Route) -> None:
    ours, others = ground.ours, ground.others
    for person in (ours.requester, ours.contact):
        thing = others.rows[Ticket].pk if _of_ticket(route) else others.rows[Approval].pk
        assert _statuses(ground, route, _token(route, thing, person)) <= {404, 405}


@pytest.mark.parametrize("route", OF_A_PERSON, ids=lambda route: route.name)
def test_a_link_of_one_kind_is_none_of_another_kind(ground: Ground, route: Route) -> None:
    for parameter in (Parameter("t", "token"), Parameter("a", "token")):
        if parameter != route.parameters[0]:
            assert _statuses(ground, route, ground.ours.given[parameter]) <= {405, 410}


@pytest.mark.parametrize("route", OF_A_PERSON, ids=lambda route: route.name)
def test_the_link_of_somebody_who_is_no_longer_active_opens_nothing(ground: Ground, route: Route) -> None:
    with transaction.atomic():
        with everything():
            keys = [ground.ours.requester.pk, ground.ours.contact.pk]
            Person.objects.filter(pk__in=keys).update(is_active=False)
        assert _statuses(ground, route, ground.ours.given[route.parameters[0]]) <= {404, 405}
        transaction.set_rollback(True)


def _statuses(ground: Ground, route: Route, token: str) -> set[int]:
    address = route.address(ground.of(ground.ours) | {route.parameters[0]: token})
    browser, found = Client(raise_request_exception=False), set()
    for method in ("GET", "POST"):
        with transaction.atomic():
            answer = browser.generic(method, address, content_type="application/x-www-form-urlencoded")
            found.add(answer.status_code)
            assert ground.others.word not in answer.content.decode(errors="replace")
            transaction.set_rollback(True)
    return found


def _token(route: Route, thing: int, person: Person) -> str:
    said: list[Any] = [thing, person.pk, "see"] if _of_ticket(route) else [thing, person.pk]
    return signing.dumps(said, salt=SALTS[route.parameters[0].noun])


def _of_ticket(route: Route) -> bool:
    return route.parameters[0].noun == "t"
