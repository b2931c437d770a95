"""Saved views, columns, density and groups: what a list shows, for whom it is kept, and what somebody else may do with it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.routines.models import SavedView
from entraide.tickets import actions
from tests.world import World, everything

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def nadia(world: World) -> Client:
    return client_of(world.nadia)


def client_of(person: Any) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(person.account)
    return client


def shown(answer: Any) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="t(\d+)"', answer.content.decode())]


def headings(answer: Any) -> list[str]:
    found = re.findall(r'<tr class="group-head"><th[^>]*>(.*?)</th>', answer.content.decode())
    return [re.sub(r"<[^>]+>", "", each).strip() for each in found]


def heads(answer: Any) -> list[str]:
    return re.findall(r'<th scope="col" class="c-(\w+)"', answer.content.decode())


def save(client: Client, asks: str, *, name: str = "Le matin", place: str = "owner", **more: str) -> Any:
    return client.post(
        "/desk/saved-views/", {"asks": asks, "save-name": name, "save-place": place, **more}, follow=True
    )


def test_a_list_is_saved_with_its_filters_words_order_and_groups_and_comes_back(world: World, nadia: Client) -> None:
    with everything():
        wanted, other = world.ticket(world.zoe, subject="Zèbre"), world.ticket(world.zoe, subject="Souris")
        world.ticket(world.alice, subject="Zèbre")
    asks = f"view=all&organisation={world.rousseau.pk}&q=zebre&sort=age&group=level&after=x&nonsense=1"
    answer = save(nadia, asks)
    saved = SavedView.objects.get()
    assert saved.asks == {
        "view": "all", "organisation": str(world.rousseau.pk), "q": "zebre", "sort": "age", "group": "level",
    }  # fmt: skip
    assert answer.redirect_chain == [(f"/desk/?saved={saved.pk}", 302)]
    assert shown(answer) == [wanted.number]
    page = answer.content.decode()
    assert '<h1 id="list-title">Le matin</h1>' in page
    assert f'<option value="{world.rousseau.pk}" selected>' in page
    assert headings(answer) == ["N1"]
    # What is changed on top of it is no longer it, and nobody's view has changed by that.
    changed = nadia.get(f"/desk/?saved={saved.pk}&view=all&organisation={world.rousseau.pk}")
    assert set(shown(changed)) == {wanted.number, other.number}
    assert "<small" in re.findall(r'<h1 id="list-title">.*?</h1>', changed.content.decode())[0]
    assert shown(nadia.get(f"/desk/?saved={saved.pk}")) == [wanted.number]


def test_another_order_is_looked_at_within_a_saved_view(world: World, nadia: Client) -> None:
    with everything():
        old, young = world.ticket(subject="a"), world.ticket(subject="b")
        world.ticket(world.zoe)
    save(nadia, f"view=open&organisation={world.helvetia.pk}")
    key = SavedView.objects.get().pk
    assert shown(nadia.get(f"/desk/?saved={key}&sort=age")) == [old.number, young.number]
    assert shown(nadia.get(f"/desk/?saved={key}&sort=opened")) == [young.number, old.number]


def test_a_saved_view_is_its_owners_its_teams_or_everybodys(world: World, nadia: Client) -> None:
    team = world.n1.pk
    save(nadia, "view=mine", name="à moi")
    save(nadia, "view=mine", name="à nous", place=f"team:{team}")
    save(client_of(world.carla), "view=mine", name="à tous", place="all")
    by_name = {each.name: each.pk for each in SavedView.objects.all()}
    assert set(by_name) == {"à moi", "à nous", "à tous"}

    def sees(person: Any) -> set[str]:
        page = client_of(person).get("/desk/").content.decode()
        return {name for name, key in by_name.items() if f'href="/desk/?saved={key}"' in page}

    assert sees(world.nadia) == {"à moi", "à nous", "à tous"}
    assert sees(world.nils) == {"à nous", "à tous"}
    assert sees(world.benoit) == {"à tous"}
    benoit = client_of(world.benoit)
    assert benoit.get(f"/desk/saved-views/{by_name['à moi']}/").status_code == 404
    assert benoit.get(f"/desk/saved-views/{by_name['à tous']}/").status_code == 200
    assert benoit.post(f"/desk/saved-views/{by_name['à tous']}/", {"delete": "yes"}).status_code == 403
    assert benoit.post(f"/desk/saved-views/{by_name['à tous']}/asks", {"asks": "view=all"}).status_code == 403
    # A technician gives nothing to everybody, nor to a team that is not theirs.
    save(benoit, "view=mine", name="pour tous", place="all")
    save(benoit, "view=mine", name="pour eux", place=f"team:{team}")
    assert not SavedView.objects.filter(name__startswith="pour").exists()


def test_a_saved_view_that_is_somebody_elses_shows_what_is_open_and_says_so(world: World, nadia: Client) -> None:
    with everything():
        ticket = world.ticket()
    save(client_of(world.benoit), "view=resolved")
    answer = nadia.get(f"/desk/?saved={SavedView.objects.get().pk}")
    assert shown(answer) == [ticket.number]
    assert "This saved view is not there any more, or it is somebody else’s" in answer.content.decode()
    for odd in ("x", "0", "99999999999999999999", "%00"):
        assert shown(nadia.get(f"/desk/?saved={odd}")) == [ticket.number]


def test_a_saved_view_is_made_to_show_something_else(world: World, nadia: Client) -> None:
    save(nadia, "view=open&level=1")
    saved = SavedView.objects.get()
    page = nadia.get(f"/desk/?saved={saved.pk}&view=open&level=2").content.decode()
    assert f'action="/desk/saved-views/{saved.pk}/asks"' in page
    assert f'action="/desk/saved-views/{saved.pk}/asks"' not in nadia.get(f"/desk/?saved={saved.pk}").content.decode()
    nadia.post(f"/desk/saved-views/{saved.pk}/asks", {"asks": f"saved={saved.pk}&view=open&level=2"})
    saved = SavedView.objects.get()
    assert saved.asks == {"view": "open", "level": "2"}
    assert saved.changed_by_id == world.nadia.pk


def test_what_is_wrong_with_a_name_is_said_and_the_list_is_still_there(world: World, nadia: Client) -> None:
    save(nadia, "view=open&level=1")
    for name, said in (("", "This field is required."), ("le MATIN", "There is a view with this name already")):
        answer = save(nadia, "view=open&level=2&q=x", name=name)
        assert answer.redirect_chain == [("/desk/?view=open&level=2&q=x", 302)]
        assert said in answer.content.decode()
    assert SavedView.objects.count() == 1


def test_two_who_change_a_saved_view_at_once_are_told(world: World, nadia: Client) -> None:
    save(nadia, "view=open", place=f"team:{world.n1.pk}")
    key = SavedView.objects.get().pk
    seen = re.search(r'name="seen" value="([^"]+)"', nadia.get(f"/desk/saved-views/{key}/").content.decode())
    assert seen
    sent = {"name": "Midi", "place": f"team:{world.n1.pk}", "seen": seen[1], "columns": ["due", "site", "nonsense"]}
    assert client_of(world.nils).post(f"/desk/saved-views/{key}/", {**sent, "columns": ["due"]}).status_code == 302
    answer = nadia.post(f"/desk/saved-views/{key}/", {**sent, "columns": ["site"]})
    assert answer.status_code == 422
    assert "Somebody else has just changed this" in answer.content.decode()
    assert SavedView.objects.get().columns == ["due"]


def test_beside_saved_views_stands_how_much_there_is(world: World, nadia: Client) -> None:
    with everything():
        world.ticket(world.zoe)
        mine = world.ticket()
        actions.take(mine, actor=world.as_(world.nadia))
    save(nadia, "view=mine", name="Miens")
    save(nadia, f"view=open&q=org:{world.rousseau.name.split()[0]}", name="Rousseau")
    save(nadia, "view=all", name="Tout")
    page = nadia.get("/desk/views").content.decode()
    beside = dict(re.findall(r"<span>(Miens|Rousseau|Tout)</span>(?:<b[^>]*>(\d+)</b>)?", page))
    assert beside == {"Miens": "1", "Rousseau": "1", "Tout": ""}


def test_columns_are_chosen_once_for_every_list_and_a_view_may_bring_its_own(world: World, nadia: Client) -> None:
    with everything():
        ticket = world.ticket()
    usual = ["pick", "prio", "who", "level", "assignee", "next", "due", "when"]
    assert heads(nadia.get("/desk/")) == usual
    answer = nadia.post("/desk/list-look", {"columns": "sent", "column": ["due", "site", "x"], "density": "compact"})
    assert answer.status_code == 302
    page = nadia.get("/desk/?view=all")
    assert heads(page) == ["pick", "site", "due"]
    assert 'class="tickets is-compact"' in page.content.decode()
    row = nadia.get(f"/desk/rows/{ticket.number}").content.decode()
    assert re.findall(r'<td class="c-(\w+)"', row) == ["pick", "ticket", "site", "due"]
    save(nadia, "view=open", with_columns="yes")
    # Nobody chooses no columns at all: the usual ones are back.
    nadia.post("/desk/list-look", {"columns": "sent", "density": "comfortable"})
    assert heads(nadia.get("/desk/")) == usual
    assert heads(nadia.get(f"/desk/?saved={SavedView.objects.get().pk}")) == ["pick", "site", "due"]
    assert heads(client_of(world.nils).get("/desk/")) == usual


@time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), tick=False)
def test_rows_stand_in_groups_each_with_its_number(world: World, nadia: Client) -> None:
    with everything():
        a, b = world.ticket(world.alice), world.ticket(world.zoe, impact=1, urgency=1)
        c = world.ticket(world.alice)
        actions.take(c, actor=world.as_(world.nadia))
        actions.hold(a, reason="supplier", actor=world.as_(world.nils))
    expected = {
        "organisation": ([f"{world.rousseau.name} 1", f"{world.helvetia.name} 2"], [b, a, c]),
        "assignee": (["Nobody yet 2", f"{world.nadia.name} 1"], [b, a, c]),
        "level": (["N1 3"], [b, a, c]),
        "status": (["New 1", "In progress 1", "Waiting 1"], [b, c, a]),
        "category": (["No category 3"], [b, a, c]),
    }
    for group, (words, tickets) in expected.items():
        answer = nadia.get(f"/desk/?view=open&group={group}&sort=promise")
        assert headings(answer) == words, group
        assert shown(answer) == [ticket.number for ticket in tickets], group
    assert headings(nadia.get("/desk/?view=all&group=organisation")) == [world.rousseau.name, world.helvetia.name]
    assert headings(nadia.get("/desk/?view=open&group=nonsense")) == []


@pytest.mark.parametrize("group", ["organisation", "assignee", "team", "category", "priority", "level", "status"])
def test_groups_go_on_over_pages_without_losing_a_ticket(world: World, nadia: Client, group: str) -> None:
    with everything():
        numbers = {world.ticket(world.zoe if at % 3 else world.alice).number for at in range(56)}
    first = nadia.get(f"/desk/?view=open&group={group}")
    following = re.search(r"after=([\w=-]+)\"", first.content.decode())
    assert following
    second = nadia.get(f"/desk/?view=open&group={group}&after={following[1]}")
    assert sorted(shown(first) + shown(second)) == sorted(numbers)
    # A page of one order is none of another: that begins anew.
    assert len(shown(nadia.get(f"/desk/?view=open&sort=urgency&after={following[1]}"))) == 50


def test_saved_views_cost_no_query_each(world: World, nadia: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert nadia.get("/desk/").status_code == 200
        return len(captured)

    with everything():
        world.ticket()
    save(nadia, "view=mine", name="eins")
    few = queries()
    for at in range(8):
        save(nadia, f"view=open&level=1&q=is:late p:{1 + at % 4}", name=f"Nr. {at}")
    assert queries() == few


def test_the_page_of_saved_views_says_in_words_what_each_shows(world: World, nadia: Client) -> None:
    save(
        nadia,
        f"view=open&organisation={world.rousseau.pk}&assignee={world.nadia.pk}&level=2&due=late&q=vpn&sort=age&group=team",
    )
    save(nadia, "view=open&team=999999&assignee=none", name="Alt")
    page = nadia.get("/desk/saved-views/").content.decode()
    assert (
        f"All open · Organisation: {world.rousseau.name} · Level: N2 · Assignee: {world.nadia.name} · Promise: Missed"
        " · “vpn” · Oldest first · By team"
    ) in page  # fmt: skip
    assert "All open · Team: no longer there · Assignee: nobody" in page
    found = nadia.get("/desk/palette?q=le mat").json()["found"]
    assert [(each["kind"], each["name"]) for each in found] == [("view", "Le matin")]
