"""A contact form in a page of the client's intranet: shown there, refused elsewhere, answered with a number."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from playwright.sync_api import expect

from entraide.channels.web.models import ContactForm
from entraide.core.clock import now
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything


class Intranet:
    """A page of somebody else's, on another origin, with the form in a frame."""

    def __init__(self) -> None:
        self.body = ""
        page = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(f"<!doctype html><title>Intranet</title>{page.body}".encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def intranet() -> Iterator[Intranet]:
    running = Intranet()
    yield running
    running.server.shutdown()


def test_whoever_reads_the_intranet_writes_to_us_and_gets_a_number(
    world: World, desk: RunningDesk, page_of: Any, intranet: Intranet
) -> None:
    there = f"http://intranet.localhost:{intranet.port}"
    with everything():
        form = ContactForm.objects.create(organisation=world.helvetia, name="Intranet", origins=[there], made_at=now())
        form.categories.add(world.wifi)
    desk.start("web")
    # The page is of another site than the frame: no cookie goes along.
    intranet.body = f'<iframe src="{desk.url}/embed/{form.key}" title="IT" width="700" height="800"></iframe>'
    page = page_of(None, locale="fr-CH")
    page.goto(there)
    frame = page.frame_locator("iframe")
    frame.locator("#name").fill("Ada Neuve")
    frame.locator("#email").fill("ada@helvetia.example")
    frame.locator("#category").select_option(label="Réseau › Wi-Fi")
    # As people write: what comes back sooner than three seconds is taken for a program's.
    frame.locator("#text").press_sequentially("Le Wi-Fi coupe depuis ce matin.", delay=110)
    frame.get_by_role("button", name="Envoyer").click()
    expect(frame.locator("[role=status]")).to_contain_text("ENT-")
    with everything():
        (ticket,) = Ticket.objects.all()
        assert ticket.category_id == world.wifi.pk and ticket.requester.name == "Ada Neuve"


def test_a_page_that_is_not_named_shows_nothing_of_it(
    world: World, desk: RunningDesk, chromium: Any, intranet: Intranet
) -> None:
    with everything():
        form = ContactForm.objects.create(
            organisation=world.helvetia, name="Intranet", origins=["https://intranet.helvetia.example"], made_at=now()
        )
    desk.start("web")
    intranet.body = f'<iframe src="{desk.url}/embed/{form.key}" title="IT"></iframe>'
    page = chromium.new_context().new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(f"http://intranet.localhost:{intranet.port}")
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("iframe").locator("#name").count() == 0
    assert any("frame-ancestors" in each for each in complaints)
    page.context.close()
