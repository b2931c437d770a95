"""Being told: by the bell, as each person chooses; a program and a chat elsewhere, made and tried on the screen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from entraide.channels.hooks.models import Endpoint
from entraide.tickets import actions
from tests.browser.desk import RunningDesk
from tests.hooks.conftest import receiver
from tests.hooks.receiver import Receiver
from tests.world import World, everything

__all__ = ["receiver"]


def assign_to_nadia(world: World, subject: str) -> Any:
    ticket = world.ticket(subject=subject)
    with everything():
        actions.assign(ticket, team=world.n1, assignee=world.nadia, actor=world.as_(world.carla))
    return ticket


@pytest.mark.timeout(180)
def test_the_bell_rings_for_what_one_chose_to_know(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web", "jobs")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/")
    nadia.wait_for_selector("body[data-live=yes]")
    first = assign_to_nadia(world, "Écran noir")
    expect(nadia.locator("#bell .bell-count")).to_have_text("1")
    nadia.locator("#bell").click()
    line = nadia.locator("#notifications li")
    expect(line).to_have_class("is-unread")
    line.get_by_role("link", name="Écran noir").click()
    nadia.wait_for_url(f"**/tickets/{first.number}/**")
    expect(nadia.locator("#bell .bell-count")).to_have_count(0)

    # From the list to what one wants to know: assignments no longer, answers still.
    nadia.locator("#bell").click()
    nadia.get_by_role("link", name="What I am told").click()
    chosen = nadia.get_by_label("A ticket is assigned to me, Console")
    chosen.uncheck()
    nadia.get_by_label("A ticket is assigned to me, Mail").uncheck()
    nadia.get_by_role("button", name="Save").click()
    expect(nadia.locator(".told .alert-success")).to_have_text("Saved.")
    nadia.reload()
    expect(chosen).not_to_be_checked()
    expect(nadia.get_by_label("The requester answered, Console")).to_be_checked()
    nadia.locator("#bell").click()
    nadia.wait_for_selector("body[data-live=yes]")
    assign_to_nadia(world, "Clavier muet")
    with everything():
        actions.answer(first, text="Et maintenant le son.", actor=world.as_(world.alice))
    expect(nadia.locator("#bell .bell-count")).to_have_text("1")
    nadia.locator("#bell").click()
    expect(nadia.locator("#notifications li.is-unread")).to_have_count(1)
    expect(nadia.locator("#notifications")).not_to_contain_text("Clavier muet")
    nadia.get_by_role("button", name="Mark all as read").click()
    expect(nadia.locator("#notifications li.is-unread")).to_have_count(0)


@pytest.mark.timeout(180)
def test_a_webhook_and_a_chat_are_made_and_tried_on_the_screen(
    world: World, desk: RunningDesk, page_of: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTRAIDE_PRIVATE_TARGETS", "127.0.0.0/8")
    desk.start("web", "jobs")
    adam = page_of(world.adam)
    adam.goto(f"{desk.url}/desk/settings/hooks/")
    adam.get_by_role("link", name="Add a webhook").click()
    adam.fill("#id_name", "Tableau de bord")
    adam.fill("#id_address", "file:///etc/passwd")
    adam.keyboard.press("Enter")
    # What is wrong is said at its field, and what was typed is still there.
    expect(adam.locator(".field-error").first).to_be_visible()
    expect(adam.locator("#id_name")).to_have_value("Tableau de bord")
    adam.fill("#id_address", receiver.url)
    adam.keyboard.press("Enter")
    expect(adam.locator(".hook-secret code")).to_contain_text("whsec_")
    adam.get_by_role("button", name="Send a test").click()
    expect(adam.locator("#hook-log .is-arrived")).to_have_count(1)
    expect(adam.locator(".hook-secret")).to_have_count(0)
    assert receiver.messages[0].data["type"] == "endpoint.test"
    receiver.status = 500
    adam.get_by_role("button", name="Send a test").click()
    expect(adam.locator("#hook-log tbody tr").first).to_contain_text("500")
    receiver.status = 200

    adam.get_by_role("link", name="All webhooks and chats").click()
    adam.get_by_role("link", name="Add a chat").click()
    adam.fill("#id_name", "Équipe N1")
    port = receiver.server.server_address[1]
    adam.fill("#id_address", f"mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd4")
    adam.keyboard.press("Enter")
    expect(adam.locator(".hook-state")).to_contain_text("Mattermost")
    seen = len(receiver.messages)
    adam.get_by_role("button", name="Send a test").click()
    expect(adam.locator("#hook-log .is-arrived")).to_have_count(1)
    assert any("3ccdd113" in each.path for each in receiver.messages[seen:])
    adam.get_by_role("link", name="All webhooks and chats").click()
    expect(adam.locator(".rule-card")).to_have_count(2)
    expect(adam.locator("main")).not_to_contain_text("3ccdd113")
    with everything():
        assert {each.transport for each in Endpoint.objects.all()} == {"webhook", "chat"}
