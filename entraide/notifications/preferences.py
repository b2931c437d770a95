"""When a mail, or a message to a browser, may go to somebody who has said when they want none: pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from entraide.sla.wall_time import from_wall_reading

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Quiet:
    """From `begins` until `ends`, on `days` (Monday is 0). An end that is not later than the beginning is the next day's."""

    begins: time
    ends: time
    days: frozenset[int]

    @property
    def never_ends(self) -> bool:
        return self.begins == self.ends and len(self.days) == 7


@dataclass(frozen=True)
class Preference:
    """How one person wants to be told of one kind; `zone` is that of their organisation."""

    in_console: bool
    by_mail: bool
    zone: ZoneInfo
    in_browser: bool = True
    # The keys of the browsers in which they asked to be told.
    browser_ids: tuple[int, ...] = ()
    quiet: Quiet | None = None
    absent_until: date | None = None


def when_to_mail(preference: Preference, *, now: datetime, urgent: bool = False) -> datetime | None:
    """Return when a mail may go (`now` where nothing holds it back, UTC otherwise), or None for no mail at all.

    What is urgent goes at once, whatever was chosen. Somebody absent (the last day included) gets nothing else.
    """
    return _when(preference, preference.by_mail, now=now, urgent=urgent)


def when_to_push(preference: Preference, *, now: datetime, urgent: bool = False) -> datetime | None:
    """Return when a message may go to the browsers of this person, or None for not at all: by the same rules as a mail."""
    return _when(preference, preference.in_browser, now=now, urgent=urgent)


def _when(preference: Preference, is_wanted: bool, *, now: datetime, urgent: bool) -> datetime | None:
    if urgent:
        return now
    if not is_wanted or _is_absent(preference, now):
        return None
    quiet = preference.quiet
    if quiet is None:
        return now
    if quiet.never_ends:
        return None
    at = now
    # One quiet time may lead into the next: all Saturday, all Sunday.
    while (end := _end_of_quiet(quiet, at, preference.zone)) is not None:
        at = end
    return at


def _is_absent(preference: Preference, now: datetime) -> bool:
    return preference.absent_until is not None and now.astimezone(preference.zone).date() <= preference.absent_until


def _end_of_quiet(quiet: Quiet, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet time around `at` ends, or None outside of it: it began today, or yesterday evening."""
    today = at.astimezone(zone).date()
    for day in (today, today - DAY):
        if day.weekday() not in quiet.days:
            continue
        last = day if quiet.ends > quiet.begins else day + DAY
        end = _last_instant(datetime.combine(last, quiet.ends), zone)
        if from_wall_reading(datetime.combine(day, quiet.begins), zone=zone) <= at < end:
            return end
    return None


def _last_instant(reading: datetime, zone: ZoneInfo) -> datetime:
    """Return when the wall clock shows `reading` for the last time: what is quiet until 02:30 stays so in both."""
    first = from_wall_reading(reading, zone=zone)
    again = reading.replace(tzinfo=zone, fold=1).astimezone(UTC)
    # A reading that the clock skips has an earlier second one.
    return max(first, again)
