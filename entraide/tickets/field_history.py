"""The history of every field: what stood in it, from when to when, and whose word changed it.

It is read from the timeline, by letting it happen again: so it knows of each change, whichever act brought it along.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from entraide.core.clock import now
from entraide.tickets.field_words import field_words
from entraide.tickets.form_words import label_of, said
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.names import Names

FIELDS: dict[str, str | Promise] = {
    "status": _("State"),
    "pending_reason": _("Waits for"),
    "waiting_until": _("Waits until"),
    "priority": _("Priority"),
    "impact": _("Impact"),
    "urgency": _("Urgency"),
    "level": _("Level"),
    "team_id": _("Team"),
    "assignee_id": _("Assignee"),
    "subject": _("Subject"),
    "kind": _("Kind"),
    "category_id": _("Category"),
    "tags": _("Tags"),
    "mode": _("Mode"),
    "organisation_id": _("Organisation"),
    "requester_id": _("Requester"),
    "on_behalf_of_id": _("On behalf of"),
    "site_id": _("Site"),
    "agreement_version_id": _("Agreement"),
    "resolution_code": _("How it was resolved"),
    "major_since": _("Major incident since"),
    "major_lead_id": _("Lead of the major incident"),
    "watcher_ids": _("Who follows"),
}
ANSWERS = "answers"


@dataclass(frozen=True)
class Change:
    """One change of one field, by `entry`. `before` and `after` are what stood there, as stored and in words.

    `held` is how long it then stood so, until the next change of this field, the closing of the ticket or now;
    `is_current` where nothing has changed it since. What the ticket was opened with has no `before`.
    """

    field: str
    label: str
    before: Any
    after: Any
    before_words: str
    after_words: str
    entry: TicketEntry
    who: str
    held: timedelta
    is_current: bool

    @property
    def is_first(self) -> bool:
        return self.entry.number == 1


@dataclass(frozen=True)
class _Found:
    field: str
    before: Any
    after: Any
    entry: TicketEntry
    version_ids: tuple[int | None, int | None]


def history(ticket: Ticket) -> list[Change]:
    """Return every change of every field, the oldest first, with what each was opened with."""
    fresh = Ticket()
    fresh.pk = ticket.pk
    found: list[_Found] = []
    for entry, before in ticket.retold(fresh):
        found += _changes(fresh, entry, before)  # type: ignore[arg-type]
    until = ticket.closed_at or now()
    ends: dict[str, datetime] = {}
    names = Names(_people(found))
    changes = []
    for each in reversed(found):
        changes.append(_change(each, ends.get(each.field), until, names))
        ends[each.field] = each.entry.at
    return changes[::-1]


def _changes(fresh: Ticket, entry: TicketEntry, before: dict[str, Any]) -> list[_Found]:
    versions = (fresh.form_version_id, before.get("form_version_id"))
    found = []
    for name in FIELDS:
        was, is_now = before.get(name), getattr(fresh, name)
        # Empty and empty: it was not given when the ticket was opened, and says nothing.
        if was != is_now and (was or is_now):
            found.append(_Found(name, was, is_now, entry, versions))
    was, is_now = before.get(ANSWERS) or {}, fresh.answers
    for code in dict.fromkeys([*was, *is_now]):
        if was.get(code) != is_now.get(code):
            found.append(_Found(f"{ANSWERS}.{code}", was.get(code), is_now.get(code), entry, versions))
    return found


def _change(found: _Found, next_at: datetime | None, until: datetime, names: Names) -> Change:
    code = found.field.removeprefix(f"{ANSWERS}.")
    is_answer = code != found.field
    language = get_language() or "en"

    def words(value: Any) -> str:
        if is_answer:
            return said(code, value, next((each for each in found.version_ids if each), None), names, language)
        return field_words(found.field, value, names)

    return Change(
        field=found.field,
        label=label_of(code, found.version_ids, language) if is_answer else str(FIELDS[found.field]),
        before=found.before,
        after=found.after,
        before_words=words(found.before),
        after_words=words(found.after),
        entry=found.entry,
        who=names.person(found.entry.actor_person_id) if found.entry.actor_person_id else "Entraide",
        held=max((next_at or until) - found.entry.at, timedelta(0)),
        is_current=next_at is None,
    )


def _people(found: list[_Found]) -> list[int | None]:
    people: list[int | None] = []
    for each in found:
        people.append(each.entry.actor_person_id)
        for value in (each.before, each.after):
            if each.field in ("requester_id", "on_behalf_of_id", "assignee_id", "major_lead_id"):
                people.append(value)
            elif each.field == "watcher_ids":
                people += value or []
    return people
