"""Calendar days of contracts: months that keep the end of a month, and the last days to act. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

# So many days before the notice falls due, people want to know that it will.
WARN_DAYS = 30


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later; the last day of a month stays the last day of a month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    is_month_end = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_month_end else min(day.day, last))


def notice_by(ends_on: date, *, notice_days: int) -> date:
    """Return the last day on which notice can be given."""
    return ends_on - timedelta(days=notice_days)


def warns_on(ends_on: date, *, notice_days: int) -> date:
    """Return the day from which an end is told."""
    return ends_on - timedelta(days=notice_days + WARN_DAYS)


def is_in_force(day: date, *, starts_on: date, ends_on: date | None, renews: bool) -> bool:
    """Tell whether a contract holds on `day`; both ends count.

    One that renews by itself goes on, even if the desk was down on the day of its renewal.
    """
    return starts_on <= day and (renews or ends_on is None or day <= ends_on)
