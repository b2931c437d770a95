"""What one sees of it at the desk: the bell, the list, the way to the ticket, one's own choice."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from entraide.notifications.choices import Channels, channels_of, choose, quiet_of
from entraide.notifications.kinds import kinds
from entraide.notifications.models import Notification
from entraide.notifications.preferences import Quiet
from entraide.notifications.telling import tell
from entraide.people.models import Person
from entraide.people.rights import Role
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db
LIST = "/desk/notifications/"
SETTINGS = "/desk/notifications/settings"
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


@pytest.fixture
def as_(world: World, client: Client) -> Any:
    def sign_in(person: Person) -> Client:
        client.force_login(person.account)  # type: ignore[attr-defined]
        return client

    return sign_in


def told(world: World, person: Person, ticket: Ticket | None = None, *, kind: str = "assigned") -> Notification:
    with everything():
        ticket = ticket or world.ticket()
        (notification,) = tell([person.pk], kind=kind, ticket=ticket, entry=ticket.timeline().get())
    return notification


def page_of(client: Client, url: str = LIST) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def unread_of(person: Person) -> int:
    with everything():
        return Notification.objects.filter(person=person, read_at=None).count()


def test_the_list_shows_each_day_newest_first_with_the_way_to_the_ticket(world: World, as_: Any) -> None:
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        told(world, world.nadia, world.ticket(subject="Hier"))
    with time_machine.travel(NOON, tick=False):
        newest = told(world, world.nadia, world.ticket(subject="<b>Ce jour</b>"))
        text = page_of(as_(world.nadia))
    assert text.index("&lt;b&gt;Ce jour&lt;/b&gt;") < text.index("Hier</a>")
    assert text.count("<h2>") == 2
    assert reverse("agent:notification", args=[newest.pk]) in text
    assert "Alice Martin" in text, "who did it"


def test_there_is_a_word_for_nobody_was_told_anything(world: World, as_: Any) -> None:
    assert "nothing-here" in page_of(as_(world.nadia))


def test_the_way_to_the_ticket_marks_all_that_was_told_of_it_as_read(world: World, as_: Any) -> None:
    ticket = world.ticket()
    first = told(world, world.nadia, ticket)
    told(world, world.nadia, ticket, kind="reopened")
    told(world, world.nadia)
    told(world, world.nils, ticket)
    answer = as_(world.nadia).get(f"{LIST}{first.pk}/")
    assert answer["Location"] == f"/desk/tickets/{ticket.number}/"
    assert unread_of(world.nadia) == 1
    assert unread_of(world.nils) == 1


def test_one_line_is_marked_as_read_and_the_others_are_not(world: World, as_: Any) -> None:
    first = told(world, world.nadia)
    told(world, world.nadia)
    assert as_(world.nadia).post(f"{LIST}{first.pk}/reading").status_code == 302
    assert unread_of(world.nadia) == 1


def test_all_that_the_page_showed_is_marked_as_read_and_what_came_since_is_not(world: World, as_: Any) -> None:
    shown = [told(world, world.nadia) for _ in range(3)]
    told(world, world.nils)
    client = as_(world.nadia)
    assert f'name="until" value="{shown[-1].pk}"' in page_of(client)
    told(world, world.nadia)
    client.post(f"{LIST}readings", {"until": shown[-1].pk})
    assert unread_of(world.nadia) == 1
    assert unread_of(world.nils) == 1
    for nonsense in ("", "x", "-1", "9" * 40):
        client.post(f"{LIST}readings", {"until": nonsense})
    assert unread_of(world.nadia) == 1


def test_what_somebody_else_was_told_is_not_found(world: World, as_: Any) -> None:
    theirs = told(world, world.nils)
    client = as_(world.nadia)
    assert client.get(f"{LIST}{theirs.pk}/").status_code == 404
    assert client.post(f"{LIST}{theirs.pk}/reading").status_code == 404
    assert client.get(f"{LIST}{'9' * 30}/").status_code == 404
    assert theirs.ticket.reference not in page_of(client)
    assert unread_of(world.nils) == 1


def test_the_bell_counts_what_is_unread_on_each_page_of_the_desk(world: World, as_: Any) -> None:
    client = as_(world.nadia)
    assert "bell-count" not in page_of(client, "/desk/")
    for _ in range(2):
        told(world, world.nadia)
    for url in ("/desk/", LIST, SETTINGS, "/desk/directory/", f"{LIST}count"):
        assert '<b class="bell-count" aria-hidden="true">2</b>' in page_of(client, url), url


def test_the_bell_stops_counting_at_ninety_nine(world: World, as_: Any) -> None:
    line = told(world, world.nadia)
    with everything():
        Notification.objects.bulk_create(_copies(line, 120))
    assert ">99+</b>" in page_of(as_(world.nadia), f"{LIST}count")


def test_what_one_may_no_longer_see_is_neither_shown_nor_counted(world: World, as_: Any) -> None:
    helvetia, rousseau = told(world, world.nadia), told(world, world.nadia, world.ticket(world.zoe))
    with everything():
        world.nadia.roles.all().delete()
        world.nadia.roles.create(role=Role.TECHNICIAN, organisation=world.rousseau)
    client = as_(world.nadia)
    text = page_of(client)
    assert rousseau.ticket.reference in text
    assert helvetia.ticket.reference not in text
    assert ">1</b>" in text
    assert client.get(f"{LIST}{helvetia.pk}/").status_code == 404


def test_what_one_wants_by_mail_only_is_not_in_the_list(world: World, as_: Any) -> None:
    with everything():
        choose(world.nadia, channels={"assigned": Channels(False, True)}, quiet=None)
    line = told(world, world.nadia)
    text = page_of(as_(world.nadia))
    assert line.ticket.reference not in text
    assert "bell-count" not in text


def test_a_kind_that_is_no_longer_known_breaks_no_page(world: World, as_: Any) -> None:
    line = told(world, world.nadia)
    with everything():
        Notification.objects.update(kind="of_old")
    assert line.ticket.reference in page_of(as_(world.nadia))


def test_a_long_list_has_pages_and_as_many_queries_as_a_short_one(
    world: World, as_: Any, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    line = told(world, world.nadia)
    with everything():
        Notification.objects.bulk_create(_copies(line, 1))
    client = as_(world.nadia)
    page_of(client)
    with CaptureQueriesContext(connection) as short:
        page_of(client)
    with everything():
        Notification.objects.bulk_create(_copies(line, 70, since=1))
    with django_assert_num_queries(len(short)):
        text = page_of(client)
    assert text.count('class="is-unread"') == 50
    following = text.split('href="?after=')[1].split('"')[0]
    assert page_of(client, f"{LIST}?after={following}").count('class="is-unread"') == 22


def _copies(line: Notification, n: int, *, since: int = 0) -> list[Notification]:
    return [
        Notification(
            organisation_id=line.organisation_id, key=f"copy:{i}", person_id=line.person_id, ticket_id=line.ticket_id,
            entry_id=line.entry_id, kind="handover", words={"team": 1}, template="escalated",
            created_at=line.created_at + timedelta(seconds=i),
        )
        for i in range(since, since + n)
    ]  # fmt: skip


def everything_on(**changes: str | list[str]) -> dict[str, Any]:
    channels = {f"{channel}-{kind.code}": "on" for kind in kinds for channel in ("console", "mail", "browser")}
    return {**channels, "begins": "19:00", "ends": "07:00", "days": ["0", "1"], **changes}


def test_what_one_chooses_is_kept_and_shown(world: World, as_: Any) -> None:
    client = as_(world.nadia)
    form = everything_on(is_on="on")
    del form["mail-assigned"], form["console-reopened"], form["browser-reopened"]
    assert client.post(SETTINGS, form)["Location"] == SETTINGS
    with everything():
        channels = channels_of(world.nadia)
        assert quiet_of(world.nadia) == Quiet(time(19), time(7), frozenset({0, 1}))
        assert quiet_of(world.nils) is None
        assert channels_of(world.nils) == {
            kind.code: (kind.in_console, kind.by_mail, kind.in_browser) for kind in kinds
        }
    assert channels["assigned"] == (True, False, True)
    assert channels["reopened"] == (False, True, False)
    assert channels["handover"] == (True, True, True)
    text = page_of(client, SETTINGS)
    assert 'name="mail-assigned">' in text
    assert 'name="console-assigned" checked>' in text
    assert 'value="19:00"' in text
    client.post(SETTINGS, everything_on())
    with everything():
        assert quiet_of(world.nadia) is None
        assert set(channels_of(world.nadia).values()) == {(True, True, True)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"begins": "25:99"},
        {"begins": ""},
        {"ends": "soon"},
        {"days": []},
        {"days": ["7"]},
        {"begins": "00:00", "ends": "00:00", "days": list("0123456")},
    ],
    ids=str,
)
def test_wrong_hours_are_refused_beside_the_field_and_nothing_is_kept(
    world: World, as_: Any, wrong: dict[str, Any]
) -> None:
    form = everything_on(is_on="on", **wrong)
    del form["mail-assigned"]
    answer = as_(world.nadia).post(SETTINGS, form)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "field-error" in text
    assert 'name="mail-assigned">' in text, "what was chosen stays on the page"
    if wrong.get("begins"):
        assert f'value="{wrong["begins"]}"' in text
    with everything():
        assert quiet_of(world.nadia) is None
        assert channels_of(world.nadia)["assigned"] == (True, True, True)
