"""Coverage calendars: the hours in which support is owed, changed in versions, with a feed of their dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from entraide.agent.access import needs, takes_post, typed_number
from entraide.agent.agreement_places import with_places
from entraide.agent.agreements import edits_all, edits_some, only_read
from entraide.agent.calendar_feeds import calendar_of_feed, feed_address, newest_renewals, renew_feed
from entraide.agent.calendar_forms import MOST_TYPED, CalendarForm, active_users, due, still_used, users_by_calendar
from entraide.agent.calendar_text import found_text, typed_from, with_added
from entraide.agent.calendar_words import day_in_words, differences, open_time_a_week, sentence, week_bars
from entraide.agent.desk_settings import SECTIONS
from entraide.audit.writing import Subject, write_down_once
from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.sla.calendar import Calendar
from entraide.sla.feed import feed_of
from entraide.sla.icalendar_file import MOST_BYTES, read_icalendar
from entraide.sla.models import CalendarVersion, CoverageCalendar
from entraide.sla.problems import CoverageError
from entraide.sla.publishing import publish_calendar

VERSIONS_SHOWN = 30
# Regions of the page that htmx asks for alone, by the id of their element.
PARTS = ("week", "holidays", "due-answer")
PARTS_OF_THE_WORLD = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
}  # fmt: skip
# Calendar programs ask every few minutes.
ONE_FETCH = timedelta(days=1)


@needs("agreement.see")
def calendars(request: Any) -> HttpResponse:
    """All calendars with a picture of their week and the agreements that use them."""
    newest = {
        each.calendar_id: each
        for each in CalendarVersion.objects.order_by("calendar_id", "-number")
        .distinct("calendar_id")
        .select_related("published_by")
    }
    users = users_by_calendar()
    rows = [
        {
            "calendar": each,
            "version": newest[each.pk],
            "week": week_bars(newest[each.pk].document.get("hours", {})),
            "open_time": open_time_a_week(newest[each.pk].document.get("hours", {})),
            "users": users.get(each.pk, []),
        }
        for each in CoverageCalendar.objects.order_by("-is_active", "name")
        if each.pk in newest
    ]
    return render(request, "agent/calendars.html", {"rows": rows, "may_edit": edits_all(request), **frame()})


@needs("agreement.see", to_write="settings.edit")
def calendar(request: Any, key: int | None = None) -> HttpResponse:
    """One calendar as a form; saving publishes a new version. Other buttons look at what is typed and save nothing."""
    known = find_calendar(key) if key is not None else None
    if not edits_some(request):
        if known is None:
            raise Http404
        return _reading(request, known)
    before = known.current.document if known else new_document()
    if request.method != "POST":
        return _page(request, known, CalendarForm(None, known=known, before=before))
    if not edits_all(request):
        return only_read(request)
    form = CalendarForm(request.POST, known=known, before=before)
    is_valid = form.is_valid()
    if "try" in request.POST:
        answer = due(form)
        form.errors.clear()
        return _page(request, known, form, due=answer)
    if "import" in request.POST or "take" in request.POST:
        return _imported(request, known, form)
    if "look" in request.POST:
        form.errors.clear()
        return _page(request, known, form)
    if not is_valid:
        return _page(request, known, form, status=422)
    try:
        with transaction.atomic():
            saved, version = _save(request, form)
    except CoverageError as refused:
        return _page(request, known, form, faults=[sentence(each) for each in refused.problems], status=422)
    except Refused as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        return _page(request, known, form, faults=[refused.message], is_behind=status == 409, status=status)
    except IntegrityError:
        # Somebody took the name between the check and the writing.
        return _page(request, known, form, faults=[_("There is a calendar of this name already.")], status=422)
    words = _("Saved: version %(number)d is in force.") % {"number": version.number} if version else _("Saved.")
    messages.success(request, words)
    return redirect("agent:calendar", key=saved.pk)


@needs("agreement.see")
def version(request: Any, key: int, number: int) -> HttpResponse:
    """An earlier version, to read, and what it changed."""
    known = find_calendar(key)
    pair = {each.number: each for each in known.versions.filter(number__in=[number, number - 1]).select_related("published_by")}  # fmt: skip
    shown, before = pair.get(number), pair.get(number - 1)
    if shown is None:
        raise Http404
    return render(request, "agent/calendar_version.html", _shown(known, shown, before))


def _reading(request: Any, known: CoverageCalendar) -> HttpResponse:
    """The calendar as it is now, for those who read it: its hours, who has it, its versions; nothing to press."""
    context = {
        **_shown(known, known.current, None),
        "is_now": True,
        "users": with_places(users_by_calendar().get(known.pk, []), request),
        "versions": known.versions.select_related("published_by")[:VERSIONS_SHOWN],
    }
    return render(request, "agent/calendar_version.html", context)


def _shown(known: CoverageCalendar, shown: CalendarVersion, before: CalendarVersion | None) -> dict[str, Any]:
    typed = typed_from(shown.document)
    return {
        "known": known,
        "shown": shown,
        "before": before,
        "changes": differences(before.document, shown.document) if before else [],
        "typed": typed,
        "week": [(typed[bar.day], bar) for bar in week_bars(shown.document.get("hours", {}))],
        "closed": [day_in_words(day) for day in typed["closed"].split()],
        "worked": [day_in_words(day) for day in typed["worked"]],
        **frame(),
    }


@login_not_required
@require_safe
def feed(request: Any, token: str) -> HttpResponse:
    """The dates of a calendar for calendar programs, to whoever holds its secret address."""
    known = calendar_of_feed(token)
    if known is None:
        return HttpResponse(_("This address is not valid."), status=410, content_type="text/plain; charset=utf-8")
    write_down_once(
        ONE_FETCH, "exported", Subject("sla.coveragecalendar", known.pk, known.name), details={"format": "ics"}
    )
    current = known.current
    covered = Calendar.from_json(current.document)
    first_year = now().astimezone(covered.zone).year
    # In one language, whoever asks: the address is the desk's.
    with translation.override(settings.LANGUAGE_CODE):
        body = feed_of(
            covered,
            name=known.name,
            uid=f"{known.pk}@{settings.ENTRAIDE.mail_domain}",
            published_at=current.published_at,
            first_year=first_year,
            language=settings.LANGUAGE_CODE,
        )
    # The first of January changes it, too: another three years.
    changed = int(max(current.published_at, datetime(first_year, 1, 1, tzinfo=UTC)).timestamp())
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["ETag"], answer["Last-Modified"] = etag, http_date(changed)
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return get_conditional_response(request, etag=etag, last_modified=changed, response=answer) or answer


@needs("agreement.see", to_write="settings.edit")
@takes_post("agent:calendar", "key")
def feed_renewal(request: Any, key: int) -> HttpResponse:
    """Give the feed another address; the one until now stops working at once."""
    known = find_calendar(key)
    if not edits_all(request):
        return only_read(request)
    try:
        renew_feed(known, by=request.person, seen=typed_number(request.POST.get("seen")) or 0)
        messages.success(request, _("The feed has another address now; the old one does not work any more."))
    except Conflict as refused:
        messages.error(request, refused.message)
    return redirect("agent:calendar", key=key)


def find_calendar(key: int) -> CoverageCalendar:
    """Return a calendar that has been published. Raises Http404."""
    found = CoverageCalendar.objects.filter(pk=key, versions__isnull=False).distinct().first()
    if found is None:
        raise Http404
    return found


def new_document() -> dict[str, Any]:
    """Return what a new calendar starts from: the desk's zone, never open."""
    return {"tz": settings.TIME_ZONE, "hours": {}}


def frame() -> dict[str, Any]:
    """Return what every page of calendars needs for the navigation."""
    return {"sections": SECTIONS, "chosen": {"code": "calendars", "name": _("Calendars")}}


def _save(request: Any, form: CalendarForm) -> tuple[CoverageCalendar, CalendarVersion | None]:
    """Publish what was typed (None: nothing but the name changed). Raises Refused, CoverageError."""
    name, is_active, reason = (form.cleaned_data[each] for each in ("name", "is_active", "reason"))
    seen = typed_number(request.POST.get("seen")) or 0
    if form.known is None:
        added = CoverageCalendar(name=name, is_active=is_active)
        return added, publish_calendar(added, form.document, by=request.person, reason=reason)
    published = None
    if seen != form.known.current.number or not form.says_the_same():
        published = publish_calendar(form.known, form.document, by=request.person, seen=seen, reason=reason)
    locked = CoverageCalendar.objects.select_for_update().get(pk=form.known.pk)
    if not is_active and (users := active_users(locked)):
        raise Refused(still_used(users), field="is_active")
    locked.name, locked.is_active = name, is_active
    locked.save(update_fields=["name", "is_active"])
    return locked, published


def _imported(request: Any, known: CoverageCalendar | None, form: CalendarForm) -> HttpResponse:
    """Show what the file would add to the fields, or add it; nothing is saved."""
    zone = form.zone()
    form.errors.clear()
    if zone is None:
        return _page(request, known, form, import_fault=_("Choose the time zone first: the hours of the file are put into it."), status=422)  # fmt: skip
    if "take" in request.POST:
        both = {field: form.typed(field) for field in ("closed", "breaks")}
        typed = request.POST.copy()
        typed.update(with_added(both, {field: request.POST.get(f"found_{field}", "")[:MOST_TYPED] for field in both}))
        taken = CalendarForm(typed, known=known, before=form.before)
        taken.is_valid()
        taken.errors.clear()
        return _page(request, known, taken, is_taken=True)
    upload = request.FILES.get("file")
    if upload is None:
        return _page(request, known, form, import_fault=_("Choose a file first."), status=422)
    today = now().astimezone(zone).date()
    try:
        found = read_icalendar(upload.read(MOST_BYTES + 1), zone=zone, since=today.replace(month=1, day=1))
    except CoverageError as refused:
        return _page(request, known, form, import_fault=sentence(refused.problems[0]), status=422)
    return _page(request, known, form, found=found, found_text=found_text(found))


def _page(
    request: Any, known: CoverageCalendar | None, form: CalendarForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of a calendar (None: a new one), or the one region of it that htmx asks for."""
    current = known.current if known else None
    zone = form.zone()
    context: dict[str, Any] = {
        "known": known,
        "current": current,
        "form": form,
        # What was typed belongs to the version that it was typed over.
        "seen": (typed_number(request.POST.get("seen")) or 0) if form.is_bound else (current.number if current else 0),
        "may_edit": edits_all(request),
        "start": request.POST.get("start", f"{now().astimezone(zone):%Y-%m-%dT%H:%M}"),
        "duration": request.POST.get("duration", "4 h"),
        "pauses": request.POST.get("pauses", ""),
        **more,
    }
    part = request.htmx.target if request.htmx else None
    if part in PARTS and status == 200:
        return render(request, f"agent/calendar.html#{part}", context)
    context |= {"zones": zones(), **frame()}
    if known is not None:
        context |= {
            "users": with_places(users_by_calendar().get(known.pk, []), request),
            "versions": known.versions.select_related("published_by")[:VERSIONS_SHOWN],
            "feed": feed_address(known),
            "renewals": newest_renewals(known),
        }
    return render(request, "agent/calendar.html", context, status=status)


@cache
def zones() -> list[str]:
    return sorted(
        each for each in available_timezones() if each.partition("/")[0] in PARTS_OF_THE_WORLD or each == "UTC"
    )
