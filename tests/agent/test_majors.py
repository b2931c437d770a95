"""Major incidents at the desk: declared, updated, linked, stood down and reviewed from the ticket's page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.tickets import actions, queries
from entraide.tickets.models import Ticket
from entraide.tickets.priority import Priority
from tests.world import World, everything

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Geneva
KEY = "abcdefghijklmnop1234"


@pytest.fixture
def carla(world: World, client: Client) -> Client:
    client.force_login(world.carla.account)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def p1(world: World) -> Ticket:
    return world.ticket(subject="Plus de réseau", impact=1, urgency=1)


@pytest.fixture
def major(world: World, p1: Ticket) -> Ticket:
    with everything():
        actions.declare_major(
            p1, lead=world.carla, teams=[world.n2], contacts=[world.claire], text="Le réseau est coupé.",
            actor=world.as_(world.carla),
        )  # fmt: skip
    return fresh(p1)


def post(client: Client, ticket: Ticket, path: str, **data: Any) -> Any:
    return client.post(f"/desk/tickets/{ticket.number}/{path}", data)


def page_of(client: Client, ticket: Ticket) -> str:
    return client.get(f"/desk/tickets/{ticket.number}/").content.decode()


def text_of(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def form_of(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "lead": world.elena.pk, "teams": [world.n2.pk, world.n3.pk], "contacts": [world.claire.pk],
        "emails": world.email(world.bob), "rhythm": "0h45", "text": "Le réseau est coupé.", **changes,
    }  # fmt: skip


def test_a_p1_is_declared_with_its_lead_its_stakeholders_and_its_rhythm(
    world: World, carla: Client, p1: Ticket
) -> None:
    page = page_of(carla, p1)
    assert "Declare a major incident" in page
    # Who is a client contact there is offered first; the others by their address.
    assert "Claire Perret" in page and f'<option value="{world.email(world.bob)}">Bob Girard</option>' in page
    assert post(carla, p1, "major/declaration", form=KEY, **form_of(world)).status_code == 302
    told = fresh(p1)
    assert told.major_lead_id == world.elena.pk
    assert sorted(told.major_team_ids) == sorted([world.n2.pk, world.n3.pk])
    assert sorted(told.major_contact_ids) == sorted([world.claire.pk, world.bob.pk])
    assert (told.major_rhythm_minutes, told.major_text) == (45, "Le réseau est coupé.")


def test_only_a_p1_offers_it(world: World, carla: Client) -> None:
    ticket = world.ticket()
    assert "Declare a major incident" not in page_of(carla, ticket)
    answer = post(carla, ticket, "major/declaration", **form_of(world))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Only a P1 can be a major incident." in page
    # The form is gone; the words are not.
    assert "Le réseau est coupé." in page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"lead": ""}, "Choose who leads the major incident."),
        ({"lead": "alice"}, "Choose who leads the major incident."),
        ({"teams": [987654]}, "Choose teams that exist."),
        ({"contacts": "zoe"}, "Choose contacts of the ticket's organisation."),
        ({"emails": "zoe@rousseau.example"}, "Nobody of Helvetia Fiduciaire has the address zoe@rousseau.example."),
        ({"rhythm": "soon"}, "“soon” is not a duration in whole minutes"),
        ({"rhythm": "2 min"}, "every 5 minutes at the most"),
        ({"text": "  "}, "Say in a few public words what is going on."),
    ],
)
def test_a_wrong_declaration_is_refused_beside_the_form_which_keeps_what_was_typed(
    world: World, carla: Client, p1: Ticket, wrong: dict[str, Any], says: str
) -> None:
    people = {"alice": world.alice.pk, "zoe": world.zoe.pk}
    wrong = {name: people.get(value, value) if isinstance(value, str) else value for name, value in wrong.items()}
    answer = post(carla, p1, "major/declaration", form=KEY, **form_of(world, **wrong))
    assert answer.status_code == 422
    page = answer.content.decode()
    form = page[page.index('action="/desk/tickets/') :][: page.index("Who works on it")]
    assert says in unescape(form)
    assert f'value="{world.n3.pk}" checked' in form or "teams" in wrong
    assert f'<option value="{world.elena.pk}" selected>' in form or "lead" in wrong
    assert ">Le réseau est coupé.</textarea>" in form or "text" in wrong
    assert 'value="0h45"' in form or "rhythm" in wrong
    assert fresh(p1).major_since is None


def test_the_page_says_who_leads_what_the_public_knows_and_when_it_hears_next(
    world: World, carla: Client, p1: Ticket
) -> None:
    with time_machine.travel(NINE, tick=False) as traveller, everything():
        ticket = world.ticket(impact=1, urgency=1)
        actions.declare_major(
            ticket, lead=world.elena, teams=[world.n2], contacts=[world.claire], rhythm_minutes=30,
            text="Le réseau est coupé.", actor=world.as_(world.carla),
        )  # fmt: skip
        traveller.shift(timedelta(minutes=10))
        page = text_of(page_of(carla, ticket))
        assert "Next update: in 20 min, today 09:30" in page
        assert "What the public is told, 10 min ago" in page
        assert "Systèmes · Claire Perret" in page
        traveller.shift(timedelta(minutes=30))
        late = page_of(carla, ticket)
        assert "The public waits for an update: 10 min ago, today 09:30" in text_of(late)
        assert "major-due is-late" in late
        post(carla, ticket, "major/updates", text="Le commutateur est remplacé.")
        assert "Next update: in 30 min, today 10:10" in text_of(page_of(carla, ticket))


def test_an_update_pressed_twice_is_published_once(world: World, carla: Client, major: Ticket) -> None:
    for _ in range(2):
        assert post(carla, major, "major/updates", form=KEY, text="Deux étages de rétablis.").status_code == 302
    with everything():
        assert [each.kind for each in major.timeline()].count("major_updated") == 1
    assert fresh(major).major_text == "Deux étages de rétablis."


def test_words_for_an_incident_that_was_stood_down_meanwhile_are_given_back(
    world: World, carla: Client, major: Ticket
) -> None:
    with everything():
        actions.stand_down(major, reason="Une prise débranchée.", actor=world.as_(world.elena))
    answer = post(carla, major, "major/updates", text="Deux étages de rétablis.")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This ticket is not a major incident." in page
    assert "Deux étages de rétablis.</textarea>" in page


def test_the_lead_changes_and_what_is_not_changed_stays(world: World, carla: Client, major: Ticket) -> None:
    form = form_of(world, lead=world.benoit.pk, teams=[world.n2.pk], emails="", rhythm="")
    assert post(carla, major, "major/leading", **form).status_code == 302
    told = fresh(major)
    assert (told.major_lead_id, told.major_team_ids) == (world.benoit.pk, [world.n2.pk])
    again = post(carla, major, "major/leading", **form)
    assert again.status_code == 422 and "Nothing was changed." in again.content.decode()


def test_tickets_are_linked_by_their_numbers_and_each_refusal_is_named(
    world: World, carla: Client, major: Ticket
) -> None:
    first, second, closed = world.ticket(world.zoe), world.ticket(world.bob), world.ticket()
    with everything():
        actions.resolve(closed, code="solved", text="Fait", actor=world.as_(world.nadia))
    numbers = f"{first.number}, ENT-{second.number} {closed.number};999999 abc {major.number}"
    answer = post(carla, major, "major/links", numbers=numbers)
    assert answer.status_code == 422
    page = unescape(answer.content.decode())
    assert "999999: There is no such ticket." in page and "abc: There is no such ticket." in page
    assert f"{major.number}: A ticket cannot follow itself." in page and f"{closed.number}: " in page
    # Those that could be linked are; the others stand in the field again.
    assert f'value="{closed.number} 999999 abc {major.number}"' in page
    assert fresh(first).follows_id == fresh(second).follows_id == major.pk
    assert fresh(closed).follows_id is None
    assert "Zoé Lambert, Atelier Rousseau" in page
    post(carla, major, "major/links", remove=first.number)
    assert fresh(first).follows_id is None and fresh(second).follows_id == major.pk


def test_a_ticket_that_follows_says_so_and_can_be_unlinked_there(world: World, carla: Client, major: Ticket) -> None:
    ticket = world.ticket(world.zoe)
    assert f"{major.reference} · Plus de réseau" in page_of(carla, ticket)
    assert post(carla, ticket, "following", major=major.number).status_code == 302
    page = page_of(carla, ticket)
    assert f"Follows the major incident {major.reference}" in page
    assert f'href="/desk/tickets/{major.number}/"' in page and "Le réseau est coupé." in page
    assert post(carla, ticket, "following", leave="yes").status_code == 302
    assert fresh(ticket).follows_id is None


def test_a_ticket_is_not_linked_to_what_is_no_major_incident(world: World, carla: Client) -> None:
    ticket, other = world.ticket(), world.ticket()
    for number in (other.number, 987654, ""):
        assert post(carla, ticket, "following", major=number).status_code == 422
    assert fresh(ticket).follows_id is None


def test_standing_down_wants_a_reason(world: World, carla: Client, major: Ticket) -> None:
    assert post(carla, major, "major/standing-down", reason=" ").status_code == 422
    assert fresh(major).major_since is not None
    assert post(carla, major, "major/standing-down", reason="Une prise débranchée.").status_code == 302
    assert fresh(major).major_since is None


def test_the_review_is_written_between_resolution_and_closing_and_can_be_revised(
    world: World, carla: Client, major: Ticket
) -> None:
    said = {"happened": "Commutateur en panne.", "why": "Alimentation usée.", "changes": "Une réserve sur place."}
    assert "Write the review" not in page_of(carla, major)
    with everything():
        actions.resolve(major, code="solved", text="Remplacé.", actor=world.as_(world.elena))
    refused = post(carla, major, "closure")
    assert refused.status_code == 422
    assert "review" in text_of(refused.content.decode())
    assert "The ticket cannot be closed before the review is written." in page_of(carla, major)
    short = post(carla, major, "major/review", **{**said, "why": ""})
    assert short.status_code == 422
    assert "Say why it happened." in short.content.decode()
    assert ">Une réserve sur place.</textarea>" in short.content.decode()
    for _ in range(2):
        assert post(carla, major, "major/review", form=KEY, **said).status_code == 302
    assert post(carla, major, "major/review", **{**said, "why": "Onduleur usé."}).status_code == 302
    with everything():
        assert [each.kind for each in major.timeline()].count("major_reviewed") == 2
        newest = queries.review_of(major)
    assert newest is not None and newest.why == "Onduleur usé."
    assert post(carla, major, "closure").status_code == 302
    page = page_of(carla, major)
    assert "Onduleur usé." in page and "Revise the review" not in page
    assert post(carla, major, "major/review", **said).status_code == 422


def test_who_does_not_see_the_ticket_finds_no_form(world: World, client: Client, major: Ticket) -> None:
    for person in (world.adam, world.alice, world.zoe):
        client.force_login(person.account)
        assert post(client, major, "major/updates", text="Bonjour").status_code == 404
    assert fresh(major).major_text == "Le réseau est coupé."


def test_the_security_officer_may_lead_one_without_replying(world: World, client: Client, p1: Ticket) -> None:
    client.force_login(world.sofia.account)
    assert post(client, p1, "major/declaration", **form_of(world, lead=world.sofia.pk)).status_code == 302
    assert fresh(p1).major_lead_id == world.sofia.pk


def test_the_view_has_open_ones_and_those_whose_review_is_missing(world: World, carla: Client, major: Ticket) -> None:
    def numbers() -> set[str]:
        page = carla.get("/desk/rows?view=majors").content.decode()
        return set(re.findall(r'data-number="(\d+)"', page))

    world.ticket()
    page = carla.get("/desk/?view=majors").content.decode()
    assert numbers() == {str(major.number)}
    assert '<span class="major-mark">Major incident</span>' in page
    with everything():
        actions.resolve(major, code="solved", text="Remplacé.", actor=world.as_(world.elena))
        assert numbers() == {str(major.number)}
        actions.review_major(major, happened="a", why="b", changes="c", actor=world.as_(world.elena))
    assert numbers() == set()


def test_the_queries_of_the_page_do_not_grow_with_what_follows(world: World, carla: Client, major: Ticket) -> None:
    def asked() -> int:
        page_of(carla, major)
        with CaptureQueriesContext(
            connection,
        ) as queries_made:
            page_of(carla, major)
        return len(queries_made)

    def link() -> None:
        with everything():
            actions.follow(world.ticket(world.zoe), major=major, actor=world.as_(world.carla))

    link()
    before = asked()
    for _ in range(4):
        link()
    # Each link is an entry of the other ticket, not of this one.
    assert asked() == before


def test_the_priority_of_an_open_major_is_not_lowered_and_the_page_says_what_to_do(
    world: World, carla: Client, major: Ticket
) -> None:
    answer = post(carla, major, "priority", priority="2", reason="Deux étages de rétablis.")
    page = text_of(answer.content.decode())
    assert (
        "A major incident is a P1: stand it down first" in page
        and "Deux étages de rétablis." in answer.content.decode()
    )
    assert (fresh(major).priority, "Publish the update" in page_of(carla, major)) == (Priority.P1, True)


def test_a_page_stays_light_however_many_follow(world: World, carla: Client, major: Ticket) -> None:
    with everything():
        for _ in range(45):
            actions.follow(world.ticket(world.zoe), major=major, actor=world.as_(world.carla))
    answer = carla.get(f"/desk/tickets/{major.number}/")
    page = text_of(answer.content.decode())
    assert "Tickets that follow 45" in page and "The 30 newest are shown." in page
    assert len(answer.content) < 100 * 1024
