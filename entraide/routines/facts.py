"""What the variables of a text stand for on one ticket, in the requester's language and time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.look import times
from entraide.look.dates import date_format
from entraide.people.models import Person
from entraide.routines.variables import Filled, fill, unknown_in
from entraide.sla.metrics import METRICS
from entraide.tickets.models import Ticket
from entraide.tickets.priority import Priority

# Each with what people call it, in the order in which they are offered.
VARIABLES: dict[str, Any] = {
    "requester.first_name": gettext_lazy("first name of the requester"),
    "requester.name": gettext_lazy("name of the requester"),
    "ticket.number": gettext_lazy("number of the ticket"),
    "ticket.subject": gettext_lazy("subject of the ticket"),
    "ticket.priority": gettext_lazy("priority"),
    "ticket.opened": gettext_lazy("day on which it was opened"),
    "organisation": gettext_lazy("organisation"),
    "site": gettext_lazy("site"),
    "assignee": gettext_lazy("assignee"),
    "team": gettext_lazy("team"),
    "my.name": gettext_lazy("my name"),
    "my.first_name": gettext_lazy("my first name"),
    "promise.next": gettext_lazy("next promise, in words"),
    "today": gettext_lazy("today’s date"),
}


def check_variables(text: str, *, field: str) -> None:
    """Raise Refused when a text names a variable that does not exist."""
    if wrong := unknown_in(text, VARIABLES):
        names = ", ".join(each if each in ("{{", "}}") else "{{ " + each + " }}" for each in wrong)
        raise Refused(
            _("There is no variable %(names)s. Choose one from the list beside the text.") % {"names": names}, field=field
        )  # fmt: skip


def filled(text: str, ticket: Ticket, *, me: Person, language: str) -> Filled:
    """Return a text for this ticket as `me` would send it."""
    with speaking_to(ticket, language):
        return fill(text, _values(ticket, me))


@contextmanager
def speaking_to(ticket: Ticket, language: str) -> Iterator[None]:
    """Say dates and words as the requester reads them: in their language, by the clock on their wall."""
    place = ticket.site or ticket.organisation
    with translation.override(language), timezone.override(ZoneInfo(place.time_zone)):
        yield


def _values(ticket: Ticket, me: Person) -> dict[str, Callable[[], str]]:
    return {
        "requester.first_name": lambda: _first_name(ticket.requester.name),
        "requester.name": lambda: ticket.requester.name,
        "ticket.number": lambda: f"{settings.ENTRAIDE.ticket_prefix}-{ticket.number}",
        "ticket.subject": lambda: ticket.subject,
        "ticket.priority": lambda: str(Priority(ticket.priority).label),
        "ticket.opened": lambda: date_format(localtime(ticket.opened_at), "j F Y"),
        "organisation": lambda: ticket.organisation.name,
        "site": lambda: ticket.site.name if ticket.site else "",
        "assignee": lambda: ticket.assignee.name if ticket.assignee else "",
        "team": lambda: ticket.team.name if ticket.team else "",
        "my.name": lambda: me.name,
        "my.first_name": lambda: _first_name(me.name),
        "promise.next": lambda: _next_promise(ticket),
        "today": lambda: date_format(localtime(now()), "j F Y"),
    }


def _first_name(name: str) -> str:
    return name.split()[0] if name.split() else ""


def _next_promise(ticket: Ticket) -> str:
    """Return when the nearest promise to the client falls due; what is late or not promised is not put into words as if it were."""
    to_client = [metric.code for metric in METRICS.values() if not metric.is_internal]
    running = ticket.clocks.filter(state="running", metric__in=to_client, due_at__gt=now())
    due_at = running.order_by("due_at").values_list("due_at", flat=True).first()
    return times.by(due_at, now=now()) if due_at else _("as soon as we can")
