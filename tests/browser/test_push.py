"""A technician lets a browser be told, a message arrives in it, and it is removed again."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import RunningDesk
from tests.hooks.conftest import receiver
from tests.hooks.receiver import Receiver
from tests.push.reading import Keys, claims_of
from tests.world import World

__all__ = ["receiver"]
SETTINGS = "/desk/notifications/settings"
# A browser for tests has no push service: the one call that needs it gives the address of ours. All else is real.
STUB = """
PushManager.prototype.subscribe = async function (options) {
  window.askedFor = { visible: options.userVisibleOnly, size: options.applicationServerKey.length };
  const given = GIVEN;
  return { toJSON: () => given };
};
"""
# Browsers let a worker do these two after a real click only.
WITHOUT_A_HAND = """() => {
  self.led = [];
  WindowClient.prototype.focus = async function () { self.led.push(["focus", this.url]); return this; };
  Clients.prototype.openWindow = async (url) => { self.led.push(["open", url]); return null; };
}"""


def wait_for_message(receiver: Receiver, *, seconds: float = 30) -> Any:
    until = time.monotonic() + seconds
    while not receiver.messages:
        assert time.monotonic() < until, f"no message came within {seconds} s"
        time.sleep(0.05)
    return receiver.messages[-1]


def registration_of(devtools: Any, page: Any, *, seconds: float = 20) -> str:
    """Return Chromium's name of the page's service worker as soon as it runs."""
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerVersionUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["versions"] if each["status"] == "activated"),
    )
    devtools.send("ServiceWorker.enable")
    until = time.monotonic() + seconds
    while not found:
        assert time.monotonic() < until, "the service worker did not start"
        page.wait_for_timeout(50)
    return found[-1]


@pytest.mark.timeout(180)
def test_a_browser_is_told_shows_it_and_is_removed(
    world: World, desk: RunningDesk, page_of: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTRAIDE_PRIVATE_TARGETS", "127.0.0.0/8")
    desk.start("web", "jobs")
    keys = Keys()
    subscription = keys.subscribed_at(receiver.url)
    given = {"endpoint": receiver.url, "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth}}
    nadia = page_of(world.nadia)
    nadia.context.grant_permissions(["notifications"], origin=desk.url)
    nadia.add_init_script(STUB.replace("GIVEN", json.dumps(given)))
    nadia.goto(f"{desk.url}{SETTINGS}")
    expect(nadia.locator("th.c-browser").first).to_be_hidden()

    nadia.get_by_role("button", name="Tell me on this browser").click()
    row = nadia.locator(".browser-row")
    expect(row).to_contain_text("Chrome, Linux")
    expect(row).to_contain_text("this one")
    expect(nadia.get_by_role("button", name="Tell me on this browser")).to_have_count(0)
    expect(nadia.locator("th.c-browser").first).to_be_visible()
    assert nadia.evaluate("window.askedFor") == {"visible": True, "size": 65}

    row.get_by_role("button", name="Send me one").click()
    expect(nadia.locator("#browsers [role=status]").first).to_contain_text("on its way")
    message = wait_for_message(receiver)
    assert claims_of(message)["sub"].startswith("mailto:")
    said = keys.read(message)
    assert said["page"] == SETTINGS

    # What the push service would hand on wakes the real service worker, which shows it.
    devtools = nadia.context.new_cdp_session(nadia)
    registration = registration_of(devtools, nadia)
    message_in = {"origin": desk.url, "registrationId": registration, "data": json.dumps(said)}
    shown = "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((each) => [each.title, each.body, each.tag, each.data.page])"
    notifications: list[Any] = []
    until = time.monotonic() + 40
    while not notifications:
        assert time.monotonic() < until, "no notification was shown"
        # Again until it is shown: on a busy machine one was lost on this way, once. The tag keeps it one notification.
        devtools.send("ServiceWorker.deliverPushMessage", message_in)
        nadia.wait_for_timeout(1000)
        notifications = nadia.evaluate(shown)
    assert notifications == [[said["title"], said["body"], said["tag"], SETTINGS]]

    # A click focuses the tab that shows it already, else opens one.
    (worker,) = nadia.context.service_workers
    worker.evaluate(WITHOUT_A_HAND)
    worker.evaluate("(data) => lead(data)", {"url": said["url"], "page": said["page"]})
    worker.evaluate("(data) => lead(data)", {"url": "/desk/notifications/7/", "page": "/desk/tickets/1001/"})
    assert worker.evaluate("self.led") == [["focus", f"{desk.url}{SETTINGS}"], ["open", "/desk/notifications/7/"]]

    nadia.reload()
    expect(row).to_contain_text("last used")
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    expect(nadia.get_by_role("button", name="Tell me on this browser")).to_be_visible()
    expect(nadia.locator("th.c-browser").first).to_be_hidden()


@pytest.mark.timeout(120)
def test_a_browser_that_cannot_or_must_not_says_so(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web")
    nadia, nils = page_of(world.nadia), page_of(world.nils)
    nadia.add_init_script("delete window.PushManager;")
    nadia.goto(f"{desk.url}{SETTINGS}")
    expect(nadia.get_by_text("This browser cannot show notifications.")).to_be_visible()
    expect(nadia.get_by_role("button", name="Tell me on this browser")).to_be_hidden()
    nils.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' });")
    nils.goto(f"{desk.url}{SETTINGS}")
    expect(nils.get_by_text("Your browser does not let the desk show notifications.")).to_be_visible()
    expect(nils.get_by_role("button", name="Tell me on this browser")).to_be_hidden()
