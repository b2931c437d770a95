"""The second wall: in a requester's or a contact's request a forgotten filter finds nothing of other organisations."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from entraide.core.building_wall import conditions, holes
from entraide.core.owned import Owned
from entraide.core.scope import Scope, scoped
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def asked(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_the_wall_has_no_holes() -> None:
    assert holes() == []
    assert {each._meta.db_table for each in apps.get_models() if issubclass(each, Owned)} <= set(conditions())


@pytest.mark.parametrize("who", ["alice", "claire"])
def test_raw_sql_in_a_clients_scope_finds_its_organisations_rows_alone(world: World, who: str) -> None:
    ours, others = world.ticket(world.alice), world.ticket(world.zoe)
    with world.scope_of(getattr(world, who)):
        assert asked("SELECT id FROM tickets_ticket") == [(ours.pk,)]
        assert asked("SELECT id FROM tickets_ticket WHERE id = %s", others.pk) == []
        assert {key for (key,) in asked("SELECT DISTINCT organisation_id FROM people_person")} == {world.helvetia.pk}
        assert asked("UPDATE tickets_ticket SET subject = 'x' WHERE id = %s RETURNING id", others.pk) == []
    assert len(asked("SELECT id FROM tickets_ticket")) == 2


def test_people_of_the_desk_are_not_behind_it(world: World) -> None:
    world.ticket(world.alice), world.ticket(world.zoe)
    with world.scope_of(world.nadia):
        assert len(asked("SELECT id FROM tickets_ticket")) == 2


def test_a_row_for_another_organisation_is_refused(world: World) -> None:
    with (
        world.scope_of(world.claire),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        asked(
            "INSERT INTO people_site (organisation_id, name, address, time_zone, country, region, on_site_rules) "
            "VALUES (%s, 'x', '', '', '', '', '') RETURNING id",
            world.rousseau.pk,
        )


def test_what_was_undone_leaves_nobody_outside(world: World) -> None:
    world.ticket(world.zoe)
    with world.scope_of(world.alice):
        with pytest.raises(RuntimeError), transaction.atomic():
            assert asked("SELECT id FROM tickets_ticket") == []
            raise RuntimeError
        assert asked("SELECT id FROM tickets_ticket") == []
        with everything():
            assert len(asked("SELECT id FROM tickets_ticket")) == 1
        assert asked("SELECT id FROM tickets_ticket") == []


def test_a_scope_without_organisations_shows_nothing(world: World) -> None:
    world.ticket(world.alice)
    with scoped(Scope.walled([], reason="nobody")):
        assert asked("SELECT id FROM tickets_ticket") == []


def test_whom_a_ticket_in_scope_names_is_seen_through_it(world: World) -> None:
    ticket = world.ticket(world.alice)
    with everything():
        actions.take(ticket, actor=world.as_(world.nadia))
    with world.scope_of(world.alice):
        joined = Ticket.objects.select_related("assignee").get(pk=ticket.pk)
        assert joined.assignee is not None and joined.assignee.name == "Nadia Keller"
        followed = Ticket.objects.get(pk=ticket.pk)
        assert followed.assignee is not None and followed.assignee.name == "Nadia Keller"
        assert asked("SELECT id FROM people_person WHERE id = %s", world.nadia.pk) == []
