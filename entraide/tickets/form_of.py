"""Which form a category asks, and what answers may name: the people and places of an organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.timezone import get_current_timezone

from entraide.core.clock import now
from entraide.forms.field import Audience, Field
from entraide.forms.kinds import Around
from entraide.forms.models import FormVersion, fields_of
from entraide.people.models import MailAddress, Organisation, Person, Site
from entraide.tickets.models import Category, Ticket


def form_of(category: Category | None) -> FormVersion | None:
    """Return the form that is filled in for this category: its own, or that of the nearest one above; None if there is none."""
    above = category
    while above is not None:
        if above.form_id is not None:
            return FormVersion.objects.filter(form_id=above.form_id).order_by("-number").first()
        above = above.parent
    return None


def form_for(ticket: Ticket) -> FormVersion | None:
    """Return the form to fill in on a ticket: the version under which it was, while its category asks that form."""
    asked = form_of(ticket.category)
    filled = ticket.form_version
    if filled is not None and (asked is None or asked.form_id == filled.form_id):
        return filled
    return asked


def visible_answers(ticket: Ticket, *, audience: Audience) -> dict[str, Any]:
    """Return the answers by field that this audience may see."""
    if ticket.form_version_id is None:
        return {}
    fields = fields_of(ticket.form_version_id)
    return {
        each.code: ticket.answers[each.code]
        for each in fields
        if each.code in ticket.answers and (audience == "desk" or each.audience == "everyone")
    }


def around(organisation_id: int, fields: Sequence[Field], texts: Iterable[Any]) -> Around:
    """Return what answers of this organisation may name; `texts` are those that name a person."""
    return Around(
        people=_people(organisation_id, texts) if any(each.kind == "person" for each in fields) else {},
        sites=_sites(organisation_id) if any(each.kind == "site" for each in fields) else {},
        zone=get_current_timezone(),
        today=now().astimezone(get_current_timezone()).date(),
        region=_country(organisation_id) if any(each.kind == "telephone" for each in fields) else "",
    )


def around_page(organisation_id: int, fields: Sequence[Field], typed: Mapping[str, Sequence[str]]) -> Around:
    """Return what the answers of a page name."""
    naming = [each for field in fields if field.kind == "person" for each in typed.get(field.code, ())]
    return around(organisation_id, fields, naming)


def around_json(organisation_id: int, fields: Sequence[Field], given: Mapping[str, Any]) -> Around:
    """Return what the answers of a program name."""
    naming = [given.get(field.code) for field in fields if field.kind == "person"]
    return around(organisation_id, fields, naming)


def _country(organisation_id: int) -> str:
    """Return the country of the organisation, or the desk's own where it has said none."""
    countries = Organisation.objects.filter(Q(pk=organisation_id) | Q(supports=True)).exclude(country="")
    known = dict(countries.order_by("-pk").values_list("pk", "country"))
    return known.get(organisation_id) or next(iter(known.values()), "")


def _people(organisation_id: int, texts: Iterable[Any]) -> dict[str, int]:
    wanted = {str(each).strip().casefold() for each in texts if each not in (None, "") and len(str(each)) < 300}
    wanted = {each for each in wanted if "\x00" not in each}
    people = Person.objects.filter(organisation_id=organisation_id, is_active=True)
    keys = {int(each) for each in wanted if each.isdecimal() and len(each) < 18}
    found = {str(key): key for key in people.filter(pk__in=keys).values_list("pk", flat=True)}
    for text in sorted(wanted):
        matching = set(people.filter(name__iexact=text).values_list("pk", flat=True)[:2])
        if len(matching) == 1:
            found[text] = matching.pop()
    addresses = MailAddress.objects.filter(organisation_id=organisation_id, person__in=people)
    for text in sorted(each for each in wanted if "@" in each):
        key = addresses.filter(email__iexact=text).values_list("person_id", flat=True).first()
        if key is not None:
            found[text] = key
    return found


def _sites(organisation_id: int) -> dict[str, int]:
    return {str(key): key for key in Site.objects.filter(organisation_id=organisation_id).values_list("pk", flat=True)}
