"""The columns that a list of tickets can have. Which ticket it is stands there always."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Column:
    """One column: its code (the class of its cells is `c-<code>`), its name, the order that its head asks for."""

    code: str
    name: str | Promise
    sort: str = ""


# As they stand from left to right, around the ticket itself.
COLUMNS = (
    Column("prio", _("Priority"), "urgency"),
    Column("who", _("Requester")),
    Column("site", _("Site")),
    Column("category", _("Category")),
    Column("status", _("State")),
    Column("level", _("Level")),
    Column("team", _("Team")),
    Column("assignee", _("Assignee")),
    Column("next", _("Next")),
    Column("due", _("Due"), "promise"),
    Column("when", _("Last word"), "change"),
    Column("opened", _("Opened"), "opened"),
)
USUAL = ("prio", "who", "level", "assignee", "next", "due", "when")


def shown(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the columns to show, in their order: those of `codes` that there are, the usual ones where there are none."""
    wanted = set(codes)
    return tuple(column.code for column in COLUMNS if column.code in wanted) or USUAL
