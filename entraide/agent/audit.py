"""The audit at the desk: who did, saw and took away what; as a list, as a file, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs
from entraide.agent.audit_words import CHANNELS, details_of, did, kind_of, who
from entraide.agent.paging import page
from entraide.agent.report_files import as_file, wanted_format
from entraide.audit.acts import ACTS
from entraide.audit.models import AuditEntry, Verification
from entraide.audit.sealing import head
from entraide.reports.export import Cell

NEWEST = ("-pk",)
FILE_PAGE = 1000
LETTERS_AT_MOST = 100


@needs("audit.see")
def audit(request: Any) -> HttpResponse:
    """The list, newest first, narrowed by who, what, about what and when; `as` gives it as a file."""
    asked = _asked(request)
    found = _narrowed(_readable(request), asked)
    if format := wanted_format(request):

        def batch(after: str) -> tuple[list[Sequence[Cell]], str]:
            rows, following = page(found, order=NEWEST, after=after, size=FILE_PAGE)
            return [_cells(row) for row in rows], following

        return as_file(_header(), batch, format=format, name=[_("audit"), asked["from"], asked["to"]])
    rows, following = page(found, order=NEWEST, after=request.GET.get("after", ""))
    seq, newest = head()
    context = {
        "rows": [(row, who(row), did(row), kind_of(row), details_of(row), CHANNELS.get(row.channel)) for row in rows],
        "next_cursor": following,
        "asked": asked,
        "acts": sorted(ACTS, key=lambda act: str(act.name)),
        "seq": seq,
        "head": newest,
        "verified": Verification.objects.first(),
        "sees_all": request.actor.may_everywhere("audit.see"),
        "section": "audit",
    }
    return render(request, "agent/audit.html", context)


def _asked(request: Any) -> dict[str, str]:
    names = ("who", "act", "about", "from", "to")
    return {name: clean(request.GET.get(name, "")).strip()[:LETTERS_AT_MOST] for name in names}


def _readable(request: Any) -> QuerySet[AuditEntry]:
    """Return all of it, or what was about the organisations for which this person reads it."""
    actor = request.actor
    if actor.may_everywhere("audit.see"):
        return AuditEntry.objects.all()
    granted = [grant.organisation_id for grant in actor.granted if grant.right == "audit.see"]
    return AuditEntry.objects.filter(organisation_id__in=granted)


def _narrowed(rows: QuerySet[AuditEntry], asked: dict[str, str]) -> QuerySet[AuditEntry]:
    if asked["who"]:
        rows = rows.filter(actor_name__icontains=asked["who"])
    if asked["act"]:
        rows = rows.filter(act=asked["act"])
    if asked["about"]:
        rows = rows.filter(subject_name__icontains=asked["about"])
    if (day := _day(asked["from"])) is not None:
        rows = rows.filter(at__gte=_midnight(day))
    if (day := _day(asked["to"])) is not None:
        rows = rows.filter(at__lt=_midnight(day + timedelta(days=1)))
    return rows


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # The day after the last one there is would be none.
    return found if 1970 <= found.year <= 9000 else None


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


def _header() -> list[str]:
    return [
        _("Row"),
        _("When"),
        _("Who"),
        _("Address"),
        _("Way"),
        _("What"),
        _("Kind"),
        _("About"),
        _("Details"),
        _("Hash"),
    ]


def _cells(row: AuditEntry) -> list[Cell]:
    way = str(CHANNELS.get(row.channel, row.channel))
    return [
        row.seq, row.at, who(row), row.address or "", way, did(row), kind_of(row), row.subject_name, details_of(row), row.hash,
    ]  # fmt: skip
