"""Agreements, and putting the open tickets of one under its newest version: what would change, then the run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from entraide.api.access import actor_of, require
from entraide.api.pages import PAGE, Page, page_of
from entraide.api.schemas import Key, Line
from entraide.api.tickets import ERRORS
from entraide.core.clock import now
from entraide.core.events import NotAllowed, Refused
from entraide.sla.models import Agreement, AgreementVersion, Retargeting
from entraide.tickets.retargeting import Change, Named, change_of
from entraide.tickets.retargeting_jobs import start, waiting

router = Router(tags=["promises"])


class AgreementOut(Schema):
    """`version` is the number of the one in force."""

    id: int
    name: str
    description: str
    is_default: bool
    is_active: bool
    version: int


class PromiseOut(Schema):
    """`level` is null for a promise to the client."""

    metric: str
    level: int | None


class DueOut(PromiseOut):
    due_at: datetime


class ChangeOut(Schema):
    """`before` and `after` are the promises that fall due next, null where none runs; `missed` would be missed at once."""

    number: int
    organisation_id: int
    priority: int
    agreement_id: int | None
    version: int | None
    before: DueOut | None
    after: DueOut | None
    missed: list[PromiseOut]


class PreviewOut(Page[ChangeOut]):
    """`version` is the one under which `count` open tickets would come; send it back to do so."""

    agreement_id: int
    version: int
    count: int


class RunIn(Schema):
    version: Key


class RunOut(Schema):
    """How far it is; `finished_at` is null until all are done."""

    id: int
    agreement_id: int
    version: int
    total: int
    done: int
    started_at: datetime
    finished_at: datetime | None


@router.get("/agreements", response={200: Page[AgreementOut], **ERRORS}, summary="List agreements")
def list_agreements(request: HttpRequest, cursor: Line = "", limit: int = PAGE) -> Any:
    """Return all agreements with the number of the version in force."""
    require(request, "tickets:read")
    if not actor_of(request).may_on_anything("agreement.see"):
        raise NotAllowed(_("You do not have the right to do this here."))
    published = Agreement.objects.filter(versions__isnull=False).distinct()
    items, following = page_of(published, order="id", cursor=cursor, limit=limit)
    versions = AgreementVersion.objects.filter(agreement__in=items).order_by("agreement_id", "-number")
    newest = dict(versions.distinct("agreement_id").values_list("agreement_id", "number"))
    names = ("id", "name", "description", "is_default", "is_active")
    rows = [{**{name: getattr(each, name) for name in names}, "version": newest[each.pk]} for each in items]
    return {"items": rows, "next": following}


@router.get(
    "/agreements/{int:key}/retargeting",
    response={200: PreviewOut, **ERRORS},
    summary="See what the newest version of an agreement would change",
)
def preview(request: HttpRequest, key: int, cursor: Line = "", limit: int = PAGE) -> Any:
    """Return the open tickets for which the agreement holds and that stand on another version, each with what would change."""
    require(request, "tickets:read")
    current = _find_to_retarget(request, key).current
    tickets = waiting(current)
    around = tickets.select_related("organisation", "agreement_version")
    items, following = page_of(around, order="number", cursor=cursor, limit=limit)
    at = now()
    return {
        "agreement_id": key,
        "version": current.number,
        "count": tickets.count(),
        "items": [_change(change_of(each, current.pk, now=at)) for each in items],
        "next": following,
    }


@router.post(
    "/agreements/{int:key}/retargeting",
    response={202: RunOut, **ERRORS},
    summary="Put all open tickets of an agreement under its newest version",
)
def begin(request: Any, key: int, data: RunIn) -> Any:
    """Begin the run, in the background; answers 409 when `version` is not the newest any more. A run that goes on is not begun twice."""
    require(request, "tickets:write")
    seen = (
        _find_to_retarget(request, key).versions.filter(number=data.version).first() if data.version < 2**31 else None
    )
    if seen is None:
        raise Refused(_("There is no such version."), field="version")
    return 202, _run(start(seen, by=request.person))


@router.get(
    "/agreements/{int:key}/retargeting/{int:run_id}",
    response={200: RunOut, **ERRORS},
    summary="Read how far a run is",
)
def read_run(request: HttpRequest, key: int, run_id: int) -> Any:
    """Return how many tickets are done."""
    require(request, "tickets:read")
    runs = Retargeting.objects.select_related("to_version").filter(agreement=_find(request, key))
    run = runs.filter(pk=run_id).first() if run_id < 2**63 else None
    if run is None:
        raise Http404
    return _run(run)


def _find(request: HttpRequest, key: int) -> Agreement:
    """Return a published agreement for those who read agreements. Raises Http404."""
    found = Agreement.objects.filter(pk=key, versions__isnull=False).first() if key < 2**63 else None
    if found is None or not actor_of(request).may_on_anything("agreement.see"):
        raise Http404
    return found


def _find_to_retarget(request: HttpRequest, key: int) -> Agreement:
    """Return an agreement for those who may put everybody's tickets under it. Raises NotAllowed, Http404."""
    found = _find(request, key)
    if not actor_of(request).may_everywhere("settings.edit"):
        raise NotAllowed(
            _("Only whoever edits the settings of every organisation may do this: many share an agreement.")
        )
    return found


def _change(change: Change) -> dict[str, Any]:
    ticket, version = change.ticket, change.ticket.agreement_version
    return {
        "number": ticket.number,
        "organisation_id": ticket.organisation_id,
        "priority": ticket.priority,
        "agreement_id": version.agreement_id if version else None,
        "version": version.number if version else None,
        "before": _due(change.before),
        "after": _due(change.after),
        "missed": [_named(each) for each in change.missed],
    }


def _due(due: tuple[Named, datetime] | None) -> dict[str, Any] | None:
    return {**_named(due[0]), "due_at": due[1]} if due else None


def _named(promise: Named) -> dict[str, Any]:
    return {"metric": promise.metric, "level": promise.level or None}


def _run(run: Retargeting) -> dict[str, Any]:
    names = ("id", "agreement_id", "total", "done", "started_at", "finished_at")
    return {**{name: getattr(run, name) for name in names}, "version": run.to_version.number}
