"""Months as texts, figures as arithmetic, cells that are no formulas."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from entraide.reports.export import csv_lines, defused, xlsx
from entraide.reports.figures import Overrun, Tally, figures
from entraide.reports.months import BadMonth, Month

ZURICH = ZoneInfo("Europe/Zurich")


def test_a_month_goes_from_midnight_to_midnight_of_its_zone() -> None:
    month = Month.read("2026-10")
    assert (month.start(ZURICH).isoformat(), month.end(ZURICH).isoformat()) == (
        "2026-10-01T00:00:00+02:00",
        "2026-11-01T00:00:00+01:00",
    )
    assert (str(month.previous), str(month.following)) == ("2026-09", "2026-11")
    assert (str(Month(2026, 1).previous), str(Month(2026, 12).following)) == ("2025-12", "2027-01")
    assert Month.of(datetime(2026, 10, 31, 23, 30, tzinfo=UTC), zone=ZURICH) == Month(2026, 11)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "11.2026", "0000-01", "9999-12", "novembre", "2026-1", "²026-01"]
)
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(BadMonth):
        Month.read(text)


def test_one_missed_of_a_thousand_and_one_is_not_a_hundred_percent() -> None:
    assert Tally(1000, 1).kept_percent == 99.9
    assert Tally(5, 0).kept_percent == 100
    assert Tally().kept_percent is None


def test_open_hours_and_clock_time_have_each_their_median_and_worst() -> None:
    hours = [(1, 20), (2, 3), (9, 9)]
    line = figures(Tally(1, 3), Tally(1, 1), [Overrun(timedelta(hours=a), timedelta(hours=b)) for a, b in hours])
    assert line.median == Overrun(timedelta(hours=2), timedelta(hours=9))
    assert line.worst == Overrun(timedelta(hours=9), timedelta(hours=20))
    assert line.change_points == -25


@pytest.mark.parametrize("text", ["=1+1", "+41 22", "-5", "@SUM(A1)", "\tx", "\r=x"])
def test_text_that_a_spreadsheet_would_run_is_defused_in_both_kinds_of_file(text: str) -> None:
    assert defused(text) == f"'{text}"
    (line,) = csv.reader(io.StringIO("".join(csv_lines([[text]], zone=ZURICH, is_start=False)), newline=""))
    # A program that parts lines by themselves would begin anew after a line break.
    assert line == ["'\r'=x" if text == "\r=x" else f"'{text}"]
    sheet = load_workbook(io.BytesIO(xlsx(["A"], [[text]], title="t", zone=ZURICH))).active
    assert sheet["A2"].data_type == "s"
    assert str(sheet["A2"].value).startswith("'")


def test_numbers_stay_numbers_and_times_are_those_of_the_zone() -> None:
    instant = datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    rows = [["x\x00y", -3, 2.5, instant, None]]
    text = "".join(csv_lines(rows, zone=ZURICH, is_start=True))
    assert text == "\ufeffx\x00y,-3,2.5,2026-07-01T08:30:00+02:00,\r\n"
    sheet = load_workbook(io.BytesIO(xlsx(list("abcde"), rows, title="a/b", zone=ZURICH))).active
    there = datetime(2026, 7, 1, 8, 30)  # noqa: DTZ001 (a spreadsheet's)
    assert [cell.value for cell in sheet[2]] == ["xy", -3, 2.5, there, None]
    assert sheet.freeze_panes == "A2"
