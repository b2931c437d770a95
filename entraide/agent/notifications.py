"""What one was told: the bell, the list, and how one wants to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from entraide.agent.access import needs, typed_number
from entraide.agent.browsers import shown_browsers
from entraide.agent.paging import page
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.look.dates import date_format
from entraide.notifications import choices, queries
from entraide.notifications.choices import Channels
from entraide.notifications.kinds import Kind, kinds
from entraide.notifications.models import Notification
from entraide.notifications.preferences import Quiet
from entraide.notifications.wording import sentence_of
from entraide.tickets.names import Names

DAY = timedelta(days=1)
CHANNELS = ("console", "mail", "browser")


@dataclass(frozen=True)
class Told:
    """One line of the list."""

    notification: Notification
    sentence: str
    icon: str


class QuietForm(forms.Form):
    """When one wants no mail, and no message to a browser."""

    is_on = forms.BooleanField(label=gettext_lazy("Send me nothing at certain hours"), required=False)
    begins = forms.TimeField(label=gettext_lazy("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))  # fmt: skip
    ends = forms.TimeField(label=gettext_lazy("Until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))  # fmt: skip
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Beginning on"), required=False, coerce=int, choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("is_on"):
            for name in ("begins", "ends"):
                if name not in self.errors and cleaned.get(name) is None:
                    self.add_error(name, _("Give a time, such as 19:00."))
        return cleaned

    def quiet(self) -> Quiet | None:
        """Return the quiet hours that were asked for."""
        if not self.cleaned_data["is_on"]:
            return None
        return Quiet(self.cleaned_data["begins"], self.cleaned_data["ends"], frozenset(self.cleaned_data["days"]))


def bell(request: Any) -> dict[str, Any]:
    """Let pages of the desk ask how much is unread; only asked for, it costs a query."""
    if getattr(request, "person", None) is None:
        return {}
    return {"ask_unread": partial(queries.unread_count, request.actor)}


@require_safe
@needs("desk.use")
def notifications(request: Any) -> HttpResponse:
    """The list, newest first, by day."""
    shown = queries.shown_to(request.actor).select_related(
        "ticket__organisation", "contract__organisation", "endpoint", "verification", "entry__actor_person"
    )
    rows, following = page(shown, order=queries.NEWEST, after=request.GET.get("after", ""))
    context = {
        "days": _by_day(rows),
        "newest": max((row.pk for row in rows), default=0),
        "is_first_page": not request.GET.get("after"),
        "next_cursor": following,
        "section": "notifications",
    }
    return render(request, "agent/notifications.html", context)


@require_safe
@needs("desk.use")
def count(request: Any) -> HttpResponse:
    """The bell alone."""
    return render(request, "agent/notifications_bell.html")


@require_safe
@needs("desk.use")
def notification(request: Any, key: int) -> HttpResponse:
    """The way from a line to its ticket, on which all that was told of that ticket becomes read."""
    found = _find(request, key)
    if found.endpoint_id is not None:
        queries.read_one(found)
        return redirect("agent:hook", key=found.endpoint_id)
    if found.verification_id is not None:
        queries.read_one(found)
        return redirect("agent:audit")
    if found.ticket is None:
        queries.read_one(found)
        return redirect("agent:contract", key=found.contract_id)
    queries.read_about(found.ticket, actor=request.actor)
    return redirect("agent:ticket", number=found.ticket.number)


@require_POST
@needs("desk.use")
def reading(request: Any, key: int) -> HttpResponse:
    """One line was read."""
    queries.read_one(_find(request, key))
    return redirect("agent:notifications")


@require_POST
@needs("desk.use")
def readings(request: Any) -> HttpResponse:
    """Everything was read that the page showed, and what is older."""
    queries.read_all(request.actor, until=typed_number(request.POST.get("until")) or 0)
    return redirect("agent:notifications")


@needs("desk.use")
def settings(request: Any) -> HttpResponse:
    """How this person wants to be told; on POST, the choice."""
    channels, quiet = choices.channels_of(request.person), choices.quiet_of(request.person)
    form = QuietForm(request.POST or None, initial=_initial(quiet))
    if request.method == "POST":
        channels = {
            kind.code: Channels(*(f"{channel}-{kind.code}" in request.POST for channel in CHANNELS)) for kind in kinds
        }
        if form.is_valid() and _keep(request, channels, form):
            messages.success(request, _("Saved."))
            return redirect("agent:notification-settings")
    context = {
        "rows": [(kind, *channels[kind.code]) for kind in kinds],
        "form": form,
        "time_zone": request.person.organisation.time_zone,
        "section": "notifications",
        **shown_browsers(request),
    }
    return render(request, "agent/notifications_settings.html", context, status=422 if form.errors else 200)


def _by_day(rows: Iterable[Notification]) -> list[tuple[str, list[Told]]]:
    at, names = now(), Names()
    told = [Told(row, sentence_of(row, names=names, now=at), _icon(row)) for row in rows]
    today = localtime(at).date()
    return [
        (_day(day, today), list(lines))
        for day, lines in groupby(told, key=lambda each: localtime(each.notification.created_at).date())
    ]


def _icon(row: Notification) -> str:
    known: Kind | None = kinds.get(row.kind) if row.kind in kinds else None
    return known.icon if known else "bell"


def _day(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today - DAY:
        return _("Yesterday")
    return date_format(day, "l j F" if day.year == today.year else "l j F Y")


def _find(request: Any, key: int) -> Notification:
    found = queries.shown_to(request.actor).select_related("ticket").filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found


def _initial(quiet: Quiet | None) -> dict[str, Any]:
    if quiet is None:
        return {"is_on": False, "begins": "19:00", "ends": "07:00", "days": list(range(7))}
    return {"is_on": True, "begins": quiet.begins, "ends": quiet.ends, "days": sorted(quiet.days)}


def _keep(request: Any, channels: dict[str, Channels], form: QuietForm) -> bool:
    try:
        choices.choose(request.person, channels=channels, quiet=form.quiet())
    except Refused as refused:
        form.add_error(refused.field, refused.message)
        return False
    return True
