"""The form of a coverage calendar, and its "when would it be due?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from entraide.agent.calendar_text import Document, document_from, typed_from
from entraide.agent.calendar_words import Bar, day_name, field_of, open_days, sentence, week_bars
from entraide.core.clock import now
from entraide.look.dates import date_format
from entraide.look.punctuation import each_in_quotes
from entraide.sla.calendar import Calendar
from entraide.sla.calendar_json import WEEKDAYS
from entraide.sla.coverage import periods
from entraide.sla.durations import read_duration, say_duration
from entraide.sla.holiday_names import countries, holiday_names, regions
from entraide.sla.models import Agreement, AgreementVersion, CoverageCalendar
from entraide.sla.pauses import sla_target
from entraide.sla.problems import CoverageError, Problem
from entraide.sla.publishing import check_calendar
from entraide.sla.wall_time import from_wall_reading

MOST_TYPED = 200_000
STRETCHES_SHOWN = 40


@dataclass(frozen=True)
class Holiday:
    """One line of the list of holidays; `name` is empty for a date that is no public holiday (any more)."""

    day: date
    name: str
    is_worked: bool


class CalendarForm(forms.Form):
    """Everything of a calendar, typed; `document` is what it makes, checked once the form is valid."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=120)
    is_active = forms.BooleanField(label=gettext_lazy("active"), required=False)
    tz = forms.CharField(
        label=gettext_lazy("time zone"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    country = forms.CharField(label=gettext_lazy("country"), required=False, max_length=10)
    region = forms.CharField(label=gettext_lazy("canton or region"), required=False, max_length=40)
    closed = forms.CharField(
        label=gettext_lazy("own closed dates"),
        required=False,
        max_length=MOST_TYPED,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, as in 2026-05-15."),
    )
    breaks = forms.CharField(
        label=gettext_lazy("breaks"),
        required=False,
        max_length=MOST_TYPED,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy("Cut out of what is open then; one a line, as in 2026-12-24 12:00-18:00."),
    )
    overrides = forms.CharField(
        label=gettext_lazy("other hours"),
        required=False,
        max_length=MOST_TYPED,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy("Instead of the weekly hours and of a holiday, as in 2026-08-01 09:00-12:00; a date alone is closed."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("reason of the change"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Stands in the list of versions, for whoever asks later."),
    )

    def __init__(self, data: Any, *, known: CoverageCalendar | None, before: Mapping[str, Any]) -> None:
        initial = {"name": known.name if known else "", "is_active": known.is_active if known else True}
        super().__init__(data, initial={**initial, **typed_from(before)})
        self.known, self.before = known, before
        self.document: Document = {}
        self.problems: list[str] = []
        self.week_errors: list[str] = []
        for day in WEEKDAYS:
            widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
            self.fields[day] = forms.CharField(label=day_name(day), required=False, max_length=300, widget=widget)
        self.fields["country"].widget = forms.Select(choices=[("", _("none")), *countries(_language())])
        self.fields["region"].widget = forms.Select(choices=[("", _("the whole country")), *regions(self.typed("country"))])  # fmt: skip

    def typed(self, field: str) -> str:
        """Return what stands in a field now, typed or stored."""
        return str(self[field].value() or "")

    @property
    def worked(self) -> list[str]:
        sent: Any = self.data
        stored: list[str] = self.initial["worked"]
        return list(sent.getlist("worked")[:400]) if self.is_bound else stored

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = CoverageCalendar.objects.filter(name=name)
        if (others.exclude(pk=self.known.pk) if self.known else others).exists():
            raise forms.ValidationError(_("There is a calendar of this name already."))
        return name

    def clean_is_active(self) -> bool:
        is_active: bool = self.cleaned_data["is_active"]
        if self.known is not None and not is_active and (users := active_users(self.known)):
            raise forms.ValidationError(still_used(users))
        return is_active

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("region") and cleaned["region"] not in dict(regions(cleaned.get("country") or "")):
            # The region of the country that was chosen before.
            cleaned["region"] = ""
        faults: dict[str, list[Problem]] = {}
        self.document = document_from({**cleaned, "worked": self.worked}, before=self.before, problems=faults)
        for field, problems in faults.items():
            for problem in problems:
                self._refuse(field, problem)
        try:
            check_calendar(self.document)
        except CoverageError as error:
            self._refuse_all(error, is_unreadable=bool(faults))
        return cleaned

    def says_the_same(self) -> bool:
        """Tell whether nothing but the name or the reason was changed."""
        return self.document == document_from(typed_from(self.before), before=self.before, problems={})

    def zone(self) -> ZoneInfo | None:
        """Return the zone that is typed, or None when there is no such zone."""
        try:
            return ZoneInfo(self.typed("tz")) if self.typed("tz") else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None

    def week(self) -> list[tuple[Any, Bar]]:
        hours = document_from({day: self.typed(day) for day in WEEKDAYS}, before={}, problems={})["hours"]
        return [(self[bar.day], bar) for bar in week_bars(hours)]

    def holidays(self) -> list[tuple[int, list[Holiday]]]:
        """Return the public holidays of this year and the next, and whatever else is said to be worked, by year."""
        known: dict[date, str] = {}
        region = self.typed("region")
        country = self.typed("country")
        if region not in dict(regions(country)):
            region = ""
        this_year = now().astimezone(self.zone()).year
        for year in (this_year, this_year + 1) if country in dict(countries(_language())) else ():
            known |= holiday_names(country, subdivision=region or None, year=year, language=_language())
        worked = {day for day in map(_date, self.worked) if day}
        lines = [Holiday(day, known.get(day, ""), day in worked) for day in sorted({*known, *worked})]
        return [(year, [each for each in lines if each.day.year == year]) for year in sorted({each.day.year for each in lines})]  # fmt: skip

    def _refuse_all(self, error: CoverageError, *, is_unreadable: bool) -> None:
        if self.document["tz"] is None:
            self._refuse("tz", error.problems[0])
            # That was all it looked at: the rest may be wrong, too.
            try:
                check_calendar({**self.document, "tz": "UTC"})
                return
            except CoverageError as other:
                error = other
        for problem in error.problems:
            # Hours that could not be read are why there are none.
            if field_of(problem, error) != "week" or not is_unreadable:
                self._refuse(field_of(problem, error), problem)

    def _refuse(self, field: str | None, problem: Problem) -> None:
        words = sentence(problem)
        self.problems.append(words)
        if field == "week":
            self.week_errors.append(words)
        self.add_error(field if field in self.fields else None, words)


@dataclass(frozen=True)
class Stretch:
    """Open time on the way to the due time; `x` and `width` of the whole, in thousandths."""

    words: str
    length: str
    x: int
    width: int


@dataclass(frozen=True)
class Due:
    """When it would be due, or in `faults` why that cannot be said."""

    faults: tuple[str, ...] = ()
    at: datetime | None = None
    words: str = ""
    stretches: tuple[Stretch, ...] = ()
    more: int = 0


def due(form: CalendarForm) -> Due:
    """Answer "when would it be due?" for the calendar as it is typed now."""
    others = ("name", "is_active", "reason")
    calendar_faults = [str(each) for name, errors in form.errors.items() if name not in others for each in errors]
    if calendar_faults:
        return Due((_("The calendar itself cannot be used yet:"), *calendar_faults))
    calendar = Calendar.from_json(form.document)
    zone = calendar.zone
    assert zone is not None  # check_calendar() refuses a calendar without
    start = _wall(form.data.get("start", ""), zone)
    if start is None:
        return Due((_("Say from when, as a date and a time."),))
    pauses = []
    for line in filter(str.strip, form.data.get("pauses", "")[:2000].splitlines()):
        pause = _pause(line, zone)
        if pause is None:
            return Due((_("“%(line)s” is not a pause; write it as in 2026-11-24 10:00 - 2026-11-24 11:30.") % {"line": line[:60]},))  # fmt: skip
        if pause[1] < pause[0]:
            return Due((_("The pause “%(line)s” ends before it starts; exchange its two times.") % {"line": line.strip()[:60]},))  # fmt: skip
        pauses.append(pause)
    try:
        minutes = read_duration(form.data.get("duration", ""), open_days=open_days(form.document["hours"]))
        at = sla_target(calendar, start=start, duration=timedelta(minutes=minutes), pauses=pauses)
        used = _without_pauses(periods(calendar, start=start, end=at), pauses)
    except CoverageError as error:
        return Due(tuple(sentence(each) for each in error.problems))
    stretches = tuple(_stretches(used, zone, of=timedelta(minutes=minutes)))
    there = at.astimezone(zone)
    words = f"{date_format(there, 'l j F Y, H:i')} ({there.tzname()})"
    return Due((), there, words, stretches[:STRETCHES_SHOWN], max(0, len(stretches) - STRETCHES_SHOWN))


def active_users(calendar: CoverageCalendar) -> list[Agreement]:
    """Return the active agreements whose version in force uses this calendar."""
    return [each for each in users_by_calendar().get(calendar.pk, []) if each.is_active]


def users_by_calendar() -> dict[int, list[Agreement]]:
    """Return the agreements whose version in force uses each calendar, by its id."""
    newest = AgreementVersion.objects.order_by("agreement_id", "-number").distinct("agreement_id")
    found: dict[int, list[Agreement]] = {}
    for version in newest.select_related("agreement"):
        for key in version.document["calendars"]:
            found.setdefault(int(key), []).append(version.agreement)
    return found


def still_used(users: list[Agreement]) -> str:
    names = each_in_quotes(each.name for each in users)
    return _("Agreements in force use this calendar: %(names)s. Give them another calendar first.") % {"names": names}


def _stretches(used: list[tuple[datetime, datetime]], zone: ZoneInfo, *, of: timedelta) -> list[Stretch]:
    found, passed = [], timedelta(0)
    for start, end in used:
        length = end - start
        x, width = round(1000 * (passed / of)), max(1, round(1000 * (length / of)))
        first, last = start.astimezone(zone), end.astimezone(zone)
        until = "" if last.date() == first.date() else f"{date_format(last, 'D j F')} "
        words = f"{date_format(first, 'D j F H:i')} – {until}{date_format(last, 'H:i')}"
        found.append(Stretch(words, say_duration(int(length.total_seconds() // 60)), x, width))
        passed += length
    return found


def _without_pauses(
    openings: list[tuple[datetime, datetime]], pauses: list[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    for pause_start, pause_end in pauses:
        cut = []
        for start, end in openings:
            cut += [(start, min(end, pause_start)), (max(start, pause_end), end)]
        openings = [(start, end) for start, end in cut if start < end]
    return openings


def _pause(line: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    first, _dash, last = line.replace("–", " - ").partition(" - ")
    last = last.strip()
    if len(last) <= 5:
        # The same day, said once.
        last = f"{first.strip()[:10]} {last}"
    start, end = _wall(first, zone), _wall(last, zone)
    return (start, end) if start is not None and end is not None else None


def _wall(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the first instant at which the clock of `zone` reads so, or None for what is no date and time."""
    try:
        reading = datetime.fromisoformat(text.strip())
        return from_wall_reading(reading, zone=zone) if reading.tzinfo is None and len(text.strip()) > 10 else None
    except (ValueError, CoverageError):
        return None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _language() -> str:
    return get_language() or "fr"
