"""On call: the rotas with who is on call now, their people in turn, and who stands in when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from entraide.agent.access import needs, takes_post, typed_number
from entraide.agent.agreements import edits_all, edits_some, only_read
from entraide.agent.calendars import zones
from entraide.agent.desk_settings import SECTIONS
from entraide.agent.rota_forms import ARRANGING, OverrideForm, RotaForm, add_override, name_taken
from entraide.automation.duty import away_of, shifts_of
from entraide.automation.models import EscalationRule, Rota, RotaOverride
from entraide.automation.rota import Duty, duties, on_call
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.look.punctuation import each_in_quotes
from entraide.people.models import Person

WEEKS_SHOWN = 8
# A hand-over is at most a week away, an hour more where the clock changes.
LOOKED_AHEAD = timedelta(days=8)
WIDTH = 1000
# Handed over when people are at work.
USUAL_HANDOVER = time(9)


@dataclass(frozen=True)
class Turn:
    """A line of the table: who is on call from `start` until `end`, in the clock of the rota."""

    start: datetime
    end: datetime
    person: str
    planned: str
    is_override: bool
    is_now: bool


@dataclass(frozen=True)
class Lane:
    """One person's line of the picture: (x, width, whether they stand in) of at most WIDTH."""

    person: str
    bars: list[tuple[int, int, bool]]


@dataclass(frozen=True)
class Outlook:
    """The next weeks as a table and as a picture; `weeks` are (x, the Monday)."""

    turns: list[Turn]
    lanes: list[Lane]
    weeks: list[tuple[int, datetime]]


@needs("rota.see")
def rotas(request: Any) -> HttpResponse:
    """All rotas with who is on call now and until when."""
    at = now()
    current = RotaOverride.objects.filter(ends_at__gt=at)
    found = list(
        Rota.objects.prefetch_related(Prefetch("overrides", queryset=current)).order_by("-is_active", "level", "name")
    )
    ids = {key for each in found for key in _person_ids(each)}
    names, away = _names(ids), away_of(ids)
    rows = []
    for each in found:
        shifts = shifts_of(each)
        turns = _turns(duties(shifts, start=at, end=at + LOOKED_AHEAD, away=away), names, shifts.zone, at)
        rows.append(
            {
                "rota": each,
                "person": names.get(on_call(shifts, at, away=away) or 0, ""),
                "until": turns[0].end if turns else None,
                "following": next((turn for turn in turns[1:] if turn.person != turns[0].person), None),
                "people": [names[key] for key in each.person_ids if key in names],
            }
        )
    return render(request, "agent/rotas.html", {"rows": rows, "may_edit": edits_all(request), **frame()})


@needs("rota.see", to_write="settings.edit")
def rota(request: Any, key: int | None = None) -> HttpResponse:
    """One rota as a form; the buttons beside the people change their order in the form, saving saves it."""
    known = find_rota(key) if key is not None else None
    if known is None and not edits_some(request):
        raise Http404
    stored = known or _new_rota()
    if request.method != "POST":
        return _page(request, known, RotaForm(None, known=known, stored=stored))
    if not edits_all(request):
        return only_read(request)
    if "delete" in request.POST and known is not None:
        return _delete(request, known)
    form = RotaForm(request.POST, known=known, stored=stored)
    is_valid = form.is_valid()
    if any(button in request.POST for button in ARRANGING):
        form.errors.clear()
        return _page(request, known, form, is_arranged=True)
    if not is_valid:
        return _page(request, known, form, status=422)
    try:
        with transaction.atomic():
            saved = form.fill(find_rota(known.pk) if known else Rota())
            saved.save()
    except IntegrityError:
        # Somebody took the name between the check and the writing.
        form.add_error("name", name_taken())
        return _page(request, known, form, status=422)
    messages.success(request, _("Saved."))
    return redirect("agent:rota", key=saved.pk)


@needs("rota.see", to_write="settings.edit")
@takes_post("agent:rota", "key")
def overrides(request: Any, key: int) -> HttpResponse:
    """Put somebody else on call for a while, or take such an exception away."""
    known = find_rota(key)
    if not edits_all(request):
        return only_read(request)
    if "remove" in request.POST:
        gone, _each = known.overrides.filter(pk=typed_number(request.POST["remove"]) or 0).delete()
        messages.success(request, _("Removed.") if gone else _("It was removed already."))
        return redirect("agent:rota", key=key)
    form = OverrideForm(request.POST, rota=known)
    status = 422
    if form.is_valid():
        try:
            add_override(known, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("agent:rota", key=key)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
            status = 409
    return _page(request, known, RotaForm(None, known=known, stored=known), override_form=form, status=status)


def find_rota(key: int) -> Rota:
    """Return a rota. Raises Http404."""
    found = Rota.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def frame() -> dict[str, Any]:
    """Return what every page of rotas needs for the navigation."""
    return {"sections": SECTIONS, "chosen": {"code": "rotas", "name": _("On call")}}


def _new_rota() -> Rota:
    today = now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return Rota(time_zone=settings.TIME_ZONE, starts_on=today, handover_time=USUAL_HANDOVER)


def _delete(request: Any, known: Rota) -> HttpResponse:
    users = EscalationRule.objects.filter(recipients__contains=[f"rota:{known.pk}"])
    if users:
        names = each_in_quotes(each.name for each in users)
        messages.error(
            request, _("Rules tell whoever is on call in it: %(rules)s. Change them first.") % {"rules": names}
        )
        return redirect("agent:rota", key=known.pk)
    known.delete()
    messages.success(request, _("Deleted."))
    return redirect("agent:rotas")


def _page(request: Any, known: Rota | None, form: RotaForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "known": known,
        "form": form,
        "zones": zones(),
        "may_edit": edits_all(request),
        "weeks_shown": WEEKS_SHOWN,
        **frame(),
    }
    if known is not None:
        at = now()
        zone = ZoneInfo(known.time_zone)
        coming = known.overrides.filter(ends_at__gt=at).select_related("person")
        context |= {
            "override_form": OverrideForm(None, rota=known),
            "overrides": [(each, each.starts_at.astimezone(zone), each.ends_at.astimezone(zone)) for each in coming],
            "outlook": _outlook(known, at),
            "width": WIDTH,
            "weekday": WEEKDAYS[known.handover_weekday],
        }
    return render(request, "agent/rota.html", {**context, **more}, status=status)


def _outlook(known: Rota, at: datetime) -> Outlook:
    """Return the coming weeks of a rota as it is stored."""
    shifts = shifts_of(known)
    ids = _person_ids(known)
    names = _names(ids)
    start = datetime.combine(at.astimezone(shifts.zone).date(), time(), tzinfo=shifts.zone)
    start -= timedelta(days=start.weekday())
    end = start + timedelta(weeks=WEEKS_SHOWN)
    # A week more on both sides, so that the first and the last turn are shown whole.
    week = timedelta(weeks=1)
    around = duties(shifts, start=start - week, end=end + week, away=away_of(ids))
    found = [duty for duty in around if duty.end > at and duty.start < end]
    lanes: dict[int, list[tuple[int, int, bool]]] = {}
    for duty in found:
        if duty.person_id is not None:
            edges = (max(start, duty.start), min(end, duty.end))
            left, right = (round(WIDTH * ((edge - start) / (end - start))) for edge in edges)
            lanes.setdefault(duty.person_id, []).append((left, max(3, right - left - 2), _stands_in(duty)))
    return Outlook(
        turns=_turns(found, names, shifts.zone, at),
        lanes=[Lane(names.get(key, ""), bars) for key, bars in lanes.items()],
        weeks=[(round(WIDTH * n / WEEKS_SHOWN), start + timedelta(weeks=n)) for n in range(WEEKS_SHOWN)],
    )


def _turns(found: list[Duty], names: dict[int, str], zone: ZoneInfo, at: datetime) -> list[Turn]:
    return [
        Turn(
            start=duty.start.astimezone(zone),
            end=duty.end.astimezone(zone),
            person=names.get(duty.person_id or 0, ""),
            planned=names.get(duty.planned_id or 0, "") if _stands_in(duty) else "",
            is_override=duty.is_override,
            is_now=duty.start <= at < duty.end,
        )
        for duty in found
    ]


def _stands_in(duty: Duty) -> bool:
    return duty.person_id != duty.planned_id


def _person_ids(known: Rota) -> set[int]:
    return {*known.person_ids, *(each.person_id for each in known.overrides.all())}


def _names(ids: set[int]) -> dict[int, str]:
    with scoped(Scope.everything(reason="those on call are known to every organisation they serve")):
        return dict(Person.objects.filter(pk__in=ids).values_list("pk", "name"))
