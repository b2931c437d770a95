"""Many tickets at once, in a real browser: chosen by the keyboard, by a range, by the page; assigned, and seen."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def some(world: World, n: int) -> list[Ticket]:
    return [world.ticket(subject=f"Écran {number:02}") for number in range(n)]


def the_list(page: Any, desk: RunningDesk, query: str = "view=open") -> None:
    page.goto(f"{desk.url}/desk/?{query}")
    page.wait_for_selector("body[data-live=yes]")
    page.get_by_label("Choose all on this page").wait_for(state="attached")


def assignees(tickets: list[Ticket]) -> set[int | None]:
    with everything():
        return set(Ticket.objects.filter(pk__in=[each.pk for each in tickets]).values_list("assignee_id", flat=True))


def test_twelve_tickets_are_chosen_by_range_and_by_key_and_assigned(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    tickets = some(world, 13)
    desk.start("web", "jobs")
    nadia = page_of(world.nadia)
    the_list(nadia, desk)
    boxes = nadia.locator("#list input[name=number]")
    expect(nadia.locator("#bulk")).to_be_hidden()
    boxes.nth(1).click()
    boxes.nth(11).click(modifiers=["Shift"])
    expect(nadia.locator("#bulk .bulk-head")).to_contain_text("11 tickets chosen")
    nadia.keyboard.press("j")
    nadia.keyboard.press("x")
    expect(nadia.locator("#bulk .bulk-head")).to_contain_text("12 tickets chosen")
    nadia.click("#bulk [data-bulk-asks=assign]")
    # What is missing is said in the bar, and nothing is lost.
    nadia.click("#bulk-assign button")
    expect(nadia.locator("#bulk-refused")).to_have_text("Choose a team, a person, or both.")
    nadia.select_option("#b-assignee", label="Nils Favre")
    nadia.click("#bulk-assign button")
    expect(nadia.locator("#bulk-result")).to_contain_text("12 tickets changed.")
    expect(nadia.locator("#bulk")).to_be_hidden()
    expect(nadia.locator("#rows .c-assignee").get_by_text("Nils Favre")).to_have_count(12)
    assert assignees(tickets[:12]) == {world.nils.pk}
    assert assignees(tickets[12:]) == {None}


def test_every_page_of_a_list_is_chosen_at_once(world: World, desk: RunningDesk, page_of: Any) -> None:
    tickets = some(world, 53)
    desk.start("web", "jobs")
    nadia = page_of(world.nadia)
    the_list(nadia, desk)
    nadia.keyboard.press("*")
    expect(nadia.locator("#bulk .bulk-head")).to_contain_text("50 tickets chosen")
    expect(nadia.get_by_label("Choose all on this page")).to_be_checked()
    nadia.click("#bulk [data-bulk-every]")
    expect(nadia.locator("#bulk .bulk-head")).to_contain_text("53 tickets chosen")
    # One box less is a choice of one's own again.
    nadia.locator("#list input[name=number]").first.click()
    expect(nadia.locator("#bulk .bulk-head")).to_contain_text("49 tickets chosen")
    nadia.locator("#list input[name=number]").first.click()
    nadia.click("#bulk [data-bulk-every]")
    expect(nadia.locator("#bulk .bulk-head")).to_contain_text("53 tickets chosen")
    nadia.click("#bulk [data-bulk-now=follow]")
    expect(nadia.locator("#bulk-result")).to_contain_text("53 tickets changed.")
    with everything():
        assert all(Ticket.objects.get(pk=each.pk).watcher_ids == [world.nadia.pk] for each in tickets)


def test_an_assignment_of_several_tickets_is_undone_by_mouse_and_by_key(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    tickets = some(world, 4)
    desk.start("web", "jobs")
    nadia = page_of(world.nadia)
    the_list(nadia, desk)

    def assign() -> None:
        nadia.keyboard.press("*")
        nadia.click("#bulk [data-bulk-asks=assign]")
        nadia.select_option("#b-assignee", label="Nils Favre")
        nadia.click("#bulk-assign button")
        expect(nadia.locator("#bulk-undo button")).to_be_visible()
        expect(nadia.locator("#bulk-result")).to_contain_text("4 tickets changed.")
        expect(nadia.locator("#rows .c-assignee").get_by_text("Nils Favre")).to_have_count(4)

    for undo in (lambda: nadia.click("#bulk-undo button"), lambda: nadia.keyboard.press("z")):
        assign()
        undo()
        expect(nadia.locator("#bulk-result")).to_contain_text("Undo: Assign · Nils Favre")
        expect(nadia.locator("#bulk-result")).to_contain_text("4 tickets changed.")
        expect(nadia.locator("#bulk-undo")).to_have_count(0)
        # The rows follow by themselves.
        expect(nadia.locator("#rows .c-assignee").get_by_text("Nils Favre")).to_have_count(0)
        assert assignees(tickets) == {None}
    nadia.goto(f"{desk.url}/desk/bulk/runs/")
    expect(nadia.get_by_role("link", name="Undone", exact=True)).to_have_count(2)


def test_a_resolution_is_undone_from_the_list_of_runs_after_what_stays_was_read(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    ticket = some(world, 1)[0]
    desk.start("web", "jobs")
    nadia = page_of(world.nadia)
    the_list(nadia, desk)
    nadia.keyboard.press("*")
    nadia.click("#bulk [data-bulk-asks=resolve]")
    nadia.fill("#b-text", "Redémarré.")
    nadia.click("#bulk-resolve button")
    expect(nadia.locator("#bulk-result")).to_contain_text("1 ticket changed.")
    nadia.goto(f"{desk.url}/desk/bulk/runs/")
    nadia.get_by_role("link", name="Undo…").click()
    expect(nadia.locator("#bulk-stays")).to_contain_text("stay sent")
    nadia.click("#bulk-undo button")
    expect(nadia.locator("h1")).to_contain_text("Undo: Resolve")
    expect(nadia.locator("#bulk-result")).to_contain_text("1 ticket changed.")
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).status == "new"
