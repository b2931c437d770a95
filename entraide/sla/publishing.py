"""Publishing calendars and agreements: each change is a new version, checked as a whole or refused as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.people.models import Person
from entraide.sla.calendar import Calendar
from entraide.sla.coverage import next_open
from entraide.sla.models import Agreement, AgreementVersion, CalendarVersion, CoverageCalendar
from entraide.sla.problems import CoverageError, NeverCloses, Problem, gettext_noop
from entraide.sla.promises import Target, as_document


def publish_calendar(
    calendar: CoverageCalendar, document: dict[str, Any], *, by: Person | None, seen: int = 0, reason: str = ""
) -> CalendarVersion:
    """Publish a new version of a calendar, and with it one of each agreement that uses it.

    `calendar` may be new (unsaved). `seen` is the number of the version that was edited, 0 for none. Raises
    Conflict when somebody else published since, CoverageError with all that is wrong; then nothing is saved.
    """
    check_calendar(document)
    with transaction.atomic():
        calendar = _kept(calendar)
        version = CalendarVersion(calendar=calendar, document=document, **_facts(calendar, by, seen, reason))
        version.save(force_insert=True)
        for agreement in Agreement.objects.select_for_update().order_by("pk"):
            _follow(agreement, calendar, version, by=by, reason=reason)
    return version


def publish_agreement(
    agreement: Agreement,
    *,
    targets: Iterable[Target],
    matrix: Iterable[Iterable[int]],
    vip_raise: int,
    warn_percent: int,
    by: Person | None,
    seen: int = 0,
    reason: str = "",
) -> AgreementVersion:
    """Publish a new version of an agreement with the calendars as they are now.

    `agreement` may be new (unsaved). Raises Conflict when somebody else published since `seen`, AgreementError with
    all that is wrong; then nothing is saved.
    """
    kept = list(targets)
    document = as_document(kept, matrix=matrix, vip_raise=vip_raise, warn_percent=warn_percent)
    with transaction.atomic():
        agreement = _kept(agreement)
        document["calendars"] = {str(key): _current_version(key) for key in {each.calendar for each in kept}}
        version = AgreementVersion(agreement=agreement, document=document, **_facts(agreement, by, seen, reason))
        version.save(force_insert=True)
    return version


def make_default(agreement: Agreement) -> None:
    """Let this agreement hold for everybody whom none is assigned to. Raises Refused for an inactive one."""
    with transaction.atomic():
        if not agreement.is_active:
            raise Refused(_("Only an active agreement can be the default."), field="is_default")
        for former in Agreement.objects.select_for_update().filter(is_default=True):
            former.is_default = False
            former.save(update_fields=["is_default"])
        agreement.is_default = True
        agreement.save(update_fields=["is_default"])


def check_calendar(document: dict[str, Any]) -> Calendar:
    """Return the calendar that a document describes. Raises CoverageError, also when it never opens."""
    if document.get("tz") is None:
        raise CoverageError(Problem(gettext_noop("A calendar needs a time zone, such as Europe/Zurich.")))
    calendar = Calendar.from_json(document)
    # Round the clock there is no next opening, because it is always open.
    with suppress(NeverCloses):
        next_open(calendar, after=now())
    return calendar


def _kept(row: Any) -> Any:
    """Save a new calendar or agreement, or lock a known one."""
    if row.pk is None:
        row.save(force_insert=True)
        return row
    return type(row).objects.select_for_update().get(pk=row.pk)


def _facts(row: Any, by: Person | None, seen: int, reason: str) -> dict[str, Any]:
    newest = row.versions.order_by("-number").values_list("number", flat=True).first() or 0
    if newest != seen:
        raise Conflict(_("Somebody else has just changed “%(name)s”. Look again, then save.") % {"name": row.name})
    return {"number": newest + 1, "published_at": now(), "published_by": by, "reason": reason[:300]}


def _follow(
    agreement: Agreement, calendar: CoverageCalendar, version: CalendarVersion, *, by: Person | None, reason: str
) -> None:
    newest = agreement.versions.order_by("-number").first()
    key = str(calendar.pk)
    if newest is None or key not in newest.document["calendars"]:
        return
    document = {**newest.document, "calendars": {**newest.document["calendars"], key: version.pk}}
    why = reason or _("The calendar “%(name)s” changed.") % {"name": calendar.name}
    facts = _facts(agreement, by, newest.number, why)
    AgreementVersion(agreement=agreement, document=document, **facts).save(force_insert=True)


def _current_version(calendar_id: int) -> int:
    version = CalendarVersion.objects.filter(calendar_id=calendar_id).order_by("-number").first()
    if version is None:
        raise Refused(_("Choose a calendar that exists."), field="calendar")
    return version.pk
