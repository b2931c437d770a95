"""A ticket opened from a list of ten thousand is there in one round trip, and nothing on its page jumps."""

from __future__ import annotations

import contextlib
from typing import Any

from django.db import connection

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything

MANY = 10_000
SHIFT_AT_MOST = 0.02
SHIFTS = """
    () => new Promise(resolve => {
        let total = 0;
        new PerformanceObserver(list => {
            for (const shift of list.getEntries()) if (!shift.hadRecentInput) total += shift.value;
        }).observe({type: "layout-shift", buffered: true});
        // What the observer has buffered is told in a task of its own.
        setTimeout(() => resolve(total), 1500);
    })
"""


def test_a_ticket_from_ten_thousand_shows_in_one_round_trip_without_a_jump(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    with everything():
        ticket = world.ticket(subject="Plus de réseau au 2e", impact=1, urgency=1)
        actions.take(ticket, actor=world.as_(world.nadia))
        for n in range(12):
            actions.reply(ticket, text=f"Essai {n}\n" * (n + 1), actor=world.as_(world.nadia))
            actions.answer(ticket, text="Toujours rien.", actor=world.as_(world.alice))
        copies_of(world.ticket(subject="Imprimante"), MANY - 2)
        assert Ticket.objects.count() == MANY
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/?view=open")
    # Only the document itself and the assets are answered; whatever else the page asks for is kept waiting.
    kept_waiting: list[Any] = []

    def answered(route: Any) -> None:
        is_first_trip = route.request.resource_type == "document" or "/static/" in route.request.url
        route.continue_() if is_first_trip else kept_waiting.append(route)

    nadia.route("**/*", answered)
    nadia.get_by_role("link", name="Plus de réseau au 2e").first.click()
    nadia.wait_for_url(f"**/desk/tickets/{ticket.number}/**")
    nadia.locator("#timeline").get_by_text("Toujours rien.").last.wait_for()
    nadia.get_by_role("textbox").first.wait_for()
    for route in kept_waiting:
        with contextlib.suppress(Exception):  # of the page that was left
            route.continue_()
    nadia.unroute("**/*")
    shifted = nadia.evaluate(SHIFTS)
    assert shifted < SHIFT_AT_MOST


def copies_of(ticket: Ticket, count: int) -> None:
    """Fill the table with tickets like this one (rows alone: what a list reads)."""
    columns = [field.column for field in Ticket._meta.concrete_fields if field.column not in ("id", "number")]
    quoted = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Ticket._meta.db_table} (number, {quoted}) "
            f"SELECT nextval('tickets_number'), {quoted} FROM {Ticket._meta.db_table}, generate_series(1, %s) WHERE id = %s",
            [count, ticket.pk],
        )
