"""Saying how it went: once each, for a while, by whoever asked; and who hears of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from entraide.channels.email.models import OutgoingMail
from entraide.core.clock import now
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.notifications.models import Notification
from entraide.tickets import actions, merging
from entraide.tickets.links import url_for
from entraide.tickets.models import Rating, Ticket
from entraide.tickets.rating import may_rate, rate
from tests.api.caller import Caller
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(world: World, client: Client) -> Client:
    client.force_login(world.alice.account)
    return client


def solved(world: World, requester: Any = None, **facts: Any) -> Ticket:
    with everything():
        ticket = world.ticket(requester, **facts)
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nadia))
    return ticket


def closed(world: World) -> Ticket:
    ticket = solved(world)
    with everything():
        actions.confirm(ticket, actor=world.as_(world.alice))
    return ticket


def given(ticket: Ticket) -> list[tuple[str, int, str]]:
    with everything():
        return [(each.person.name, each.mark, each.words) for each in Rating.objects.filter(ticket=ticket)]


def kinds(ticket: Ticket) -> list[str]:
    with everything():
        return [entry.kind for entry in ticket.timeline()]


def path_for(ticket: Ticket, person: Any) -> str:
    return "/t/" + url_for(ticket.pk, person.pk, purpose="see").split("/t/")[1]


@pytest.mark.parametrize("by_link", [False, True])
def test_whoever_asked_gives_a_mark_and_a_word(world: World, client: Client, by_link: bool) -> None:
    ticket = closed(world)
    if not by_link:
        client.force_login(world.alice.account)
    base = path_for(ticket, world.alice) if by_link else f"/tickets/{ticket.number}/"
    assert "Comment cela s’est-il passé" in client.get(base).content.decode()
    answer = client.post(f"{base}rating", {"mark": "4", "words": "Rapide, merci."})
    assert answer["Location"] == base
    assert given(ticket) == [("Alice Martin", 4, "Rapide, merci.")]
    with everything():
        said: Any = ticket.timeline().last().event
    assert said.source == ("link" if by_link else "portal")
    page = client.get(base).content.decode()
    assert "4 sur 5" in page and "Rapide, merci." in page


def test_opening_the_address_of_the_mark_gives_none(world: World, alice: Client) -> None:
    ticket = closed(world)
    for base in (f"/tickets/{ticket.number}/", path_for(ticket, world.alice)):
        answer = alice.get(f"{base}rating", {"mark": "1"})
        assert (answer.status_code, answer["Location"]) == (302, base)
    assert given(ticket) == []


def test_it_can_be_said_before_it_is_confirmed_and_not_before_it_is_solved(world: World, alice: Client) -> None:
    with everything():
        ticket = world.ticket()
    assert "/rating" not in alice.get(f"/tickets/{ticket.number}/").content.decode()
    assert alice.post(f"/tickets/{ticket.number}/rating", {"mark": "5"}).status_code == 422
    with everything():
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nadia))
    assert "/confirmation" in alice.get(f"/tickets/{ticket.number}/").content.decode()
    assert alice.post(f"/tickets/{ticket.number}/rating", {"mark": "5"}).status_code == 302
    assert given(ticket) == [("Alice Martin", 5, "")]


def test_the_same_form_twice_counts_once_and_another_mind_replaces_it(world: World, alice: Client) -> None:
    ticket = closed(world)
    for _ in range(2):
        alice.post(f"/tickets/{ticket.number}/rating", {"mark": "2", "words": "Long"})
    assert kinds(ticket).count("rated") == 1
    alice.post(f"/tickets/{ticket.number}/rating", {"mark": "4", "words": "Finalement bien"})
    assert given(ticket) == [("Alice Martin", 4, "Finalement bien")]
    with everything():
        first, second = (entry for entry in ticket.timeline() if entry.kind == "rated")
        assert Rating.objects.get().rated_at == first.at, "it counts when it was first said"
        assert Rating.objects.get().entry_id == second.pk


def test_a_mark_can_be_changed_for_seven_days_and_given_for_thirty(world: World, alice: Client) -> None:
    first, second = closed(world), closed(world)
    alice.post(f"/tickets/{first.number}/rating", {"mark": "2"})
    with time_machine.travel(now() + timedelta(days=8)):
        page = alice.post(f"/tickets/{first.number}/rating", {"mark": "5", "words": "Mieux"})
        assert page.status_code == 422
        assert "ne peut plus être changée" in page.content.decode()
        assert "/rating" not in alice.get(f"/tickets/{first.number}/").content.decode()
        assert "2 sur 5" in alice.get(f"/tickets/{first.number}/").content.decode()
        assert alice.post(f"/tickets/{second.number}/rating", {"mark": "5"}).status_code == 302
    third = closed(world)
    with time_machine.travel(now() + timedelta(days=31)):
        alice.logout()
        alice.force_login(world.alice.account)
        assert "/rating" not in alice.get(f"/tickets/{third.number}/").content.decode()
        assert alice.post(f"/tickets/{third.number}/rating", {"mark": "5"}).status_code == 422
    assert given(first) == [("Alice Martin", 2, "")] and given(third) == []


def test_what_is_solved_a_second_time_can_be_rated_anew_and_counts_once(world: World, alice: Client) -> None:
    ticket = closed(world)
    alice.post(f"/tickets/{ticket.number}/rating", {"mark": "1"})
    with time_machine.travel(now() + timedelta(days=10)):
        alice.post(f"/tickets/{ticket.number}/reopening", {"text": "Encore"})
        with everything():
            actions.resolve(ticket, code="solved", text="Cette fois", actor=world.as_(world.nadia))
        assert alice.post(f"/tickets/{ticket.number}/rating", {"mark": "5"}).status_code == 302
    assert given(ticket) == [("Alice Martin", 5, "")]


@pytest.mark.parametrize("mark", ["", "0", "6", "-1", "²", "4.5", "x" * 400])
def test_a_mark_that_is_none_is_refused_and_the_words_are_kept(world: World, alice: Client, mark: str) -> None:
    ticket = closed(world)
    page = alice.post(f"/tickets/{ticket.number}/rating", {"mark": mark, "words": "Des mots à garder"})
    assert page.status_code == 422
    assert "de 1 à 5" in page.content.decode() and "Des mots à garder" in page.content.decode()
    assert given(ticket) == []


def test_words_that_are_too_long_are_refused_and_kept(world: World, alice: Client) -> None:
    ticket = closed(world)
    page = alice.post(f"/tickets/{ticket.number}/rating", {"mark": "3", "words": "z" * 2001})
    assert page.status_code == 422
    assert "z" * 2001 in page.content.decode() and 'value="3" required checked' in page.content.decode()


def test_neither_colleagues_nor_contacts_nor_followers_nor_the_desk_rate(world: World) -> None:
    ticket = solved(world)
    with everything():
        actions.watch(ticket, person=world.bob, actor=world.as_(world.nadia))
        for person in (world.bob, world.claire, world.zoe, world.nadia, world.carla):
            assert not may_rate(ticket, actor=world.as_(person))
            with pytest.raises(NotAllowed):
                rate(ticket, person=person, mark=5, actor=world.as_(person))
            with pytest.raises(NotAllowed):
                rate(ticket, person=world.alice, mark=5, actor=world.as_(person))
    assert given(ticket) == []


def test_the_person_for_whom_it_was_asked_says_so_too(world: World) -> None:
    with everything():
        ticket = solved(world, on_behalf_of=world.bob)
        for person, mark in ((world.alice, 5), (world.bob, 3)):
            rate(ticket, person=person, mark=mark, actor=world.as_(person))
    assert sorted(given(ticket)) == [("Alice Martin", 5, ""), ("Bob Girard", 3, "")]


def test_nobody_rates_their_own_work(world: World) -> None:
    with everything():
        ticket = solved(world, world.nadia)
        assert ticket.assignee_id == world.nadia.pk
        with pytest.raises(NotAllowed):
            rate(ticket, person=world.nadia, mark=5, actor=world.as_(world.nadia))


def test_a_merged_ticket_is_not_rated(world: World) -> None:
    with everything():
        ticket, other = world.ticket(), world.ticket()
        merging.merge(ticket, into=other, actor=world.as_(world.nadia))
        assert not may_rate(ticket, actor=world.as_(world.alice))
        with pytest.raises((Conflict, Refused)):
            rate(ticket, person=world.alice, mark=5, actor=world.as_(world.alice))


def test_what_was_said_stays_with_a_ticket_that_moves(world: World) -> None:
    ticket = closed(world)
    with everything():
        rate(ticket, person=world.alice, mark=2, actor=world.as_(world.alice))
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
        assert Rating.objects.get().organisation_id == world.rousseau.pk


def test_the_desk_reads_it_and_no_other_requester_does(world: World, client: Client) -> None:
    ticket = closed(world)
    with everything():
        rate(ticket, person=world.alice, mark=2, words="Trop long", actor=world.as_(world.alice))
    client.force_login(world.nadia.account)
    page = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert page.count("Trop long") == 2, "in the timeline and beside it"
    assert "2/5" in page
    client.force_login(world.claire.account)
    assert "Trop long" not in client.get(f"/tickets/{ticket.number}/").content.decode()


def test_programs_of_the_desk_read_it(world: World, client: Client) -> None:
    ticket = closed(world)
    with everything():
        entry = rate(ticket, person=world.alice, mark=2, words="Trop long", actor=world.as_(world.alice))
    answer = Caller(world.nadia).get(f"/tickets/{ticket.number}/ratings")
    (said,) = answer.json()
    assert (said["mark"], said["words"], said["person_name"]) == (2, "Trop long", "Alice Martin")
    assert said["entry"] == entry.number
    assert Caller(world.alice).get(f"/tickets/{ticket.number}/ratings").status_code == 404


# ── Who hears of a low mark ─────────────────────────────────────────────────────────────────────


def told() -> list[tuple[str, str]]:
    with everything():
        lines = Notification.objects.filter(kind="low_rating").order_by("pk").select_related("person")
        return [(each.person.name.split()[0], str(each.words["mark"])) for each in lines]


def test_the_coordinator_of_the_team_is_told_of_a_low_mark_once(world: World) -> None:
    ticket = closed(world)
    with everything():
        actor = world.as_(world.alice)
        rate(ticket, person=world.alice, mark=2, words="Trop long", actor=actor)
        do_jobs()
        rate(ticket, person=world.alice, mark=1, words="Vraiment", actor=actor)
        do_jobs()
        mail = OutgoingMail.objects.get(template="low_rating")
    assert told() == [("Carla", "2")]
    assert "2/5" in mail.text and "Trop long" in mail.text


def test_three_and_more_disturb_nobody(world: World) -> None:
    ticket = closed(world)
    with everything():
        rate(ticket, person=world.alice, mark=3, actor=world.as_(world.alice))
        do_jobs()
    assert told() == []


def test_where_the_team_has_no_coordinator_one_of_the_desk_is_told_else_the_manager(world: World) -> None:
    with everything():
        ticket = solved(world)
        actions.reopen(ticket, text="Non", actor=world.as_(world.alice))
        actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))
        actions.accept(ticket, actor=world.as_(world.benoit))
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.benoit))
        rate(ticket, person=world.alice, mark=1, actor=world.as_(world.alice))
        do_jobs()
        assert told() == [("Carla", "1")]
        world.carla.roles.all().delete()
        other = solved(world)
        rate(other, person=world.alice, mark=1, actor=world.as_(world.alice))
        do_jobs()
    assert told()[1:] == [("Marc", "1")]


# ── The report ──────────────────────────────────────────────────────────────────────────────────


REPORT = "/desk/reports/ratings/"


@pytest.fixture
def some_marks(world: World) -> None:
    """November: Helvetia gave 5 and 1, Rousseau 4; October: 3."""
    for month, day, requester, mark, words in (
        (10, 30, world.alice, 3, "Moyen"),
        (11, 2, world.alice, 5, "Parfait"),
        (11, 3, world.bob, 1, "=HYPERLINK(1)"),
        (11, 4, world.zoe, 4, ""),
    ):
        with time_machine.travel(f"2026-{month}-{day:02}T10:00:00Z"), everything():
            ticket = solved(world, requester)
            rate(ticket, person=requester, mark=mark, words=words, actor=world.as_(requester))


def test_the_report_counts_by_month_team_and_organisation(world: World, client: Client, some_marks: None) -> None:
    client.force_login(world.marc.account)
    client.cookies["django_language"] = "en"
    page = client.get(REPORT, {"month": "2026-11"}).content.decode()
    assert "<b>3</b><span>marks</span>" in page
    assert "<b>3.33</b>" in page and "<b>33.3 %</b>" in page
    assert "Parfait" in page and "Moyen" not in page and "October 2026" in page
    one = client.get(
        REPORT, {"month": "2026-11", "organisation": world.rousseau.pk, "team": world.n1.pk}
    ).content.decode()
    assert "<b>1</b><span>mark</span>" in one and "<b>4.00</b>" in one
    assert f"team={world.n1.pk}" in one
    none = client.get(REPORT, {"month": "2026-09"}).content.decode()
    assert "Nobody gave a mark" in none
    assert client.get(REPORT, {"month": "2026-11", "team": "77777"}).status_code == 422


@pytest.mark.parametrize("file", ["csv", "xlsx"])
def test_the_words_can_be_saved(world: World, client: Client, some_marks: None, file: str) -> None:
    client.force_login(world.marc.account)
    answer: Any = client.get(REPORT, {"month": "2026-11", "as": file})
    assert f".{file}" in answer["Content-Disposition"]
    content = b"".join(answer)
    if file == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert [row[7] for row in rows[1:]] == ["4", "1", "5"]
        assert rows[2][8] == "'=HYPERLINK(1)", "a spreadsheet does not run it"


def test_the_report_reaches_as_far_as_the_role(world: World, client: Client, some_marks: None) -> None:
    from entraide.people.models import RoleGrant
    from entraide.people.rights import Role

    RoleGrant.objects.filter(person=world.marc).delete()
    RoleGrant.objects.create(person=world.marc, role=Role.MANAGER, organisation=world.rousseau)
    client.force_login(world.marc.account)
    page = client.get(REPORT, {"month": "2026-11"}).content.decode()
    assert "Parfait" not in page and "HYPERLINK" not in page
