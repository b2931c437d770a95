"""Open screens: each holds a stream for hours, and none of them may cost the desk its database connections."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.runtime.desk import COMMAND, Desk, entraide, environment

# More than a web process has connections to the database.
SCREENS = 15
PASSWORD = "tulipe-jaune-42"
MAIL = b"From: ines@helvetia.example\nTo: support@entraide.localhost\nSubject: Imprimante\n\nElle fume.\n"


@pytest.mark.xdist_group("supervisor")
def test_many_open_screens_hear_of_a_ticket_and_a_stop_does_not_wait_for_them(
    data_dir: Path, run_desk: Callable[..., Desk]
) -> None:
    desk = run_desk(data_dir)
    desk.said("ready in", seconds=90)
    made = entraide(
        "user", "create", "ada@desk.example", "--name", "Ada Roth", "--organisation", "Desk SA", "--supports",
        "--role", "coordinator", "--password", PASSWORD, data_dir=data_dir,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    asyncio.run(_watch_and_stop(desk))
    assert desk.lines[-1].endswith("stopped")
    assert not [line for line in desk.lines if "[error" in line]


async def _watch_and_stop(desk: Desk) -> None:
    async with _signed_in(desk) as browser, asyncio.timeout(60):
        opened: asyncio.Queue[str] = asyncio.Queue()
        told: asyncio.Queue[str] = asyncio.Queue()
        screens = [asyncio.create_task(_screen(browser, opened, told)) for _screen_number in range(SCREENS)]
        for _screen_number in range(SCREENS):
            await opened.get()
        page = await browser.get("/desk/", timeout=5)
        assert page.status_code == 200
        ingested = await asyncio.to_thread(_ingest, desk)
        assert ingested == 0
        assert {await told.get() for _screen_number in range(SCREENS)} == {"event: ticket"}
        began = time.monotonic()
        assert await asyncio.to_thread(desk.stop, signal.SIGTERM) == 0
        assert time.monotonic() - began < 10
        # Every stream came to its end; none was cut off.
        await asyncio.gather(*screens)


@asynccontextmanager
async def _signed_in(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=desk.url, follow_redirects=True, timeout=20) as browser:
        form = (await browser.get("/account/login/")).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token
        fields = {"csrfmiddlewaretoken": token[1], "login": "ada@desk.example", "password": PASSWORD}
        answer = await browser.post("/account/login/", data=fields, headers={"Referer": desk.url})
        assert answer.url.path == "/desk/"
        yield browser


async def _screen(browser: httpx.AsyncClient, opened: asyncio.Queue[str], told: asyncio.Queue[str]) -> None:
    async with browser.stream("GET", "/desk/stream", timeout=None) as answer:
        assert answer.status_code == 200
        has_heard = False
        async for line in answer.aiter_lines():
            if line.startswith("retry:"):
                opened.put_nowait(line)
            elif line == "event: ticket" and not has_heard:
                has_heard = True
                told.put_nowait(line)


def _ingest(desk: Desk) -> int:
    done = subprocess.run(
        [*COMMAND, "ingest"], env=environment(desk.data_dir), input=MAIL, capture_output=True, timeout=60
    )
    return done.returncode
