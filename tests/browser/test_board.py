"""The coordinator's board by mouse and by keyboard: a ticket is dragged to somebody, another is given by its menu."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_a_ticket_is_dragged_to_who_has_least_and_another_is_given_by_its_menu(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    dragged, given = world.ticket(subject="Imprimante"), world.ticket(subject="Souris")
    desk.start("web")
    carla = page_of(world.carla)
    carla.goto(f"{desk.url}/desk/board/")
    nils = carla.locator(f"[data-drop='{world.nils.pk}']")

    def holder(ticket: Ticket) -> Any:
        return carla.locator(f"[data-drag='{ticket.number}'] .card-end > span:not(.face)")

    carla.locator(f"[data-drag='{dragged.number}']").drag_to(nils)
    expect(holder(dragged)).to_have_text(world.nils.name)
    carla.select_option(f"#give-{given.number}", str(world.nadia.pk))
    expect(holder(given)).to_have_text(world.nadia.name)
    with everything():
        found = dict(Ticket.objects.values_list("number", "assignee_id"))
    assert found == {dragged.number: world.nils.pk, given.number: world.nadia.pk}
    # While its menu is open the board stands still; what happened meanwhile is shown as soon as it is left.
    menu = carla.locator(f"#give-{given.number}")
    menu.focus()
    with everything():
        found_now = Ticket.objects.get(pk=dragged.pk)
        actions.assign(found_now, team=world.n1, assignee=world.nadia, actor=world.as_(world.nils))
    expect(carla.locator("body")).to_have_attribute("data-live", "yes")
    carla.wait_for_timeout(1500)
    expect(menu).to_be_focused()
    expect(holder(dragged)).to_have_text(world.nils.name)
    menu.blur()
    expect(holder(dragged)).to_have_text(world.nadia.name)
    # Dropped beside everybody, it stays where it was.
    carla.locator(f"[data-drag='{dragged.number}']").drag_to(carla.locator("h1"))
    expect(holder(dragged)).to_have_text(world.nadia.name)
