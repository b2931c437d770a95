"""When mailboxes are polled: all of them, a failing one less and less often, none at the expense of another."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from entraide.channels.email import imap, polling
from entraide.channels.email.models import Mailbox
from entraide.channels.email.polling import Poller

pytestmark = pytest.mark.django_db(transaction=True)


def add(name: str, **facts: Any) -> Mailbox:
    return Mailbox.objects.create(name=name, address=f"{name}@x.example", host="x", username="x", **facts)


def test_a_mailbox_that_hangs_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hangs", "works"):
        add(name)
    add("resting", is_active=False)
    hung, polled = threading.Event(), []

    def poll(mailbox: Mailbox, **_named: Any) -> bool:
        polled.append(mailbox.name)
        if mailbox.name == "hangs":
            hung.wait(20)
        elif polled.count("works") == 3:
            loop.call_soon_threadsafe(poller.stop)
            hung.set()
        return True

    async def run() -> None:
        await poller.run()

    monkeypatch.setattr(imap, "poll", poll)
    loop = asyncio.new_event_loop()
    poller = Poller(every_s=0.01)
    loop.run_until_complete(asyncio.wait_for(run(), 30))
    loop.close()
    assert polled.count("works") >= 3
    assert polled.count("hangs") == 1
    assert "resting" not in polled


def test_a_failing_mailbox_is_tried_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr(polling.time, "monotonic", lambda: moment[0])
    poller, waited = Poller(every_s=20.0), []
    for _ in range(9):
        poller._plan(1, went_well=False)
        waited.append(poller._not_before[1] - moment[0])
    assert waited == [40.0, 80.0, 160.0, 320.0, 640.0, 1280.0, 1800.0, 1800.0, 1800.0]
    poller._plan(1, went_well=True)
    assert poller._not_before[1] == moment[0]
