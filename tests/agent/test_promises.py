"""The promises on a ticket: what is shown beside it, and the page that explains every second."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Geneva


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.force_login(world.nadia.account)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def ticket(world: World) -> Ticket:
    """Opened at 09:00, answered at 09:30, waiting for the requester from 10:00 to 11:00; seen at 11:30."""
    with everything():
        with time_machine.travel(NINE, tick=False):
            ticket = world.ticket(impact=1, urgency=2)
        with time_machine.travel(NINE.replace(minute=30), tick=False):
            actions.reply(ticket, text="Quel modèle ?", actor=world.as_(world.nadia))
        with time_machine.travel(NINE.replace(hour=9), tick=False):
            actions.hold(ticket, reason="requester", actor=world.as_(world.nadia))
        with time_machine.travel(NINE.replace(hour=10), tick=False):
            actions.resume(ticket, actor=world.as_(world.nadia))
    return ticket


def text_of(answer: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


@time_machine.travel(NINE.replace(hour=10, minute=30), tick=False)
def test_the_ticket_says_what_is_promised_and_until_when(ticket: Ticket, nadia: Client) -> None:
    page = text_of(nadia.get(f"/desk/tickets/{ticket.number}/"))
    # Eight open hours: 09:00-10:00, 11:00-12:00, 13:30-18:00, and an hour and a half on Tuesday.
    assert "Resolution due in 22 h, tomorrow 09:30" in page
    assert "First response kept, with 30 min to spare" in page


@time_machine.travel(NINE.replace(hour=10, minute=30), tick=False)
def test_the_explanation_accounts_for_every_stretch_with_its_cause(ticket: Ticket, nadia: Client) -> None:
    page = text_of(nadia.get(f"/desk/tickets/{ticket.number}/clocks"))
    assert "Promised: 8 h of “Heures ouvrables”" in page
    assert "Used: 1 h 30" in page
    assert "Paused: 1 h" in page
    assert "2 March 09:00 – 10:00 running: 1 h Alice Martin opened the ticket by mail" in page
    assert "2 March 10:00 – 11:00 paused (Answer from the requester): 1 h Nadia Keller put the ticket on hold" in page
    assert "2 March 11:00 – 11:30 running: 30 min Nadia Keller resumed work" in page
    assert "Time at each level" in page


@time_machine.travel(NINE.replace(hour=10, minute=30), tick=False)
def test_the_picture_is_as_wide_as_the_life_of_the_ticket(ticket: Ticket, nadia: Client) -> None:
    page = nadia.get(f"/desk/tickets/{ticket.number}/clocks").content.decode()
    picture = re.search(r'aria-label="Resolution:.*?</svg>', page, re.S)
    assert picture
    pieces = re.findall(r'class="seg seg-(\w+)" x="([\d.]+)" width="([\d.]+)"', picture.group())
    assert [kind for kind, _x, _width in pieces] == ["running", "paused", "running"]
    assert sum(float(width) for _kind, _x, width in pieces) == pytest.approx(1000, abs=0.1)


def test_years_of_waiting_are_drawn_in_a_few_strokes(world: World, nadia: Client) -> None:
    with time_machine.travel(NINE, tick=False), everything():
        ticket = world.ticket()
        actions.reply(ticket, text="Un jour.", actor=world.as_(world.nadia))
    with time_machine.travel(NINE.replace(year=2036), tick=False):
        answer = nadia.get(f"/desk/tickets/{ticket.number}/clocks")
    assert answer.content.count(b'<rect class="seg') < 50
    assert len(answer.content) < 40_000


def test_a_missed_promise_is_said_to_be_missed(world: World, nadia: Client) -> None:
    with time_machine.travel(NINE, tick=False), everything():
        ticket = world.ticket(impact=1, urgency=1)
    with time_machine.travel(NINE.replace(hour=9), tick=False):
        assert "First response missed 30 min ago, today 09:30" in text_of(nadia.get(f"/desk/tickets/{ticket.number}/"))
        assert "30 min late First response" in text_of(nadia.get("/desk/?view=open"))


def test_who_has_arrived_on_site_says_so_once(world: World, nadia: Client) -> None:
    with everything():
        ticket = world.ticket(mode="on_site")
    url = f"/desk/tickets/{ticket.number}/arrival"
    assert "Arrived on site" in nadia.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert nadia.post(url).status_code == 302
    assert nadia.post(url).status_code == 422
    with everything():
        assert ticket.clocks.get(metric="on_site_arrival").state == "met"


def test_the_number_of_queries_does_not_grow_with_the_clocks(
    world: World, nadia: Client, django_assert_max_num_queries: Any
) -> None:
    with everything():
        ticket = world.ticket()
        for _round in range(8):
            actions.reply(ticket, text="?", actor=world.as_(world.nadia))
            actions.answer(ticket, text="!", actor=world.as_(world.alice))
        assert ticket.clocks.count() > 8
    with django_assert_max_num_queries(30):
        nadia.get(f"/desk/tickets/{ticket.number}/clocks")
