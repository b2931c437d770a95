"""Answers in words, in the language of whoever reads, under the version of the form to which they were given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.forms.field import Field
from entraide.forms.kinds import kind_of
from entraide.forms.models import fields_of
from entraide.look.dates import date_format
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names

NOTHING = "—"


@dataclass(frozen=True)
class InWords:
    """What answers only name (see forms.kinds.kind.Words)."""

    names: Names
    language: str

    def person(self, key: int) -> str:
        return self.names.person(key)

    def site(self, key: int) -> str:
        return self.names.site(key)

    def yes_no(self, value: bool) -> str:
        return _("yes") if value else _("no")

    def day(self, iso: str) -> str:
        return date_format(date.fromisoformat(iso), "j F Y")

    def moment(self, iso: str) -> str:
        return date_format(localtime(datetime.fromisoformat(iso)), "j F Y, H:i")

    def number(self, value: float) -> str:
        text = number_format(value, decimal_pos=None if isinstance(value, int) else 6, use_l10n=True)
        return text if isinstance(value, int) else text.rstrip("0").rstrip(".,")


@dataclass(frozen=True)
class Answer:
    """One answer, ready to be shown. `link` where it leads somewhere."""

    code: str
    label: str
    text: str
    is_long: bool
    link: str


def answers_of(
    ticket: Ticket, *, names: Names, language: str, audience: Literal["everyone", "desk"] = "desk"
) -> list[Answer]:
    """Return what was answered, in the order of the form under which it was."""
    if ticket.form_version_id is None:
        return []
    words = InWords(names, language)
    fields = [
        each
        for each in fields_of(ticket.form_version_id)
        if each.code in ticket.answers and (audience == "desk" or each.audience == "everyone")
    ]
    names.expect(ticket.answers[each.code] for each in fields if each.kind == "person")
    return [_answer(each, ticket.answers[each.code], words) for each in fields]


def label_of(code: str, version_ids: tuple[int | None, ...], language: str) -> str:
    """Return what a field is called in the first of these versions that has it."""
    for version_id in version_ids:
        if field := _field(code, version_id):
            return field.label(language)
    return code


def said(code: str, value: Any, version_id: int | None, names: Names, language: str) -> str:
    """Return a value in words."""
    if value is None:
        return NOTHING
    field = _field(code, version_id)
    return _said(field, value, InWords(names, language)) if field else str(value)


def _field(code: str, version_id: int | None) -> Field | None:
    if version_id is None:
        return None
    return next((each for each in fields_of(version_id) if each.code == code), None)


def _said(field: Field, value: Any, words: InWords) -> str:
    try:
        return kind_of(field.kind).say(value, field, words)
    except (ValueError, TypeError):
        # An erased answer is a mark and no longer of its type.
        return str(value)


def _answer(field: Field, value: Any, words: InWords) -> Answer:
    links = {"url": "", "email": "mailto:", "telephone": "tel:"}
    return Answer(
        code=field.code,
        label=field.label(words.language),
        text=_said(field, value, words),
        is_long=field.kind == "long_text",
        link=f"{links[field.kind]}{value}" if field.kind in links else "",
    )
