"""Escalation rules: who is told when a promise is in danger, and what a rule would have done in the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import CharField, Count, Max
from django.db.models.functions import Cast, Concat
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entraide.agent.access import needs, typed_number
from entraide.agent.agreement_places import reached_organisations
from entraide.agent.agreements import edits_all, only_read
from entraide.agent.desk_settings import SECTIONS
from entraide.agent.rule_forms import HIGHEST_POSITION, RuleForm, name_taken, stored_fields
from entraide.agent.rule_words import names_in, rule_sentence
from entraide.automation import dry_run
from entraide.automation.models import DryRun, EscalationRule, Firing
from entraide.core.clock import now
from entraide.core.events import event_from
from entraide.tickets import queries
from entraide.tickets.events.rules import HierarchicallyEscalated

COUNTED_DAYS = timedelta(days=30)
RUNS_SHOWN_FOR = timedelta(days=7)
POSITION_STEP = 10
# Of the picture: the height of the highest bar.
HEIGHT = 60


@dataclass(frozen=True)
class Week:
    """One bar of the picture: `height` of at most HEIGHT, `top` is where it begins."""

    monday: date
    count: int
    height: int

    @property
    def top(self) -> int:
        return HEIGHT - self.height


@dataclass(frozen=True)
class WouldFire:
    """One firing of a dry run; the reader may see the ticket or not."""

    number: int
    at: datetime
    why: str
    is_visible: bool


@needs("settings.edit")
def rules(request: Any) -> HttpResponse:
    """All rules in order, each as a sentence, and how often it fired lately."""
    found = list(EscalationRule.objects.all())
    counts = dict(
        Firing.objects.filter(fired_at__gte=now() - COUNTED_DAYS)
        .order_by()
        .values_list("rule_id")
        # Several steps of one instant are told of once.
        .annotate(n=Count(Concat(Cast("ticket_id", CharField()), Cast("instant", CharField())), distinct=True))
    )
    names = names_in([stored_fields(each) for each in found])
    rows = [
        {
            "rule": each,
            "sentence": rule_sentence(stored_fields(each), names=names),
            "fired": counts.get(each.pk, 0),
        }
        for each in found
    ]
    return render(request, "agent/rules.html", {"rows": rows, "may_edit": edits_all(request), **frame()})


@needs("settings.edit")
def rule(request: Any, key: int | None = None) -> HttpResponse:
    """One rule as a form. `try` shows what it would have done as it is typed and saves nothing; `delete` removes it."""
    known = find_rule(key) if key is not None else None
    if request.method != "POST":
        return _page(request, known, _form(request, known, _tried(request)))
    if not edits_all(request):
        return only_read(request)
    if "delete" in request.POST and known is not None:
        known.delete()
        messages.success(request, _("Deleted. What it has done stays on the tickets."))
        return redirect("agent:rules")
    form = _form(request, known)
    if not form.is_valid():
        return _page(request, known, form, status=422)
    if "try" in request.POST:
        started = dry_run.start(form.rule_fields(), rule=known, by=request.person)
        return redirect("agent:dry-run", key=started.pk)
    saved = known or EscalationRule()
    for name, value in form.rule_fields().items():
        setattr(saved, name, value)
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError:
        # Somebody took the name between the check and the writing.
        form.add_error("name", name_taken())
        return _page(request, known, form, status=422)
    messages.success(request, _("Saved."))
    return redirect("agent:rules")


@needs("settings.edit")
def run(request: Any, key: int) -> HttpResponse:
    """How far a dry run has come, and what it found; the page asks again by itself until it is done."""
    found = DryRun.objects.select_related("rule", "started_by").filter(pk=key).first()
    if found is None:
        raise Http404
    if not edits_all(request):
        return only_read(request)
    context = {
        "run": found,
        "sentence": rule_sentence(found.rule_document, names=names_in([found.rule_document])),
        "prefix": settings.ENTRAIDE.ticket_prefix,
        **(_found(request, found) if found.finished_at else {}),
        **frame(),
    }
    return render(request, "agent/dry_run.html", context)


def find_rule(key: int) -> EscalationRule:
    """Return a rule. Raises Http404."""
    found = EscalationRule.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def frame() -> dict[str, Any]:
    """Return what every page of escalation rules needs for the navigation."""
    return {"sections": SECTIONS, "chosen": {"code": "escalation", "name": _("Escalation")}}


def _form(request: Any, known: EscalationRule | None, tried: DryRun | None = None) -> RuleForm:
    """Return the form: as typed, as a dry run tried it, as stored, or as a new rule begins."""
    if tried is not None:
        stored = {**stored_fields(known or _new_rule()), **tried.rule_document}
    elif known is not None:
        stored = stored_fields(known)
    else:
        stored = stored_fields(_new_rule())
    data = request.POST if request.method == "POST" else None
    return RuleForm(data, known=known, stored=stored, organisations=reached_organisations(request))


def _new_rule() -> EscalationRule:
    last = EscalationRule.objects.aggregate(last=Max("position"))["last"] or 0
    return EscalationRule(position=min(last + POSITION_STEP, HIGHEST_POSITION), trigger="")


def _tried(request: Any) -> DryRun | None:
    """Return the dry run from which somebody comes back to go on with what they had typed."""
    key = typed_number(request.GET.get("run"))
    return DryRun.objects.filter(pk=key).first() if key and edits_all(request) else None


def _page(request: Any, known: EscalationRule | None, form: RuleForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"known": known, "form": form, "may_edit": edits_all(request), **frame()}
    if known is not None:
        context["runs"] = known.dry_runs.filter(started_at__gte=now() - RUNS_SHOWN_FOR).select_related("started_by")
    return render(request, "agent/rule.html", context, status=status)


def _found(request: Any, run: DryRun) -> dict[str, Any]:
    """Return what a finished run found, as the page shows it."""
    return {
        "total": run.result["firings_total"],
        "weeks": _weeks(run.result["weeks"]),
        "height": HEIGHT,
        "told": [[name or _("nobody"), often] for name, often in run.result["recipients"]],
        "firings": _firings(request, run.result["firings"]),
    }


def _weeks(counted: list[list[Any]]) -> list[Week]:
    """Return the bars of the picture; a week is named as in "2026-W48"."""
    most = max((count for _name, count in counted), default=0)
    weeks = []
    for name, count in counted:
        year, week = name.split("-W")
        height = max(2, round(HEIGHT * count / most)) if count else 0
        weeks.append(Week(date.fromisocalendar(int(year), int(week), 1), count, height))
    return weeks


def _firings(request: Any, found: list[list[Any]]) -> list[WouldFire]:
    numbers = [number for number, _at, _why in found]
    visible = set(queries.visible_to(request.actor).filter(number__in=numbers).values_list("number", flat=True))
    return [WouldFire(number, datetime.fromisoformat(at), _why(why), number in visible) for number, at, why in found]


def _why(kept: Any) -> str:
    """Return the reason in the reader's language; runs of earlier times kept a sentence in that of who started them."""
    if isinstance(kept, str):
        return kept
    event: Any = event_from(HierarchicallyEscalated.kind, kept)
    return str(event.why())
