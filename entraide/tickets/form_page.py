"""The form of a category on a page: what is asked of whom, what was sent, and what stands there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.core.events import Refused
from entraide.forms.asking import Asked, Page, Places, Typed, asked, typed_from
from entraide.forms.field import Audience, Field, Value
from entraide.forms.filling import read_page
from entraide.forms.kinds import kind_of
from entraide.forms.models import FormVersion
from entraide.people.models import MailAddress, Person, Site
from entraide.tickets.filling import FormRefused, require
from entraide.tickets.form_of import around_page

# The control of a page that says which version of a form it shows.
VERSION = "form_version"
PEOPLE_OFFERED = 80


def asked_on_page(
    version: FormVersion | None, *, organisation_id: int, audience: Audience, typed: Typed | None = None,
    refused: Refused | None = None, offers_people: bool = False,
) -> list[Asked]:  # fmt: skip
    """Return the fields of a form as a page shows them, each with what is wrong with it where answers were refused.

    `offers_people` to whoever may see all of the organisation.
    """
    if version is None:
        return []
    fields, typed = version.fields, typed or {}
    places = Places(
        sites=_sites(organisation_id, fields), people=_people(organisation_id, fields) if offers_people else ()
    )
    around = around_page(organisation_id, fields, typed)
    problems = refused.errors if isinstance(refused, FormRefused) else {}
    return asked(fields, Page(get_language() or "fr", audience, around, typed, places, problems))


def sent_answers(
    data: Any, version: FormVersion, *, organisation_id: int, audience: Audience,
    before: Mapping[str, Value] | None = None,
) -> Mapping[str, Value]:  # fmt: skip
    """Return the answers that a page sent (`data` is a QueryDict). Raises FormRefused.

    A page that showed no form, or another version, has not asked what is to be answered: nothing is guessed.
    """
    if data.get(VERSION, "") != str(version.pk):
        raise FormRefused(_("There is more to say about this: answer what is asked below."), errors={})
    typed = typed_from(data)
    around = around_page(organisation_id, version.fields, typed)
    return require(read_page(version.fields, typed, around, audience=audience, before=before))


def is_untouched(data: Any) -> bool:
    """Tell whether nothing was answered on a page."""
    return not any(each.strip() for texts in typed_from(data).values() for each in texts)


def typed_of(version: FormVersion, answers: Mapping[str, Value], *, organisation_id: int) -> dict[str, list[str]]:
    """Return what a page sends for answers that stand already; a person by mail address."""
    by_code = {each.code: each for each in version.fields}
    naming = [answers[code] for code, field in by_code.items() if field.kind == "person" and code in answers]
    mail = MailAddress.objects.filter(
        organisation_id=organisation_id, person_id__in=[n for n in naming if type(n) is int]
    )
    known = {address.person_id: address.email for address in mail.order_by("-pk")}
    around = around_page(organisation_id, version.fields, {})
    typed: dict[str, list[str]] = {}
    for code, value in answers.items():
        field = by_code.get(code)
        if field is None:
            continue
        if field.kind == "person" and value in known:
            typed[code] = [known[value]]  # type: ignore[index]
            continue
        try:
            typed[code] = kind_of(field.kind).typed(value, around)
        except (TypeError, ValueError):
            # An erased answer is a mark and no longer of its type: it is asked anew.
            typed[code] = []
    return typed


def _sites(organisation_id: int, fields: Sequence[Field]) -> Sequence[tuple[int, str]]:
    if not any(each.kind == "site" for each in fields):
        return ()
    return list(Site.objects.filter(organisation_id=organisation_id).values_list("pk", "name"))


def _people(organisation_id: int, fields: Sequence[Field]) -> Sequence[tuple[str, str]]:
    """Return whom a list can offer; none where they are too many for one, and are written instead."""
    if not any(each.kind == "person" for each in fields):
        return ()
    people = Person.objects.filter(organisation_id=organisation_id, is_active=True, addresses__isnull=False)
    rows = list(people.order_by("name").values_list("addresses__email", "name")[: PEOPLE_OFFERED + 1])
    return rows if len(rows) <= PEOPLE_OFFERED else ()
