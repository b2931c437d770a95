"""What one does with a recurring ticket: make, change, pause, resume and remove it. Each leaves who did it and what."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.routines.calendars import working_days_of
from entraide.routines.models import RecurringChange, RecurringTicket
from entraide.routines.opening import open_due
from entraide.routines.schedule import first_after

Act = RecurringChange.Act
# What is changed by hand; the rest follows.
FACTS = (
    "name", "template_id", "requester_id", "team_id", "assignee_id", "every", "unit", "weekdays", "month_rule", "month_day",
    "month_nth", "month_weekday", "at", "zone", "starts_on", "ends_on", "calendar_id", "off_days",
)  # fmt: skip


def create(row: RecurringTicket, *, actor: Actor) -> RecurringTicket:
    """Keep a new recurring ticket; its first date is the next one to come."""
    _require_right(row, actor)
    row.done_until = now()
    _look_ahead(row)
    if row.next_at is None:
        raise Refused(_("This schedule has no date to come."), field="starts_on")
    with transaction.atomic():
        row.save()
        _leave_trace(row, Act.CREATED, {}, actor)
    return row


def edit(row: RecurringTicket, *, seen: int, actor: Actor) -> None:
    """Keep what was changed in `row`; Conflict when somebody else did so since the version `seen`."""
    _require_right(row, actor)
    # What was due under the old dates is opened first, not lost.
    open_due(row.pk)
    with transaction.atomic():
        stored = _locked(row, seen)
        changes = {
            name: [_plain(getattr(stored, name)), _plain(getattr(row, name))]
            for name in FACTS
            if getattr(stored, name) != getattr(row, name)
        }
        if row.organisation_id != stored.organisation_id:
            raise Refused(
                _("The requester is of another organisation. Remove this one and make another."), field="requester"
            )
        if not changes:
            return
        for name in FACTS:
            setattr(stored, name, getattr(row, name))
        stored.done_until, stored.last_error = now(), ""
        _look_ahead(stored)
        if stored.next_at is None and stored.is_active:
            raise Refused(_("This schedule has no date to come."), field="ends_on")
        _keep(stored, Act.EDITED, changes, actor)


def pause(row: RecurringTicket, *, seen: int, actor: Actor) -> None:
    """Open no more until it is resumed."""
    _require_right(row, actor)
    with transaction.atomic():
        stored = _locked(row, seen)
        if not stored.is_active:
            raise Conflict(_("It is paused already."))
        stored.is_active = False
        _keep(stored, Act.PAUSED, {}, actor)


def resume(row: RecurringTicket, *, seen: int, actor: Actor) -> None:
    """Go on with the next date to come; those of the pause are left out, since somebody wanted it so."""
    _require_right(row, actor)
    with transaction.atomic():
        stored = _locked(row, seen)
        if stored.is_active:
            raise Conflict(_("It is not paused."))
        stored.is_active, stored.done_until, stored.last_error = True, now(), ""
        _look_ahead(stored)
        _keep(stored, Act.RESUMED, {}, actor)


def remove(row: RecurringTicket, *, seen: int, actor: Actor) -> None:
    """Take it off the list; its tickets and its history stay."""
    _require_right(row, actor)
    with transaction.atomic():
        stored = _locked(row, seen)
        stored.removed_at, stored.is_active, stored.next_at = now(), False, None
        _keep(stored, Act.REMOVED, {}, actor)


def _locked(row: RecurringTicket, seen: int) -> RecurringTicket:
    stored = RecurringTicket.objects.select_for_update(of=("self",)).filter(pk=row.pk, removed_at=None).first()
    if stored is None or stored.version != seen:
        raise Conflict(_("Somebody else has just changed this. Open it again to see how it is now, then save."))
    found: RecurringTicket = stored
    return found


def _keep(row: RecurringTicket, act: str, changes: dict[str, Any], actor: Actor) -> None:
    row.version += 1
    row.save()
    _leave_trace(row, act, changes, actor)


def _leave_trace(row: RecurringTicket, act: str, changes: dict[str, Any], actor: Actor) -> None:
    RecurringChange.objects.create(
        organisation_id=row.organisation_id, recurring=row, at=now(), by_id=actor.person_id, act=act, changes=changes
    )


def _look_ahead(row: RecurringTicket) -> None:
    row.next_at = first_after(row.schedule, row.done_until, is_working=working_days_of(row))


def _require_right(row: RecurringTicket, actor: Actor) -> None:
    if not actor.may_on_anything("recurring.edit", row.organisation_id):
        raise NotAllowed(_("You do not have the right to do this here."))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str | list) else str(value)[:16]
