from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Event, Moment, event
from entraide.sla.metrics import METRICS
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names
from entraide.tickets.status import require_open


@event
@dataclass(frozen=True)
class HierarchicallyEscalated(Event):
    """A rule of the desk drew people's attention to the ticket; its condition became true at `instant`.

    `on_call_ids` are those among the recipients who are told because they are on call. `is_fallback`: the rule's own recipients
    could not be reached, so coordinators were told.
    """

    kind: ClassVar[str] = "hierarchically_escalated"
    right: ClassVar[str] = "rule.fire"

    rule_id: int
    rule_name: str
    trigger: str
    instant: datetime
    recipient_ids: tuple[int, ...]
    on_call_ids: tuple[int, ...] = ()
    metric: str = ""
    level: int = 0
    percent: int = 0
    minutes: int = 0
    in_coverage: bool = False
    by_mail: bool = True
    is_fallback: bool = False

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """Nothing changes but who knows of it."""

    def why(self) -> str:
        """Return why the rule fired, as a clause: "75 % of “Resolution” was used up on 02.03.2026 10:00"."""
        name = _(METRICS[self.metric].name) if self.metric in METRICS else self.metric
        values = {
            "promise": f"{name} N{self.level}" if self.level else name,
            "percent": self.percent,
            "minutes": self.minutes,
            "at": date_format(localtime(self.instant), "SHORT_DATETIME_FORMAT"),
        }
        clauses = {
            "percent": _("%(percent)d %% of “%(promise)s” was used up on %(at)s"),
            "missed": _("“%(promise)s” was missed on %(at)s"),
            "unassigned": _("nobody had taken it for %(minutes)d min on %(at)s"),
            "unaccepted": _("the handover had waited for %(minutes)d min on %(at)s"),
            "silent": _("the requester had waited for %(minutes)d min on %(at)s"),
        }
        return clauses[self.trigger] % values

    def describe(self, names: Names) -> str:
        if not self.recipient_ids:
            sentence = _("rule “%(rule)s”: %(why)s; nobody could be told")
        elif self.is_fallback:
            sentence = _("rule “%(rule)s”: %(why)s; nobody it names can be reached, told %(people)s instead")
        else:
            sentence = _("rule “%(rule)s”: %(why)s; told %(people)s")
        return sentence % {
            "rule": self.rule_name,
            "why": self.why(),
            "people": ", ".join(names.people(self.recipient_ids)),
        }
