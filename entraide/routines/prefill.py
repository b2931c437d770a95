"""What a template puts into a new ticket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core.events import Refused
from entraide.look.dates import date_format
from entraide.routines.models import TicketTemplate
from entraide.routines.variables import fill, unknown_in

# There is no ticket yet: only what the day says.
VARIABLES: dict[str, Any] = {
    "today": gettext_lazy("date of the ticket"),
    "month": gettext_lazy("month of the ticket"),
    "week": gettext_lazy("number of the week"),
}


@dataclass(frozen=True)
class Prefilled:
    """The words of a new ticket."""

    subject: str
    text: str


def prefilled(template: TicketTemplate, *, on: date) -> Prefilled:
    """Return the template's words for a ticket of this day."""
    values: dict[str, Callable[[], str]] = {
        "today": lambda: date_format(on, "j F Y"),
        "month": lambda: date_format(on, "F Y"),
        "week": lambda: str(on.isocalendar().week),
    }
    return Prefilled(fill(template.subject, values).text, fill(template.text, values).text)


def check_variables(text: str, *, field: str) -> None:
    """Raise Refused when a text of a template names a variable that does not exist."""
    if wrong := unknown_in(text, VARIABLES):
        names = ", ".join(each if each in ("{{", "}}") else "{{ " + each + " }}" for each in wrong)
        raise Refused(
            _("There is no variable %(names)s. Choose one from the list beside the text.") % {"names": names}, field=field
        )  # fmt: skip
