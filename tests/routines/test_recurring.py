"""Recurring tickets: each date becomes one ticket, whoever looks and whatever stopped; who edits leaves a trace."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.channels.email.models import OutgoingMail
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.routines import opening, recurring
from entraide.routines.models import RecurringChange, RecurringOpening, RecurringTicket, TicketTemplate
from entraide.sla.models import CoverageCalendar
from entraide.tickets.models import Ticket
from tests.at_once import at_once
from tests.jobs import do_jobs
from tests.world import World, everything

MONDAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def make(world: World, **facts: Any) -> RecurringTicket:
    template, _made = TicketTemplate.objects.get_or_create(
        name="Sauvegardes", defaults={"subject": "Contrôle, semaine {{ week }}", "text": "1. Relire", "kind": "request", "to_team": world.n2, "tags": ["contrôle"]},
    )  # fmt: skip
    given = {
        "name": "Contrôle", "template": template, "organisation": world.helvetia, "requester": world.alice, "unit": "day",
        "starts_on": date(2026, 3, 2), "at": time(8), **facts,
    }  # fmt: skip
    with everything():
        return recurring.create(RecurringTicket(**given), actor=world.as_(world.carla))


def again(row: RecurringTicket) -> RecurringTicket:
    with everything():
        return RecurringTicket.objects.select_related("template", "requester", "calendar").get(pk=row.pk)


def tickets() -> list[Ticket]:
    with everything():
        return list(Ticket.objects.order_by("pk"))


@pytest.mark.django_db
def test_its_date_opens_one_ticket_with_all_that_the_template_says(world: World) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        row = make(world)
        assert opening.open_what_is_due() == 0
        clock.move_to(datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
        assert [opening.open_what_is_due() for _ in range(3)] == [1, 0, 0]
        (ticket,) = tickets()
        assert (ticket.subject, ticket.description, ticket.kind) == ("Contrôle, semaine 10", "1. Relire", "request")
        assert (ticket.requester_id, ticket.team_id, ticket.tags) == (world.alice.pk, world.n2.pk, ["contrôle"])
        after = again(row)
        assert after.last_ticket_id == ticket.pk and after.next_at == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
        with everything():
            assert [entry.kind for entry in ticket.timeline()] == ["ticket_opened"]


@pytest.mark.django_db
def test_after_an_outage_only_the_newest_is_opened_and_it_says_so(world: World) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        make(world)
        clock.move_to(datetime(2026, 3, 6, 10, 0, tzinfo=UTC))
        assert opening.open_what_is_due() == 1
        (ticket,) = tickets()
        with everything():
            note: Any = ticket.timeline().last()
            made = RecurringOpening.objects.get()
        assert note.kind == "note_added" and "6 mars 2026, 08:00" in note.data["text"]
        assert "4 dates antérieures" in note.data["text"] and "2 mars 2026, 08:00" in note.data["text"]
        assert (made.missed, made.due_at) == (4, datetime(2026, 3, 6, 7, 0, tzinfo=UTC))
        assert opening.open_what_is_due() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_open_it_once(world: World) -> None:
    with time_machine.travel(MONDAY):
        row = make(world)
    with everything():
        RecurringTicket.objects.filter(pk=row.pk).update(
            done_until=MONDAY - timedelta(days=1), next_at=datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
        )
    opened: list[int] = []
    at_once(lambda: opened.append(opening.open_what_is_due()), 4)
    assert sum(opened) == 1 and len(tickets()) == 1


@pytest.mark.django_db
def test_what_dies_on_the_way_is_opened_by_the_next_worker_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        row = make(world)
        clock.move_to(datetime(2026, 3, 2, 7, 1, tzinfo=UTC))

        def die(place: str) -> None:
            raise SystemExit(place)

        with monkeypatch.context() as patched, pytest.raises(SystemExit):
            patched.setattr(opening, "reach", die)
            opening.open_what_is_due()
        assert tickets() == [] and again(row).last_ticket_id is None
        assert opening.open_what_is_due() == 1 and len(tickets()) == 1


@pytest.mark.django_db
def test_one_that_cannot_be_opened_says_why_keeps_its_date_and_does_not_stop_the_others(world: World) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        broken = make(world, requester=world.bob)
        make(world, name="Autre")
        world.bob.is_active = False
        with everything():
            world.bob.save()
        clock.move_to(datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
        assert opening.open_what_is_due() == 1
        assert "Bob Girard" in again(broken).last_error and again(broken).last_ticket_id is None
        world.bob.is_active = True
        with everything():
            world.bob.save()
        assert opening.open_what_is_due() == 1 and again(broken).last_error == ""


@pytest.mark.django_db
def test_the_requester_is_told_that_it_was_opened_for_them(world: World) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        make(world)
        clock.move_to(datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
        opening.open_what_is_due()
        do_jobs(queues=("reactions",))
    with everything():
        assert [mail.template for mail in OutgoingMail.objects.filter(person=world.alice)] == ["opened_for_you"]


@pytest.mark.django_db
def test_a_pause_opens_nothing_and_resuming_does_not_open_what_it_left_out(world: World) -> None:
    carla = world.as_(world.carla)
    with time_machine.travel(MONDAY, tick=False) as clock, everything():
        row = make(world)
        recurring.pause(row, seen=1, actor=carla)
        clock.move_to(datetime(2026, 3, 5, 10, 0, tzinfo=UTC))
        assert opening.open_what_is_due() == 0
        recurring.resume(row, seen=2, actor=carla)
        assert opening.open_what_is_due() == 0
        assert again(row).next_at == datetime(2026, 3, 6, 7, 0, tzinfo=UTC)
        assert [each.act for each in RecurringChange.objects.order_by("pk")] == ["created", "paused", "resumed"]


@pytest.mark.django_db
def test_a_holiday_that_is_entered_later_moves_the_date(world: World) -> None:
    calendar = CoverageCalendar.objects.order_by("pk").first()
    assert calendar is not None
    with time_machine.travel(MONDAY, tick=False):
        row = make(world, unit="week", weekdays=[2], off_days="before", calendar=calendar)
        assert again(row).next_at == datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
        document = {**calendar.current.document, "overrides": {"2026-03-04": []}}
        calendar.versions.create(number=calendar.current.number + 1, document=document, published_at=MONDAY)
        opening.look_ahead()
        assert again(row).next_at == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_whoever_edits_leaves_what_it_was_and_two_at_once_are_refused(world: World) -> None:
    carla = world.as_(world.carla)
    with time_machine.travel(MONDAY, tick=False), everything():
        row = make(world)
        mine, theirs = again(row), again(row)
        mine.at, theirs.every = time(9), 2
        recurring.edit(mine, seen=1, actor=carla)
        with pytest.raises(Conflict):
            recurring.edit(theirs, seen=1, actor=carla)
        change = RecurringChange.objects.get(act="edited")
        assert change.changes == {"at": ["08:00:00", "09:00:00"]} and change.by_id == world.carla.pk
        assert again(row).next_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        with pytest.raises(NotAllowed):
            recurring.pause(again(row), seen=2, actor=world.as_(world.nadia))
        gone = again(row)
        gone.ends_on = date(2026, 3, 1)
        with pytest.raises(Refused):
            recurring.edit(gone, seen=2, actor=carla)


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


def typed(world: World, template: TicketTemplate, **facts: Any) -> dict[str, Any]:
    return {
        "name": "Revue", "template": template.pk, "requester": world.alice.pk, "assignment": f"{world.n2.pk}:{world.benoit.pk}",
        "every": "1", "unit": "month", "month_rule": "last_working_day", "month_day": "1", "month_nth": "1", "month_weekday": "0",
        "at": "08:00", "zone": "Europe/Zurich", "starts_on": "2030-01-01", "off_days": "as_is", **facts,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_coordinator_makes_one_by_the_form_and_a_technician_only_reads(world: World) -> None:
    template = TicketTemplate.objects.create(name="Revue", subject="Revue des comptes")
    carla, nadia = client_of(world.carla), client_of(world.nadia)
    assert nadia.post("/desk/recurring/new", typed(world, template)).status_code == 403
    assert carla.post("/desk/recurring/new", typed(world, template)).status_code == 302
    with everything():
        row = RecurringTicket.objects.get()
    assert (row.organisation_id, row.team_id, row.assignee_id) == (world.helvetia.pk, world.n2.pk, world.benoit.pk)
    assert row.next_at == datetime(2030, 1, 31, 7, 0, tzinfo=UTC)
    address = f"/desk/recurring/{row.pk}/"
    assert nadia.get(address).status_code == 200
    assert nadia.post(address, typed(world, template, version=1)).status_code == 403
    assert nadia.post(f"{address}state", {"state": "paused", "version": 1}).status_code == 404
    assert carla.post(address, typed(world, template, version=1, at="09:30")).status_code == 302
    page = carla.get(address).content.decode()
    assert "08:00 → 09:30" in page and "Carla Meier" in page
    assert carla.post(f"{address}state", {"state": "removed", "version": 2}).status_code == 302
    assert carla.get(address).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts",
    [
        {"requester": ""}, {"requester": "999999"}, {"zone": "Mars/Olympus"}, {"ends_on": "2029-01-01"}, {"starts_on": "01.02.26x"},
        {"unit": "week"}, {"every": "0"}, {"template": ""}, {"month_rule": "weekday", "month_nth": "7"}, {"at": "25:00"},
        {"starts_on": "2020-01-01", "ends_on": "2020-02-01"}, {"assignment": "1:999"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_and_not_saved(world: World, facts: dict[str, str]) -> None:
    template = TicketTemplate.objects.create(name="Revue", subject="Revue des comptes")
    answer = client_of(world.carla).post("/desk/recurring/new", typed(world, template) | facts)
    assert answer.status_code == 422 and "danger" in answer.content.decode()
    with everything():
        assert not RecurringTicket.objects.exists()


@pytest.mark.django_db
def test_the_next_five_dates_are_shown_while_typing(world: World) -> None:
    template = TicketTemplate.objects.create(name="Revue", subject="Revue des comptes")
    carla = client_of(world.carla)
    page = carla.get("/desk/recurring/dates", typed(world, template)).content.decode()
    assert page.count("<li>") == 5 and "jeudi 31 janvier 2030, 08:00" in page
    assert "dernier jour ouvrable" in page
    assert carla.get("/desk/recurring/dates", {"every": "x"}).status_code == 200


@pytest.mark.django_db
def test_the_list_costs_the_same_whatever_its_length(world: World) -> None:
    nadia = client_of(world.nadia)
    nadia.get("/desk/recurring/")  # the first page of a sign-in notes where it is
    counts = []
    for more in (1, 8):
        for n in range(more):
            with time_machine.travel(MONDAY, tick=False):
                make(world, name=f"R{more}{n}")
        opening.open_what_is_due()
        with CaptureQueriesContext(connection) as asked:
            assert nadia.get("/desk/recurring/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
