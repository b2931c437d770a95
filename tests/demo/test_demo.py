"""The demo desk: as large as it says, and true in every invariant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import RequestFactory

from entraide.channels.email.models import OutgoingMail
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.demo import NotEmpty, load, sign_ins
from entraide.people.models import Organisation, Person, RoleGrant, Site
from entraide.people.rights import STAFF_ROLES, Role
from entraide.tickets.models import Attachment, Ticket
from entraide.tickets.status import OPEN

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
    for ticket in Ticket.objects.prefetch_related("entries"):
        times = [entry.at for entry in sorted(ticket.entries.all(), key=lambda each: each.number)]
        assert times == sorted(times)
        assert times[-1] <= now()


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
