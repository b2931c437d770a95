"""The news that a chat is told, one kind each: seldom enough that people go on reading them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.core.registry import Registry
from entraide.tickets.models import TicketEntry
from entraide.tickets.priority import Priority, priority_of


def _always(entry: TicketEntry) -> bool:
    return True


@dataclass(frozen=True)
class Notice:
    """One kind of news. `kinds` are the entries that may bring it, `is_news` tells whether one does; `mark` is how a chat shows it."""

    code: str
    name: str | Promise
    sentence: str | Promise
    kinds: tuple[str, ...]
    mark: str = "🔵"
    is_news: Callable[[TicketEntry], bool] = _always


def _is_p1_now(entry: TicketEntry) -> bool:
    event: Any = entry.event
    if entry.kind == "priority_overridden":
        return bool(event.priority == Priority.P1)
    if entry.kind == "fields_edited":
        return not {"impact", "urgency"}.isdisjoint(event.after) and entry.ticket.priority == Priority.P1
    return (event.priority or priority_of(event.impact, event.urgency)) == Priority.P1


def _ends_major(entry: TicketEntry) -> bool:
    return entry.kind != "resolved" or entry.ticket.major_since is not None


notices: Registry[Notice] = Registry("kinds of news for a chat")

notices.register(
    Notice(
        "new_p1",
        _("A P1"),
        _("P1: a critical ticket."),
        ("ticket_opened", "fields_edited", "priority_overridden"),
        "🔴",
        _is_p1_now,
    )
)
notices.register(
    Notice("major_declared", _("A major incident is declared"), _("A major incident was declared."), ("major_declared",), "🔴")
)  # fmt: skip
notices.register(
    Notice(
        "major_news", _("News of a major incident"), _("There is news of the major incident."), ("major_updated",), "🟠"
    )
)
notices.register(
    Notice(
        "major_over", _("A major incident is over"), _("The major incident is over."), ("major_stood_down", "resolved"),
        "🟢", _ends_major,
    )
)  # fmt: skip
notices.register(
    Notice("promise_in_danger", _("A promise is in danger"), _("A promise is in danger."), ("clock_warned",), "🟠")
)
notices.register(
    Notice("promise_missed", _("A promise was missed"), _("A promise was missed."), ("clock_breached",), "🔴")
)
notices.register(
    Notice("rule", _("An escalation rule speaks"), _("An escalation rule asks for attention."), ("hierarchically_escalated",), "🟠")
)  # fmt: skip
notices.register(Notice("handover", _("A handover"), _("A ticket was handed over."), ("escalated",)))
notices.register(Notice("reopened", _("A ticket is reopened"), _("The ticket was reopened."), ("reopened",)))


def notice_of(entry: TicketEntry) -> Notice | None:
    """Return the news that this entry brings, if any."""
    for each in notices:
        if entry.kind in each.kinds and each.is_news(entry):
            return each
    return None
