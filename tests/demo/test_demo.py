"""The demo desk: as large as it says, and true in every invariant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import RequestFactory

from entraide.automation.duty import shifts_of
from entraide.automation.models import Rota
from entraide.automation.rota import on_call
from entraide.channels.email.models import OutgoingMail
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.demo import NotEmpty, load, sign_ins
from entraide.people.models import Organisation, Person, RoleGrant, Site
from entraide.people.rights import STAFF_ROLES, Role
from entraide.routines.models import Macro, MacroUse, RecurringTicket, TicketTemplate
from entraide.tickets.clocks import differences
from entraide.tickets.models import Attachment, ClockRow, Ticket, TicketEntry
from entraide.tickets.status import OPEN
from tests.demo.test_time import assert_time_runs_forward

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Load it once for all the tests of this module, and take it back."""
    from django.db import transaction

    whole = scoped(Scope.everything(reason="the demo is looked at whole"))
    with django_db_blocker.unblock(), transaction.atomic(), whole:
        load(seed=7)
        yield
        transaction.set_rollback(True)


def test_it_has_the_size_that_it_promises(demo: None) -> None:
    assert Organisation.objects.filter(supports=False).count() == 3
    assert (Site.objects.count(), Person.objects.count(), Ticket.objects.count()) == (5, 120, 400)
    support = set(STAFF_ROLES) - {Role.ADMINISTRATOR}
    assert RoleGrant.objects.filter(role__in=support).values("person").distinct().count() == 12
    assert Attachment.objects.exists()


def test_there_is_work_of_every_sort_on_the_first_morning(demo: None) -> None:
    opened = Ticket.objects.filter(status__in=OPEN)
    assert opened.count() >= 20
    assert opened.filter(assignee=None, awaits_acceptance=False).exists()
    assert opened.filter(status="waiting").exists()
    assert set(Ticket.objects.values_list("status", flat=True)) == {
        "new",
        "in_progress",
        "waiting",
        "resolved",
        "closed",
    }
    assert set(Ticket.objects.values_list("level", flat=True)) == {1, 2, 3}
    assert set(Ticket.objects.values_list("priority", flat=True)) == {1, 2, 3, 4}
    assert Ticket.objects.filter(reopenings__gt=0).exists()
    assert Ticket.objects.filter(returns__gt=0).exists()


def test_each_level_has_something_to_do_when_it_signs_in(demo: None) -> None:
    for level, team in ((2, "Systèmes et réseaux"), (3, "Experts")):
        assert Ticket.objects.filter(awaits_acceptance=True, level=level, team__name=team).exists(), team
    elena = Person.objects.get(name="Elena Rossi")
    hers = Ticket.objects.filter(assignee=elena, status__in=OPEN)
    assert hers.filter(status="in_progress").count() >= 2
    assert hers.filter(status="waiting").exists()


def test_each_ticket_is_what_its_timeline_says(demo: None) -> None:
    for ticket in Ticket.objects.all():
        assert ticket.replayed().columns() == ticket.columns(), ticket


def test_time_runs_forward_and_ends_now(demo: None) -> None:
    assert_time_runs_forward(until=now())


def test_nothing_follows_from_the_demos_past(demo: None) -> None:
    assert not OutgoingMail.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'entraide.react'")
        assert cursor.fetchone() == (0,)


def test_its_sign_ins_open_the_door(demo: None) -> None:
    listed = sign_ins()
    assert len(listed) == 9
    for _role, email, password in listed:
        assert authenticate(RequestFactory().post("/"), email=email, password=password) is not None, email


def test_it_goes_into_an_empty_desk_only(demo: None) -> None:
    with pytest.raises(NotEmpty):
        load(seed=7)


def test_promises_were_kept_and_missed_and_told_of_in_their_time(demo: None) -> None:
    states = Counter(ClockRow.objects.filter(metric="resolution").values_list("state", flat=True))
    assert states["met"] > 200 and states["missed"] > 0 and states["running"] > 0
    told = TicketEntry.objects.filter(kind="clock_breached")
    assert told.count() > 50
    assert all(entry.at - entry.event.instant < timedelta(seconds=30) for entry in told)
    assert not ClockRow.objects.filter(next_alarm_at__lt=now() - timedelta(minutes=1)).exists()


def test_every_clock_is_what_its_timeline_says(demo: None) -> None:
    for ticket in Ticket.objects.order_by("pk")[::8]:
        assert differences(ticket) == []


def test_one_major_incident_goes_on_and_one_was_reviewed(demo: None) -> None:
    going_on = Ticket.objects.get(major_since__isnull=False, status__in=OPEN)
    assert going_on.followers.count() == 1
    reviewed = Ticket.objects.get(major_reviewed_at__isnull=False)
    assert reviewed.status == "closed"
    assert {ticket.status for ticket in reviewed.followers.all()} == {"resolved"}


def test_somebody_is_on_call_at_n2_and_n3(demo: None) -> None:
    rotas = {rota.level: on_call(shifts_of(rota), now()) for rota in Rota.objects.all()}
    assert set(rotas) == {2, 3} and all(rotas.values())


def test_what_comes_often_is_at_hand(demo: None) -> None:
    assert Macro.objects.count() >= 12 and MacroUse.objects.count() > 50 and TicketTemplate.objects.count() >= 4
    assert all(row.next_at and row.next_at > now() for row in RecurringTicket.objects.all())
    assert RecurringTicket.objects.count() == 2
