"""Where the clock on the wall meets absolute time.

Instants are whole microseconds since 1970-01-01T00:00Z. Wall time is whole seconds on a line without zone:
`date.toordinal()` × 86,400 plus the seconds since midnight. A `zone` of None has no rules: its wall clock is
read as it stands.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from entraide.sla.problems import Problem, TooFar, gettext_noop

DAY_S = 86_400
SECOND_US = 1_000_000
DAY_US = DAY_S * SECOND_US
MICROSECOND = timedelta(microseconds=1)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WALL = _EPOCH.replace(tzinfo=None)
_EPOCH_WALL_S = EPOCH_ORDINAL * DAY_S
_YEARS = range(1000, 9001)


def first_instant(wall_s: int, *, zone: ZoneInfo | None) -> int:
    """Return the first instant at which the wall clock of `zone` has reached `wall_s`.

    A time that occurs twice (autumn) stands for its first occurrence, and one that the clock skips (spring)
    for the moment of the jump, so that later wall times never come to lie before earlier ones.
    """
    since_epoch_s = wall_s - _EPOCH_WALL_S
    if zone is None:
        return since_epoch_s * SECOND_US
    wall = _EPOCH_WALL + timedelta(seconds=since_epoch_s)
    early = _seconds(zone.utcoffset(wall))
    late = _seconds(zone.utcoffset(wall.replace(fold=1)))
    if late > early:  # PEP 495: only a skipped time has the larger offset in its second fold.
        return _jump(since_epoch_s - late, since_epoch_s - early, wall_s=since_epoch_s, zone=zone) * SECOND_US
    return (since_epoch_s - early) * SECOND_US


def instant(moment: datetime, *, zone: ZoneInfo | None) -> int:
    """Return the instant of `moment`: aware, or with no zone its wall clock as it reads.

    Raises ValueError for a naive moment in a zone, TooFar outside the years 1000 to 9000.
    """
    check_year(moment)
    if zone is None:
        return (moment.replace(tzinfo=None) - _EPOCH_WALL) // MICROSECOND
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no offset; coverage in a time zone needs an aware date-time.")
    return (moment - _EPOCH) // MICROSECOND


def moment(at: int, *, zone: ZoneInfo | None, like: datetime) -> datetime:
    """Return the instant `at` as a date-time: in UTC, or with no zone with the tzinfo (or none) of `like`.

    Not in the zone itself: Python subtracts two date-times of one ZoneInfo as wall clocks, an hour wrong
    across a change of the clock.
    """
    if zone is None:
        return (_EPOCH_WALL + at * MICROSECOND).replace(tzinfo=like.tzinfo)
    return _EPOCH + at * MICROSECOND


def from_wall_reading(reading: datetime, *, zone: ZoneInfo) -> datetime:
    """Return in UTC the first instant at which the wall clock of `zone` has reached a naive `reading`."""
    check_year(reading)
    wall_s, rest = divmod(reading - _EPOCH_WALL, timedelta(seconds=1))
    return _EPOCH + first_instant(_EPOCH_WALL_S + wall_s, zone=zone) * MICROSECOND + rest


def wall_reading(at: datetime, *, zone: ZoneInfo | None) -> datetime:
    """Return what the wall clock of `zone` reads at `at`, without tzinfo; raises as `instant` does."""
    instant(at, zone=zone)
    return (at if zone is None else at.astimezone(zone)).replace(tzinfo=None, fold=0)


def check_year(day: date) -> None:
    """Raise TooFar for a day outside the years 1000 to 9000."""
    if day.year not in _YEARS:
        message = gettext_noop("The year %(year)s is out of reach; use a date between the years 1000 and 9000.")
        raise TooFar(Problem(message, {"year": day.year}))


def say(at: int, *, zone: ZoneInfo | None) -> str:
    """Return the instant as ISO text for a message, to the minute, in the calendar's own zone."""
    shown = _EPOCH + at * MICROSECOND
    if zone is None:
        return shown.replace(tzinfo=None).isoformat(timespec="minutes")
    return shown.astimezone(zone).isoformat(timespec="minutes")


def _jump(before_s: int, after_s: int, *, wall_s: int, zone: ZoneInfo) -> int:
    """Return the second of the clock's jump over `wall_s`, which lies after `before_s` and up to
    `after_s`."""
    while after_s - before_s > 1:
        middle_s = (before_s + after_s) // 2
        offset = (_EPOCH + timedelta(seconds=middle_s)).astimezone(zone).utcoffset()
        if middle_s + _seconds(offset) >= wall_s:
            after_s = middle_s
        else:
            before_s = middle_s
    return after_s


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None  # a ZoneInfo always has one
    return offset // timedelta(seconds=1)
