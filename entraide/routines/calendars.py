"""Which days are worked, by the calendar of a recurring ticket as it is now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from entraide.routines.models import RecurringTicket
from entraide.routines.schedule import office_days
from entraide.sla.models import CoverageCalendar
from entraide.sla.plans import calendar_of
from entraide.sla.working_days import is_working_day


def working_days(calendar: CoverageCalendar | None) -> Callable[[date], bool]:
    """Return what tells whether a day is worked: by this calendar, or from Monday to Friday."""
    if calendar is None:
        return office_days
    version = calendar_of(calendar.current.pk)
    return lambda day: is_working_day(version, on=day)


def working_days_of(row: RecurringTicket) -> Callable[[date], bool]:
    return working_days(row.calendar)
