"""English dates are written as in Europe, everywhere: the day before the month, the hours to twenty-four."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation
from django.utils.formats import date_format

import entraide
from entraide.look import dates

SOURCE = Path(entraide.__file__).parent
INSTANT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Geneva
NAMED = ("DATE_FORMAT", "SHORT_DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT")
WRITTEN = re.compile(r"""\bdate:["']([^"']+)["']|date_format\([^"'\n]*["']([^"'\n]+)["']""")
TWELVE_HOURS, DAY, MONTH = set("aAfgGhP"), set("dj"), set("bEFmMnN")


@pytest.mark.parametrize("name", NAMED)
def test_a_named_format_reads_day_month_year(name: str) -> None:
    with translation.override("en"):
        said = date_format(INSTANT.replace(hour=10), name)
    assert said == ("2 March 2026, 10:00" if "TIME" in name else "2 March 2026")


def test_a_template_without_a_format_reads_the_same() -> None:
    with translation.override("en"):
        said = Template("{{ at }} · {{ day }} · {{ at|time }}").render(
            Context({"at": INSTANT, "day": date(2026, 3, 2)})
        )
    assert said == "2 March 2026, 10:00 · 2 March 2026 · 10:00"


def test_what_is_typed_is_read_day_first() -> None:
    with translation.override("en"):
        field = forms.DateField()
        assert field.clean("02/03/2026") == field.clean("2026-03-02") == date(2026, 3, 2)


def test_no_format_written_out_in_code_or_template_is_american() -> None:
    wrong, seen = [], 0
    for path in (*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")):
        for found in WRITTEN.finditer(path.read_text()):
            wanted = found.group(1) or found.group(2)
            if wanted.isupper() or wanted == "c":
                continue
            seen += 1
            days = [n for n, letter in enumerate(wanted) if letter in DAY]
            months = [n for n, letter in enumerate(wanted) if letter in MONTH]
            is_iso = wanted.startswith("Y")
            if set(wanted) & TWELVE_HOURS or (days and months and not is_iso and days[0] > months[0]):
                wrong.append(f"{path.relative_to(SOURCE)}: {wanted}")
    assert seen > 40
    assert wrong == []


@pytest.mark.parametrize(
    ("at", "pattern", "written"),
    [
        (date(2026, 1, 1), "j F Y", "1er janvier 2026"),
        (datetime(2026, 5, 1, 14, 30, tzinfo=ZoneInfo("Europe/Zurich")), "l j F, H:i", "vendredi 1er mai, 14:30"),
        (date(2026, 2, 1), "DATE_FORMAT", "1er février 2026"),
        (date(2026, 1, 11), "j F Y", "11 janvier 2026"),
        (date(2026, 1, 1), "j.n.", "1.1."),
        (date(2026, 1, 1), "Y-m-d", "2026-01-01"),
    ],
)
def test_the_first_of_a_month_is_written_as_the_french_say_it(at: date, pattern: str, written: str) -> None:
    with translation.override("fr"):
        assert dates.date_format(at, pattern) == written
        # In templates too, by the filter that they all know.
        assert Template("{{ at|date:pattern }}").render(Context({"at": at, "pattern": pattern})) == written
    with translation.override("en"):
        assert "er" not in dates.date_format(at, pattern).replace("February", "")


def test_a_date_that_is_none_is_written_as_nothing() -> None:
    assert (
        Template("{{ at|date:'j F Y' }}{{ nothing|date:'j F' }}").render(Context({"at": "soon", "nothing": None})) == ""
    )
