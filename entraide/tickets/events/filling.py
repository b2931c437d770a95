from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Conflict, Event, Moment, Refused, event
from entraide.tickets.answers import keep_values
from entraide.tickets.form_words import label_of, said
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.names import Names


@event
@dataclass(frozen=True)
class FormFilled(Event):
    """The form of the category was filled in, or answers to it were changed.

    `before` and `after` map the codes of the fields that differ to their values (None: no answer); the values of the
    former are fields of `from_version_id`, those of the latter of `version_id`.
    """

    kind: ClassVar[str] = "form_filled"
    right: ClassVar[str] = "ticket.fill"

    version_id: int
    from_version_id: int | None = None
    before: dict[str, Any] = field(default_factory=dict, metadata=PERSONAL)
    after: dict[str, Any] = field(default_factory=dict, metadata=PERSONAL)
    is_opening: bool = False

    def check(self, subject: Ticket, actor: Actor) -> None:
        if not self.after and self.version_id == subject.form_version_id:
            raise Refused(_("Nothing was changed."))
        if self.from_version_id != subject.form_version_id or any(
            subject.answers.get(code) != value for code, value in self.before.items()
        ):
            raise Conflict(_("Somebody else has just changed these answers. Look again, then save."))
        if not self.is_opening and not actor.may("ticket.edit", subject):
            raise Refused(_("Once a request is sent, the desk changes its answers: write what is different."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        answers = {**subject.answers, **self.after}
        subject.answers = {code: value for code, value in answers.items() if value is not None}
        subject.form_version_id = self.version_id

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        keep_values(subject)

    def describe(self, names: Names) -> str:
        if self.is_opening:
            return _("filled in the form")
        language = get_language() or "fr"
        changes = [
            _("%(field)s: %(before)s → %(after)s")
            % {
                "field": label_of(code, (self.version_id, self.from_version_id), language),
                "before": said(code, self.before.get(code), self.from_version_id, names, language),
                "after": said(code, value, self.version_id, names, language),
            }
            for code, value in self.after.items()
        ]
        return _("changed %(changes)s") % {"changes": "; ".join(changes)} if changes else _("filled in the form")
