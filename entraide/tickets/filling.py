"""Opening a ticket with its form filled in, and changing the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.forms.field import Value
from entraide.forms.filling import Filled, changes
from entraide.forms.models import FormVersion
from entraide.forms.words import sentence_of
from entraide.people.models import Organisation, Person
from entraide.tickets import actions
from entraide.tickets.events.filling import FormFilled
from entraide.tickets.models import Ticket


class FormRefused(Refused):
    """Answers do not fit their form; `errors` says by field what is wrong with it."""

    def __init__(self, message: str, *, errors: Mapping[str, str]) -> None:
        super().__init__(message, field=f"fields.{next(iter(errors))}" if errors else None)
        self.errors = dict(errors)


def require(filled: Filled) -> Mapping[str, Value]:
    """Return the answers. Raises FormRefused where something is wrong with them."""
    if filled.problems:
        errors = {code: sentence_of(problem) for code, problem in filled.problems.items()}
        raise FormRefused(summary(len(errors)), errors=errors)
    return filled.values


def summary(count: int) -> str:
    """Return how many answers are to be mended, in words."""
    from django.utils.translation import ngettext

    return ngettext("One answer is still to be mended.", "%(count)d answers are still to be mended.", count) % {
        "count": count
    }


def open_with_form(
    organisation: Organisation, *, requester: Person, version: FormVersion | None, answers: Mapping[str, Value],
    actor: Actor, once: str | None = None, **facts: Any,
) -> Ticket:  # fmt: skip
    """Open a ticket (see actions.open_ticket) with the answers to a form: both, or neither."""
    with transaction.atomic():
        ticket = actions.open_ticket(organisation, requester=requester, actor=actor, once=once, **facts)
        if version is not None and ticket.form_version_id is None:
            fill(ticket, version=version, answers=answers, actor=actor, is_opening=True)
    return ticket


def fill(
    ticket: Ticket, *, version: FormVersion, answers: Mapping[str, Value], actor: Actor, is_opening: bool = False,
    seen: Mapping[str, Value] | None = None, once: str | None = None,
) -> Entry:  # fmt: skip
    """Give the answers to a form; those that are not there any more are taken away.

    With `seen` (the answers that one saw) it refuses if somebody changed one of those that change now.
    """
    before, after = changes(ticket.answers if seen is None else seen, answers)
    event = FormFilled(version.pk, ticket.form_version_id, before, after, is_opening)
    return record(ticket, event, actor=actor, once=once)
