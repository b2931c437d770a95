"""One JSON case a line, one JSON answer a line, and never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from entraide.sla.command import coverage
from entraide.sla.compute import compute_line

OFFICE = {
    "tz": "Europe/Zurich",
    "hours": {"mon": [["08:00", "12:00"], ["13:30", "18:00"]], "tue": [["08:00", "12:00"]]},
    "holidays": ["2026-08-01", "2026-03-10"],
}
START = "2026-03-02T10:00:00+01:00"


def answer(case: dict, **more: object) -> object:
    return json.loads(compute_line(json.dumps({"calendar": OFFICE, **case, **more})))


def error(line: str) -> str:
    told = json.loads(compute_line(line))
    assert list(told) == ["error"]
    assert told["error"].endswith(".")
    return told["error"]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"operation": "add", "start": START, "duration_minutes": 240}, "2026-03-02T15:30:00+01:00"),
        ({"operation": "add", "start": "2026-03-02T09:00:00Z", "duration_minutes": 0.5}, "2026-03-02T10:00:30+01:00"),
        ({"operation": "add", "start": "2026-03-02T10:00", "duration_minutes": 1e1}, "2026-03-02T10:10:00+01:00"),
        ({"operation": "subtract", "start": START, "duration_minutes": 180}, "2026-02-24T11:00:00+01:00"),
        ({"operation": "minutes_between", "start": START, "end": "2026-03-03"}, 390),
        ({"operation": "minutes_between", "start": "2026-03-02T11:00:15Z", "end": START}, -120),
        ({"operation": "minutes_between", "start": START, "end": "2026-03-02T10:00:45+01:00"}, 0.75),
        ({"operation": "is_open", "start": START}, True),
        ({"operation": "is_open", "at": "2026-03-02T12:00:00+01:00"}, False),
        ({"operation": "next_open", "start": START}, "2026-03-02T13:30:00+01:00"),
        ({"operation": "next_close", "start": START}, "2026-03-02T12:00:00+01:00"),
        ({"operation": "previous_open", "start": START}, "2026-03-02T08:00:00+01:00"),
        ({"operation": "previous_close", "start": START}, "2026-02-24T12:00:00+01:00"),
        (
            {"operation": "periods", "start": START, "end": "2026-03-02T14:00:00+01:00"},
            [
                ["2026-03-02T10:00:00+01:00", "2026-03-02T12:00:00+01:00"],
                ["2026-03-02T13:30:00+01:00", "2026-03-02T14:00:00+01:00"],
            ],
        ),
        ({"operation": "periods", "start": "2026-03-04", "end": "2026-03-05"}, []),
        ({"operation": "is_holiday", "date": "2026-08-01"}, True),
        ({"operation": "is_holiday", "start": "2026-07-31T22:00:00Z"}, True),  # midnight in Zurich
        ({"operation": "is_working_day", "start": "2026-03-10"}, False),
        ({"operation": "add_working_days", "start": "2026-03-02", "days": 2}, "2026-03-09"),
        ({"operation": "add_working_days", "start": START, "working_days": 2.0}, "2026-03-09T10:00:00+01:00"),
        ({"operation": "working_days_between", "start": "2026-03-02", "end": START}, 0),
        ({"operation": "working_days_between", "start": "2026-03-02", "end": "2026-03-09"}, 2),
        (
            {
                "operation": "sla_target",
                "start": START,
                "duration_minutes": 60,
                "pauses": [["2026-03-02T10:30:00+01:00", "2026-03-02T11:30:00+01:00"]],
            },
            "2026-03-02T12:00:00+01:00",
        ),
        (
            {"operation": "sla_target", "start": START, "duration_minutes": 60, "pauses": None},
            "2026-03-02T11:00:00+01:00",
        ),
    ],
)
def test_every_operation_answers(case: dict, expected: object) -> None:
    given = answer(case)
    assert given == expected
    assert type(given) is type(expected)


def test_wall_clock_answers_keep_the_offset_or_its_absence() -> None:
    wall = {"calendar": {**OFFICE, "tz": None}, "operation": "add", "duration_minutes": 240}
    assert answer(wall, start="2026-03-02T10:00:00") == "2026-03-02T15:30:00"
    assert answer(wall, start="2026-03-02T10:00:00-05:00") == "2026-03-02T15:30:00-05:00"


def test_a_case_may_carry_keys_of_its_own_but_not_one_that_looks_misspelt() -> None:
    case = {"operation": "is_open", "start": START, "name": "Monday at ten", "expect": True, "end": None}
    assert answer(case) is True
    said = error(json.dumps({"calendar": OFFICE, **case, "pause": []}))
    assert 'write "pauses"' in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("1" * 5_000, "not JSON"),
        ("[]", "must be a JSON object"),
        ('{"operation": "add"}', 'has no "calendar"'),
        ('{"calendar": {"tz": null}}', 'has no "operation"'),
        ('{"calendar": {"tz": null}, "operation": "multiply"}', '"multiply" is not known; choose one of add'),
        ('{"calendar": {"tz": null}, "operation": ["add"]}', "is not known; choose one of add"),
        ('{"calendar": 3, "operation": "add"}', "must be a JSON object"),
        ('{"calendar": {"tz": null, "tz": "UTC"}, "operation": "add"}', '"tz" is given twice'),
        ('{"calendar": {"tz": null}, "operation": "add", "start": NaN}', "NaN is not a number"),
        ('{"calendar": {"tz": null}, "operation": "is_open", "start": "\\ud800"}', "is not a time"),
    ],
)
def test_a_line_that_is_no_case_is_answered_with_what_to_do(line: str, said: str) -> None:
    assert said in error(line)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"operation": "add", "duration_minutes": 5}, 'needs "start"'),
        ({"operation": "add", "start": START}, 'needs "duration_minutes"'),
        ({"operation": "add", "start": START, "duration_minutes": "240"}, "must be a number"),
        ({"operation": "add", "start": START, "duration_minutes": True}, "must be a number"),
        ({"operation": "add", "start": START, "duration_minutes": 10**400}, "hundred years"),
        ({"operation": "add", "start": START, "duration_minutes": 1e300}, "hundred years"),
        ({"operation": "add", "start": "tomorrow", "duration_minutes": 5}, '"tomorrow" in "start" is not a time'),
        ({"operation": "add", "start": 1772442000, "duration_minutes": 5}, "is not a time"),
        ({"operation": "is_open", "start": "0001-01-01T00:00:00"}, "out of reach"),
        ({"operation": "is_holiday", "start": "2026-02-30"}, "is not a time"),
        ({"operation": "is_holiday", "start": "9999-12-31"}, "out of reach"),
        ({"operation": "minutes_between", "start": START}, 'needs "end"'),
        ({"operation": "periods", "start": START, "end": "2026-03-01"}, "before the start"),
        ({"operation": "add_working_days", "start": START}, 'needs "days"'),
        ({"operation": "add_working_days", "start": START, "days": 1.5}, "whole number"),
        ({"operation": "sla_target", "start": START, "duration_minutes": 5, "pauses": [["2026-03-02"]]}, "pairs"),
        (
            {"operation": "sla_target", "start": START, "duration_minutes": 5, "pauses": [[START, None]]},
            "is not a time",
        ),
        ({"operation": "sla_target", "start": START, "duration_minutes": -5}, "negative"),
    ],
)
def test_a_case_that_cannot_be_answered_says_why(case: dict, said: str) -> None:
    assert said in error(json.dumps({"calendar": OFFICE, **case}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([START, "08:00", "48:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.sampled_from(["add", "subtract", "sla_target", "add_working_days", "periods", "is_holiday", "next_close"]),
    st.dictionaries(
        st.sampled_from(["start", "end", "duration_minutes", "days", "pauses", "date"]), json_values, max_size=6
    ),
    st.dictionaries(
        st.sampled_from(["tz", "hours", "holidays", "breaks", "overrides", "holiday_exceptions"]),
        json_values | st.dictionaries(st.sampled_from(["mon", "2026-03-02", "country"]), json_values),
    ),
)
def test_no_case_whatever_ends_in_a_traceback(operation: str, parts: dict, calendar: dict) -> None:
    for document in (calendar, OFFICE):
        told = compute_line(json.dumps({"calendar": document, "operation": operation, **parts}))
        assert "\n" not in told
        json.loads(told)


def test_one_bad_line_does_not_stop_the_rest() -> None:
    good = json.dumps({"calendar": OFFICE, "operation": "is_open", "start": START})
    done = CliRunner().invoke(
        coverage, ["compute"], input=b"\xef\xbb\xbf%s\n\n\xff{\n%s" % (good.encode(), good.encode())
    )
    assert done.exit_code == 0
    first, second, third = done.output.splitlines()
    assert (first, third) == ("true", "true")
    assert "not JSON" in json.loads(second)["error"]


def test_a_script_gets_each_answer_before_it_asks_the_next_question() -> None:
    command = [sys.executable, "-c", "from entraide.sla.command import coverage; coverage()", "compute"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        for operation, expected in (("is_open", "true\n"), ("is_holiday", "false\n")):
            question = {"calendar": OFFICE, "operation": operation, "start": START}
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == expected
        process.stdin.close()
    assert process.returncode == 0


def test_the_arithmetic_does_not_load_django() -> None:
    code = "import sys, entraide.sla.command; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
