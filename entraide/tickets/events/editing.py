from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Conflict, Event, Moment, Refused, event
from entraide.tickets.field_words import field_words
from entraide.tickets.kinds import kinds
from entraide.tickets.models import Mode, Ticket
from entraide.tickets.names import Names
from entraide.tickets.priority import Priority
from entraide.tickets.promised import computed_priority

# What a plain edit may change, and what people call it.
EDITABLE: dict[str, Any] = {
    "kind": gettext_lazy("kind"),
    "subject": gettext_lazy("subject"),
    "category_id": gettext_lazy("category"),
    "site_id": gettext_lazy("site"),
    "requester_id": gettext_lazy("requester"),
    "on_behalf_of_id": gettext_lazy("on behalf of"),
    "impact": gettext_lazy("impact"),
    "urgency": gettext_lazy("urgency"),
    "mode": gettext_lazy("mode"),
    "tags": gettext_lazy("tags"),
}


@event
@dataclass(frozen=True)
class FieldsEdited(Event):
    """Plain fields were changed. `before` and `after` map the names of the fields to their values."""

    kind: ClassVar[str] = "fields_edited"
    right: ClassVar[str] = "ticket.edit"
    personal_keys: ClassVar[frozenset[str] | None] = frozenset({"subject"})

    before: dict[str, Any] = field(metadata=PERSONAL)
    after: dict[str, Any] = field(metadata=PERSONAL)
    seen: int | None = None
    # What follows: another site may have another agreement, another requester may be a VIP.
    follows: dict[str, Any] = field(default_factory=dict)

    def check(self, subject: Ticket, actor: Actor) -> None:
        if not self.after:
            raise Refused(_("Nothing was changed."))
        if self.seen is not None and subject.timeline().filter(number__gt=self.seen, kind=self.kind).exists():
            # A form sends all its fields: without this it would put back what somebody else has just changed.
            raise Conflict(_("Somebody else has just edited this ticket. Look again, then save."))
        for name, value in self.after.items():
            if name not in EDITABLE:
                raise Refused(_("“%(field)s” cannot be edited.") % {"field": name}, field=name)
            if getattr(subject, name) != self.before[name]:
                raise Conflict(
                    _("Somebody else has just changed the %(field)s. Look again.") % {"field": EDITABLE[name]},
                    field=name,
                )
            _check_value(name, value)
        if not subject.priority_reason and ("impact" in self.after or "urgency" in self.after):
            impact, urgency = self.after.get("impact"), self.after.get("urgency")
            keep_a_major_p1(subject, computed_priority(subject, impact=impact, urgency=urgency), field="impact")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        for name, value in self.after.items():
            setattr(subject, name, value)
        for name, value in self.follows.items():
            setattr(subject, name, value)
        if (self.follows or "impact" in self.after or "urgency" in self.after) and not subject.priority_reason:
            subject.priority = computed_priority(subject)

    def describe(self, names: Names) -> str:
        changes = [
            _("%(field)s: %(before)s → %(after)s")
            % {
                "field": EDITABLE[name],
                "before": field_words(name, self.before.get(name), names),
                "after": field_words(name, value, names),
            }
            for name, value in self.after.items()
        ]
        return _("changed %(changes)s") % {"changes": "; ".join(changes)}


@event
@dataclass(frozen=True)
class PriorityOverridden(Event):
    """A person set the priority by hand, and why. An empty `reason` with priority None goes back to the matrix."""

    kind: ClassVar[str] = "priority_overridden"
    right: ClassVar[str] = "ticket.edit"

    priority: int | None
    reason: str = field(default="", metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        if self.priority is None:
            keep_a_major_p1(subject, computed_priority(subject), field="priority")
            return
        if self.priority not in (1, 2, 3, 4):
            raise Refused(_("A priority is one of P1 to P4."), field="priority")
        if not self.reason.strip():
            raise Refused(_("Say why the priority differs from impact × urgency."), field="reason")
        if self.priority == subject.priority and self.reason == subject.priority_reason:
            raise Conflict(_("The ticket has this priority already."), field="priority")
        keep_a_major_p1(subject, self.priority, field="priority")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        if self.priority is None:
            subject.priority, subject.priority_reason = computed_priority(subject), ""
        else:
            subject.priority, subject.priority_reason = self.priority, self.reason

    def describe(self, names: Names) -> str:
        if self.priority is None:
            return _("let the priority follow from impact and urgency again")
        return _("set the priority to P%(priority)d: %(reason)s") % {"priority": self.priority, "reason": self.reason}


def keep_a_major_p1(subject: Ticket, priority: int, *, field: str) -> None:
    """Raise Refused where an open major incident would no longer be a P1."""
    if subject.major_since is not None and subject.is_open and priority != Priority.P1:
        raise Refused(
            _("A major incident is a P1: stand it down first, or keep P1 by setting the priority by hand."), field=field
        )


def _check_value(name: str, value: Any) -> None:
    if name == "kind" and value not in kinds:
        raise Refused(_("Choose a kind of ticket."), field=name)
    if name == "subject" and not str(value).strip():
        raise Refused(_("Say in a few words what the ticket is about."), field=name)
    if name in ("impact", "urgency") and value not in (1, 2, 3):
        raise Refused(_("Impact and urgency go from 1 (high) to 3 (low)."), field=name)
    if name == "mode" and value not in Mode.values:
        raise Refused(_("Choose remote or on site."), field=name)
    if name == "requester_id" and value is None:
        raise Refused(_("A ticket needs a requester."), field=name)
