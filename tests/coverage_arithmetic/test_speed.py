"""A deadline costs a bisection, not a walk: bounds in CPU time, ten times what a slow machine needs."""

from __future__ import annotations

import json
import time

from bench.coverage import OFFICE, deadlines, measures
from entraide.sla.compute import compute_line


def test_ten_thousand_deadlines_over_a_year_take_less_than_a_second() -> None:
    assert deadlines(10_000) < 1
    assert measures(10_000) < 1


def test_a_calendar_asked_many_times_is_read_once() -> None:
    case = {"calendar": OFFICE, "operation": "add", "duration_minutes": 2_400, "start": "2026-03-02T10:00:00+01:00"}
    line = json.dumps(case)
    begun = time.process_time()
    for _ in range(3_000):
        compute_line(line)
    assert time.process_time() - begun < 1.5


def test_a_calendar_that_is_never_open_and_an_absurd_duration_end_soon() -> None:
    begun = time.process_time()
    for calendar in (
        {"tz": "Europe/Zurich", "hours": {}},
        {"tz": "Europe/Zurich", "hours": {"mon": [["08:00", "08:01"]]}},
    ):
        case = {"calendar": calendar, "operation": "add", "duration_minutes": 50_000_000, "start": "2026-03-02"}
        assert "error" in json.loads(compute_line(json.dumps(case)))
    assert time.process_time() - begun < 5
