"""A real browser (Debian's Chromium) and a running desk for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.desk import CHROMIUM, QUIET, RunningDesk
from tests.world import World

PATIENCE_MS = 45_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("browser"))
            if os.environ.get("CI") == "true":
                # A busy machine now and then keeps a browser waiting for a minute. What was tried twice is named in the summary.
                item.add_marker(pytest.mark.flaky(reruns=1))
            if not os.path.exists(CHROMIUM) and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed (apt install chromium)."))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    # As patient as the pages: machines that run tests are busy.
    expect.set_options(timeout=PATIENCE_MS)

    # Playwright's loop would make Django believe that this is async code.
    # For one module at a time: other tests need the thread without a running loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def world(transactional_db: None) -> World:
    """What the desk's own processes see must be committed."""
    return World()


@pytest.fixture
def desk(world: World) -> Iterator[RunningDesk]:
    running = RunningDesk()
    yield running
    running.stop()


@pytest.fixture
def page_of(chromium: Any, desk: RunningDesk, world: World) -> Iterator[Any]:
    """Open a browser window for somebody (signed in), or for nobody. Console errors fail the test."""
    from tests.world import PASSWORD

    contexts: list[Any] = []
    complaints: list[str] = []

    def open_for(person: Any = None, **settings: Any) -> Any:
        context = chromium.new_context(**{"locale": "en-GB", "viewport": {"width": 1360, "height": 860}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        _patient_keys(page)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if person is not None:
            page.goto(f"{desk.url}/account/login/")
            page.fill("#id_login", world.email(person))
            page.fill("#id_password", PASSWORD)
            page.click("main form button.btn-primary")
            page.wait_for_url(lambda url: "/account/login" not in url)
        return page

    yield open_for
    for context in contexts:
        context.close()
    # A refused form and a page that is not there are answers, and a search that a newer one replaced is no loss: the console
    # calls all of them errors.
    known = (*(f"status of {code}" for code in (403, 404, 409, 422)), "htmx:afterRequest", "htmx:sendAbort")
    real = [each for each in complaints if not any(each_known in each for each_known in known)]
    assert real == []


def _patient_keys(page: Any) -> None:
    """Press keys once the page's scripts have run: a person looks at a page before they type, a busy machine is slower than a test."""
    press = page.keyboard.press

    def pressed(*arguments: Any, **settings: Any) -> None:
        page.wait_for_load_state("load")
        press(*arguments, **settings)

    page.keyboard.press = pressed
