"""The schedule of a recurring ticket in one sentence, and its changes in words."""

from __future__ import annotations

from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from entraide.routines.models import MonthRule, OffDays, RecurringTicket, Unit
from entraide.routines.schedule import Schedule

NTH: dict[int, Any] = {
    1: gettext_lazy("the first"), 2: gettext_lazy("the second"), 3: gettext_lazy("the third"), 4: gettext_lazy("the fourth"),
    -1: gettext_lazy("the last"),
}  # fmt: skip


def schedule_sentence(schedule: Schedule) -> str:
    """Return "Every 2 weeks on Monday and Thursday, at 08:00"."""
    return capfirst(_("%(rhythm)s, at %(time)s") % {"rhythm": _rhythm(schedule), "time": f"{schedule.at:%H:%M}"})


def field_name(name: str) -> str:
    """Return what people call a field of a recurring ticket."""
    field: Any = RecurringTicket._meta.get_field(name)
    return str(field.verbose_name)


def value_words(name: str, value: Any, names: dict[tuple[str, int], str]) -> str:
    """Return the value of a changed field as people say it."""
    if value in (None, "", []):
        return _("none")
    if name.endswith("_id"):
        return names.get((name, value), "?")
    match name:
        case "unit":
            return str(Unit(value).label)
        case "month_rule":
            return str(MonthRule(value).label)
        case "off_days":
            return str(OffDays(value).label)
        case "weekdays":
            return ", ".join(str(WEEKDAYS[day]) for day in value)
        case "month_weekday":
            return str(WEEKDAYS[value])
        case "month_nth":
            return str(NTH[value])
        case "at":
            return str(value)[:5]
        case _:
            return str(value)


def _rhythm(schedule: Schedule) -> str:
    n = schedule.every
    if schedule.unit == "day":
        return ngettext("every day", "every %(n)d days", n) % {"n": n}
    if schedule.unit == "week":
        days = [str(WEEKDAYS[day]) for day in schedule.weekdays or (schedule.starts_on.weekday(),)]
        joined = _(" and ").join([", ".join(days[:-1]), days[-1]] if len(days) > 1 else days)
        return ngettext("every week on %(days)s", "every %(n)d weeks on %(days)s", n) % {"n": n, "days": joined}
    months = ngettext("every month", "every %(n)d months", n) % {"n": n}
    match schedule.month_rule:
        case "weekday":
            nth, day = str(NTH[schedule.month_nth]), str(WEEKDAYS[schedule.month_weekday])
            return _("%(months)s on %(nth)s %(day)s") % {"months": months, "nth": nth, "day": day}
        case "last_working_day":
            return _("%(months)s on the last working day") % {"months": months}
        case _:
            return _("%(months)s on day %(day)d") % {"months": months, "day": schedule.month_day}
