"""Deadlines in the list stay true while somebody looks at it."""

from __future__ import annotations

from typing import Any

from tests.browser.desk import RunningDesk
from tests.clocks.test_on_time import promise_an_answer_within
from tests.world import World, everything


def test_what_falls_due_while_the_list_is_open_is_said_to_be_late(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    with everything():
        promise_an_answer_within(150)
        world.ticket()
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/")
    mark = nadia.locator("time.due")
    assert mark.inner_text().startswith("in 2 h ")

    def later(minutes: int) -> str:
        # Asked and read in one breath: the page tells the time by itself every now and then.
        shown: str = nadia.evaluate(
            """async (minutes) => {
                const due = await import('/static/agent/due.js');
                due.refresh(Date.now() + minutes * 60_000);
                const mark = document.querySelector('time.due');
                return `${mark.firstChild.textContent} ${mark.className}`;
            }""",
            minutes,
        )
        return shown

    assert later(100).startswith(("in 49 min due due-soon", "in 50 min due due-soon"))
    assert later(215).startswith(("1 h 05 late due due-late", "1 h 06 late due due-late"))
    assert "First response" in mark.inner_text()
