"""Opening what is due: each date once, however many workers look; after an outage only the newest one, and saying so."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.look.dates import date_format
from entraide.routines.calendars import working_days_of
from entraide.routines.models import RecurringOpening, RecurringTicket
from entraide.routines.prefill import prefilled
from entraide.routines.schedule import due, first_after
from entraide.tickets import actions
from entraide.tickets.models import Channel, Ticket

BATCH = 200
LATE = timedelta(minutes=30)
DESK = Actor.system("recurring")
log = logging.getLogger("entraide.recurring")


def open_what_is_due() -> int:
    """Open a ticket for each recurring one whose date has come; return how many. It may run elsewhere at the same time."""
    with scoped(Scope.everything(reason="recurring tickets come for every organisation")):
        waiting = RecurringTicket.objects.filter(is_active=True, removed_at=None, next_at__lte=now())
        keys = list(waiting.order_by("next_at").values_list("pk", flat=True)[:BATCH])
        return sum(_open_or_go_on(key) for key in keys)


def look_ahead() -> None:
    """Reckon the next dates anew: a calendar may have got another holiday since."""
    with scoped(Scope.everything(reason="calendars are shared by every organisation")):
        rows = RecurringTicket.objects.filter(is_active=True, removed_at=None, calendar__isnull=False)
        for key in list(rows.values_list("pk", flat=True)):
            with transaction.atomic():
                row = RecurringTicket.objects.select_for_update(of=("self",)).get(pk=key)
                row.next_at = first_after(row.schedule, row.done_until, is_working=working_days_of(row))
                row.save(update_fields=["next_at"])


def open_due(key: int) -> bool:
    """Open the ticket of a recurring one if its date has come; tell whether this call did. Raises Refused."""
    at = now()
    with transaction.atomic():
        # Another worker that holds the row opens it; whoever comes later finds that nothing is due any more.
        rows = RecurringTicket.objects.select_for_update(of=("self",), skip_locked=True)
        row = rows.filter(pk=key, is_active=True, removed_at=None, next_at__lte=at).first()
        if row is None:
            return False
        moment = timedelta(microseconds=1)
        past, later = due(row.schedule, row.done_until + moment, until=at, is_working=working_days_of(row))
        ticket = _open(row, past, at) if past else None
        row.done_until, row.next_at, row.last_error = at, later, ""
        changed = ["done_until", "next_at", "last_error"]
        if ticket is not None:
            row.last_ticket = ticket
            changed.append("last_ticket")
        row.save(update_fields=changed)
        reach("recurring-opened")
    return ticket is not None


def _open(row: RecurringTicket, past: list[datetime], at: datetime) -> Ticket:
    newest, missed = past[-1], past[:-1]
    if not row.requester.is_active:
        raise Refused(_("%(name)s is no longer active. Choose another requester.") % {"name": row.requester.name})
    template = row.template
    words = prefilled(template, on=newest.astimezone(ZoneInfo(row.zone)).date())
    category = template.category if template.category and template.category.is_active else None
    team = row.team or template.to_team
    assignee = row.assignee if row.assignee and row.assignee.is_active else None
    ticket = actions.open_ticket(
        row.organisation,
        requester=row.requester,
        subject=words.subject,
        text=words.text or words.subject,
        channel=Channel.DESK,
        actor=DESK,
        kind=template.kind,
        category=category,
        impact=template.impact,
        urgency=template.urgency,
        team=team if team and team.is_active else None,
        assignee=assignee,
        tags=template.tags,
        source=f"recurring:{row.pk}",
        once=f"recurring:{row.pk}:{newest.isoformat()}",
    )
    if missed or at - newest > LATE:
        actions.note(ticket, text=_lateness(row, newest, missed), actor=DESK, once=f"recurring-late:{ticket.pk}")
    RecurringOpening.objects.create(
        organisation_id=row.organisation_id, recurring=row, due_at=newest, opened_at=at, ticket=ticket, missed=len(missed)
    )  # fmt: skip
    return ticket


def _lateness(row: RecurringTicket, newest: datetime, missed: list[datetime]) -> str:
    zone = ZoneInfo(row.zone)

    def said(instant: datetime) -> str:
        return date_format(localtime(instant, zone), "j F Y, H:i")

    text = _("“%(name)s” was due on %(when)s and is opened late: it could not be opened then.") % {
        "name": row.name,
        "when": said(newest),
    }
    if not missed:
        return text
    if len(missed) == 1:
        earlier = _("One earlier date is left out: %(date)s.") % {"date": said(missed[0])}
    else:
        earlier = _("%(n)d earlier dates are left out, from %(first)s to %(last)s.") % {
            "n": len(missed),
            "first": said(missed[0]),
            "last": said(missed[-1]),
        }
    return f"{text}\n\n{earlier}"


def _open_or_go_on(key: int) -> bool:
    try:
        return open_due(key)
    except Exception as error:
        # One that cannot be opened must not keep the others from it. It is tried again at every round, and the list says why.
        why = (
            error.message if isinstance(error, Refused) else _("It could not be opened: look into the log of the desk.")
        )
        changed = RecurringTicket.objects.filter(pk=key).exclude(last_error=why).update(last_error=why)
        if changed:
            log.exception("A recurring ticket could not be opened.", extra={"recurring": key})
        return False
