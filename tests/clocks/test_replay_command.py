"""`entraide sla replay`: finds every difference, repairs it, and leaves what is right alone."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from django.db import connection

from entraide.tickets import actions
from entraide.tickets.clocks import differences
from entraide.tickets.models import ClockRow, LevelStay, Ticket
from entraide.tickets.replay_command import sla
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def replay(*options: str) -> tuple[int, str]:
    done = CliRunner().invoke(sla, ["replay", *options])
    return done.exit_code, done.output


@pytest.fixture
def damaged(world: World) -> Ticket:
    """A ticket whose rows somebody has changed behind the desk's back."""
    with everything():
        sound, ticket = world.ticket(), world.ticket(world.zoe)
        actions.reply(ticket, text="Quel modèle ?", actor=world.as_(world.nadia))
        ClockRow.objects.filter(ticket=ticket, metric="resolution").update(elapsed_s=7, due_at=None)
        LevelStay.objects.filter(ticket=ticket).delete()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tickets_ticket SET last_word_number = 0, level = 3 WHERE id = %s", [ticket.pk])
        assert differences(Ticket.objects.get(pk=sound.pk)) == []
    return ticket


def test_a_check_names_what_differs_and_changes_nothing(damaged: Ticket) -> None:
    for _ in range(2):
        status, said = replay("--check")
        assert status == 1
        assert "2 tickets replayed, 1 differ" in said
        assert all(word in said for word in (damaged.reference, "last_word_number", "level: 3", "resolution", "stay 1"))


def test_a_number_that_nobody_knows_is_no_success(damaged: Ticket) -> None:
    status, said = replay("--check", "--ticket", str(damaged.number), "--ticket", "999999")
    assert status == 1 and "There is no ticket 999999. Nothing was replayed." in said


def test_a_replay_repairs_the_row_the_clocks_and_the_stays(damaged: Ticket) -> None:
    status, said = replay()
    assert status == 0 and "1 differed" in said
    status, said = replay("--check")
    assert status == 0 and "2 tickets replayed, 0 differ" in said
    with everything():
        assert Ticket.objects.get(pk=damaged.pk).level == 1


def test_one_ticket_or_a_sample_can_be_asked_for(damaged: Ticket) -> None:
    assert replay("--check", "--ticket", str(damaged.number))[1].endswith(
        "1 tickets replayed, 1 differ from their timeline.\n"
    )
    assert "1 tickets replayed" in replay("--check", "--every", "2")[1]
