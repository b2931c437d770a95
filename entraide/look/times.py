"""Instants in words, relative to now."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entraide.look.dates import date_format

MINUTE, HOUR, DAY = 60, 3600, 86400


def ago(instant: datetime, *, now: datetime) -> str:
    """Return how long ago `instant` was, or in how long it will be: "5 min ago", "yesterday 16:40", "3 March"."""
    seconds = (now - instant).total_seconds()
    if seconds < -MINUTE:
        return _("in %(span)s") % {"span": span(timedelta(seconds=-seconds))}
    if seconds < MINUTE:
        return _("just now")
    if seconds < HOUR:
        return _("%(n)d min ago") % {"n": seconds // MINUTE}
    here, there = localtime(now), localtime(instant)
    clock = date_format(there, "H:i")
    days = (here.date() - there.date()).days
    if days == 0:
        return _("%(n)d h ago") % {"n": seconds // HOUR}
    if days == 1:
        return _("yesterday %(clock)s") % {"clock": clock}
    if days < 7:
        return f"{date_format(there, 'l')} {clock}"
    return date_format(there, "j F" if here.year == there.year else "j F Y")


def span(length: timedelta) -> str:
    """Return a length of time in its two largest units: "2 h 10", "3 days"."""
    minutes = int(length.total_seconds() // MINUTE)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return _("%(h)d h %(m)02d") % {"h": hours, "m": rest} if rest else _("%(h)d h") % {"h": hours}
    days = minutes // (24 * 60)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def deadline(instant: datetime, *, now: datetime) -> str:
    """Return a deadline in words: "in 2 h 10, today 16:40", "2 days ago"."""
    left = instant - now
    words = _("in %(span)s") if left >= timedelta(0) else _("%(span)s ago")
    return f"{words % {'span': span(abs(left))}}, {by(instant, now=now)}"


def by(instant: datetime, *, now: datetime) -> str:
    """Return the time of an appointment: "today 16:40", "tomorrow 09:00", "12 March 09:00"."""
    here, there = localtime(now), localtime(instant)
    days = (there.date() - here.date()).days
    day = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get(days, date_format(there, "j F"))
    return f"{day} {date_format(there, 'H:i')}"


def between(start: datetime, end: datetime) -> str:
    """Return two instants as "2 Mar 08:00 – 12:30", the day said once where it is the same."""
    first, last = localtime(start), localtime(end)
    day = "" if first.date() == last.date() else f"{date_format(last, 'j N')} "
    return f"{date_format(first, 'j N H:i')} – {day}{date_format(last, 'H:i')}"


def exact(instant: datetime) -> str:
    """Return the whole date and time with its zone, for whoever hovers."""
    there = localtime(instant)
    return f"{date_format(there, 'l j F Y, H:i:s')} ({there.tzname()})"
