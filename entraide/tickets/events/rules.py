from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Event, Moment, event
from entraide.look.dates import date_format
from entraide.sla.metrics import METRICS
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names
from entraide.tickets.status import require_open


@event
@dataclass(frozen=True)
class HierarchicallyEscalated(Event):
    """A rule of the desk drew people's attention to the ticket; its condition became true at `instant`.

    `on_call_ids` are those among the recipients who are told because they are on call. `is_fallback`: the rule's own recipients
    could not be reached, so coordinators were told. `also` are more promises that came true at the same instant, as "in_hand:1".
    `since` is the beginning of the silence, or when so much of the promise was used up; events of earlier times have none.
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
    also: tuple[str, ...] = ()
    since: datetime | None = None

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """Nothing changes but who knows of it."""

    def why(self) -> str:
        """Return why the rule fired, as a clause: "75 % of “Resolution” was used up on 02.03.2026 10:00"."""
        values = {
            "promise": _promise_name(self.metric, self.level),
            "promises": self._promises(),
            "percent": self.percent,
            "minutes": self.minutes,
            "at": _moment(self.since if self.since and self.metric else self.instant),
            "since": _moment(self.since) if self.since else "",
        }
        return self._clause() % values

    def _clause(self) -> str:
        several, known = bool(self.also), self.since is not None
        match self.trigger:
            case "percent" if several:
                return _("%(percent)d %% of %(promises)s were used up on %(at)s")
            case "percent":
                return _("%(percent)d %% of “%(promise)s” was used up on %(at)s")
            case "missed" if several:
                return _("%(promises)s were missed on %(at)s")
            case "missed":
                return _("“%(promise)s” was missed on %(at)s")
            case "unassigned" if known:
                return _("nobody had taken it for %(minutes)d min, since %(since)s")
            case "unassigned":
                return _("nobody had taken it for %(minutes)d min on %(at)s")
            case "unaccepted" if known:
                return _("the handover had waited for %(minutes)d min, since %(since)s")
            case "unaccepted":
                return _("the handover had waited for %(minutes)d min on %(at)s")
            case "silent" if known:
                return _("the requester had waited for %(minutes)d min, since %(since)s")
            case _:
                return _("the requester had waited for %(minutes)d min on %(at)s")

    def _promises(self) -> str:
        """Return all of them by name, as in "“First response” and “In hand N1”"."""
        pairs = [(self.metric, str(self.level)), *(tuple(code.split(":")) for code in self.also)]
        named = [_("“%(promise)s”") % {"promise": _promise_name(metric, int(level))} for metric, level in pairs]
        return (
            named[0]
            if len(named) == 1
            else _("%(first)s and %(last)s") % {"first": ", ".join(named[:-1]), "last": named[-1]}
        )

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


def _promise_name(metric: str, level: int) -> str:
    name = _(METRICS[metric].name) if metric in METRICS else metric
    return f"{name} N{level}" if level else name


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")
