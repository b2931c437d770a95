"""A calendar is refused where it is entered, with all that is wrong and what to do about it."""

from __future__ import annotations

from datetime import date

import pytest

from entraide.sla.calendar import Calendar
from entraide.sla.problems import CalendarError

VALID = {"tz": "Europe/Zurich", "hours": {"mon": [["08:00", "12:00"]]}}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tz": "Europe/Geneva"}, '"Europe/Geneva" is not known'),
        ({"tz": "../etc/passwd"}, "is not known"),
        ({"tz": "Europe"}, "is not known"),
        ({"tz": ""}, "is not known"),
        ({"tz": 1}, "is not known"),
        ({"zone": "UTC"}, '"zone" is not known in "calendar"; it may hold tz, hours'),
        ({"hours": {"monday": []}}, '"monday" in "hours" is not a day of the week; write mon, tue'),
        ({"hours": [["08:00", "12:00"]]}, '"hours" must be a JSON object'),
        ({"hours": {"mon": "08:00-12:00"}}, '"hours.mon" must be a list of intervals'),
        ({"hours": {"mon": ["08:00"]}}, "is not an interval"),
        ({"hours": {"mon": [["08:00", "12:00", "13:00"]]}}, "is not an interval"),
        ({"hours": {"mon": [["8h", "12:00"]]}}, '"8h" in "hours.mon" is not a time'),
        ({"hours": {"mon": [["08:60", "12:00"]]}}, '"08:60" in "hours.mon" is not a time'),
        ({"hours": {"mon": [["08:00", "48:01"]]}}, '"48:01" in "hours.mon" is not a time'),
        ({"hours": {"mon": [[8, "12:00"]]}}, '"8" in "hours.mon" is not a time'),
        ({"hours": {"mon": [["22:00", "06:00"]]}}, "if it passes midnight, write 22:00-30:00"),
        ({"hours": {"mon": [["08:00", "08:00"]]}}, "does not end after it starts"),
        ({"hours": {"mon": [["25:00", "30:00"]]}}, "starts on the day after; write it there, from 01:00"),
        ({"hours": {"mon": [["11:00", "14:00"], ["08:00", "12:00"]]}}, '08:00-12:00 and 11:00-14:00 in "hours.mon"'),
        (
            {"hours": {"mon": [["22:00", "30:00"]], "tue": [["05:00", "12:00"]]}},
            '22:00-30:00 in "hours.mon" passes midnight and overlaps 05:00-12:00 in "hours.tue"',
        ),
        (
            {"hours": {"sun": [["22:00", "30:00"]], "mon": [["05:00", "12:00"]]}},
            '22:00-30:00 in "hours.sun" passes midnight and overlaps 05:00-12:00 in "hours.mon"',
        ),
        ({"holidays": ["01.08.2026"]}, '"01.08.2026" in "holidays" is not a date; write it as 2026-08-01'),
        ({"holidays": ["2026-02-30"]}, '"2026-02-30" in "holidays" is not a date'),
        ({"holidays": [20260801]}, '"20260801" in "holidays" is not a date'),
        ({"holidays": {"country": "XX"}}, 'no public holidays known for country "XX"'),
        ({"holidays": {"country": "CH", "subdivision": "Genf"}}, 'subdivision "Genf"'),
        ({"holidays": {"subdivision": "GE"}}, "no public holidays known"),
        ({"holidays": {"country": "CH", "canton": "GE"}}, '"canton" is not known in "holidays"'),
        ({"holidays": {"country": "CH", "years": 2026}}, '"years" in "holidays" must be a list of years'),
        ({"holiday_exceptions": "2026-08-01"}, '"holiday_exceptions" must be a list of dates'),
        ({"breaks": [["08:00", "12:00"]]}, '"breaks" must be a JSON object'),
        ({"breaks": {"24.12.2026": []}}, '"24.12.2026" in "breaks" is not a date'),
        ({"breaks": {"2026-12-24": [["18:00", "12:00"]]}}, 'in "breaks.2026-12-24" does not end after it starts'),
        ({"overrides": {"2026-12-24": [["08:00", "12:00"], ["09:00", "10:00"]]}}, "overlap"),
        ({"overrides": {"2026-12-24": None}}, '"overrides.2026-12-24" must be a list of intervals'),
    ],
)
def test_a_calendar_with_a_fault_is_refused(changed: dict, said: str) -> None:
    with pytest.raises(CalendarError) as refused:
        Calendar.from_json({**VALID, **changed})
    assert said in str(refused.value)
    assert len(refused.value.problems) == 1
    assert str(refused.value).endswith(".")


def test_all_faults_are_told_at_once() -> None:
    faulty = {"tz": "Mars", "hours": {"mon": [["12:00", "08:00"]], "mo": []}, "holidays": ["soon"], "colour": 1}
    with pytest.raises(CalendarError) as refused:
        Calendar.from_json(faulty)
    assert len(refused.value.problems) == 5


@pytest.mark.parametrize("document", [None, [], "24/7", 7])
def test_what_is_not_an_object_is_no_calendar(document: object) -> None:
    with pytest.raises(CalendarError, match="must be a JSON object"):
        Calendar.from_json(document)


def test_the_zone_must_be_said_even_if_it_is_none() -> None:
    with pytest.raises(CalendarError, match='has no "tz"'):
        Calendar.from_json({"hours": {}})
    assert Calendar.from_json({"tz": None, "hours": {}}).zone is None


def test_intervals_that_touch_do_not_overlap() -> None:
    Calendar.from_json(
        {"tz": "UTC", "hours": {"mon": [["08:00", "12:00"], ["12:00", "30:00"]], "tue": [["06:00", "07:00"]]}}
    )


def test_an_override_may_lie_over_the_night_before() -> None:
    Calendar.from_json(
        {**VALID, "hours": {"mon": [["22:00", "30:00"]]}, "overrides": {"2026-03-03": [["05:00", "9:00"]]}}
    )


def test_holidays_of_a_canton_with_own_dates_and_without_exceptions() -> None:
    geneva = Calendar.from_json(
        {
            **VALID,
            "holidays": {"country": "CH", "subdivision": "GE", "dates": ["2026-05-15"]},
            "holiday_exceptions": ["2026-09-10", "2026-05-15"],
        }
    )
    assert geneva.is_holiday(date(2026, 12, 31))  # Restauration de la République
    assert geneva.is_holiday(date(2031, 9, 11))  # Jeûne genevois: the Thursday after the first Sunday
    assert not geneva.is_holiday(date(2026, 9, 10))
    assert not geneva.is_holiday(date(2026, 5, 15))


def test_holidays_of_some_years_only_beside_own_dates() -> None:
    mixed = Calendar.from_json({**VALID, "holidays": ["2026-03-02", {"country": "CH", "years": [2026]}]})
    assert [mixed.is_holiday(day) for day in (date(2026, 3, 2), date(2026, 8, 1), date(2027, 8, 1))] == [
        True,
        True,
        False,
    ]


def test_a_calendar_never_changes() -> None:
    calendar = Calendar.from_json({**VALID, "overrides": {"2026-03-03": []}})
    with pytest.raises(AttributeError):
        calendar.tz = "UTC"  # type: ignore[misc]
    with pytest.raises(TypeError):
        calendar.overrides[date(2026, 3, 3)] = ()  # type: ignore[index]
