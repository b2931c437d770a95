"""Durations are read as people write them, and what the desk says can be read again."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entraide.sla.durations import DurationError, read_duration, say_duration
from entraide.sla.promises import MINUTES_AT_MOST


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45", 45), ("45 min", 45), ("45min", 45), ("90 MIN", 90), ("1 minute", 1), ("4h", 240), ("4 h", 240), ("1h30", 90),
        ("1 h 30", 90), ("1 h 30 min", 90), ("1h05", 65), ("2:30", 150), ("0:45", 45), ("1,5 h", 90), ("1.5h", 90), ("0.25 h", 15),
        (" 8 heures ", 480), ("2\u00a0h\u202f30", 150), ("100 h", 6000), ("8784 h", MINUTES_AT_MOST),
    ],
)  # fmt: skip
def test_a_duration_is_read_as_people_write_it(text: str, minutes: int) -> None:
    assert read_duration(text) == minutes


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "-4h",
        "1h75",
        "2:3",
        "2:75",
        "4h4h",
        "1,33 h",
        "h",
        ":30",
        "1e3",
        "٤h",
        "4 h 30 30",
        "99999999",
        "½ h",
    ],
)
def test_what_is_not_a_duration_is_refused_in_words(text: str) -> None:
    with pytest.raises(DurationError, match="is not a duration"):
        read_duration(text)


@pytest.mark.parametrize("text", ["2 d", "2d", "2 j", "2 days", "2 jours", "2 working days", "2 jours ouvrés"])
def test_a_day_is_as_long_as_the_calendar_is_open_on_one(text: str) -> None:
    assert read_duration(text, open_days=[510] * 5) == 2 * 510
    assert read_duration(text, open_days=[1440] * 7) == 48 * 60, "round the clock a day is a day and its night"


def test_a_day_that_may_be_longer_or_shorter_is_not_guessed() -> None:
    with pytest.raises(DurationError, match="equally long"):
        read_duration("2 d", open_days=[510, 510, 510, 510, 240])
    with pytest.raises(DurationError, match="How long is a day"):
        read_duration("2 j")
    with pytest.raises(DurationError, match="more than a year"):
        read_duration("367 d", open_days=[1440] * 7)


@pytest.mark.parametrize("text", ["0", "0 d", "0 min", "0h", "0:00", "0h00"])
def test_nothing_is_no_promise(text: str) -> None:
    with pytest.raises(DurationError, match="at least one minute"):
        read_duration(text, open_days=[480])


@pytest.mark.parametrize("text", ["527041", "8785 h", "9999999"])
def test_more_than_a_year_of_open_time_is_absurd(text: str) -> None:
    with pytest.raises(DurationError, match="more than a year"):
        read_duration(text)


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1 min"), (45, "45 min"), (60, "1 h"), (90, "1 h 30"), (65, "1 h 05"), (2880, "48 h")]
)
def test_a_duration_is_said_as_the_desk_writes_it(minutes: int, words: str) -> None:
    assert say_duration(minutes) == words


@given(st.integers(1, MINUTES_AT_MOST))
def test_what_is_said_can_be_read_again(minutes: int) -> None:
    assert read_duration(say_duration(minutes)) == minutes


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused_as_not_a_duration(text: str) -> None:
    minutes = 1
    with suppress(DurationError):
        minutes = read_duration(text)
    assert 1 <= minutes <= MINUTES_AT_MOST
