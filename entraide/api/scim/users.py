"""/Users: the people of one organisation, as its directory keeps them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from entraide.api.models import ApiToken
from entraide.api.scim.answers import Missing, Wrong, body_of, listed, spoken
from entraide.api.scim.filters import equals
from entraide.api.scim.patching import changes, truth
from entraide.api.tokens import revoke_token
from entraide.entrance import provisioning
from entraide.entrance.models import Provisioned
from entraide.people.models import Organisation, Person

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
FILTERS = {
    "username": "addresses__email__iexact",
    "emails.value": "addresses__email__iexact",
    "emails": "addresses__email__iexact",
    "externalid": "provisioned__external_id",
    "id": "pk",
}
# What a directory may say in addition, and we keep nothing of.
LANGUAGES = dict(settings.LANGUAGES)


@spoken("GET", "POST")
def users(request: HttpRequest, organisation: Organisation) -> tuple[int, dict[str, Any]]:
    """List people, or add one."""
    if request.method == "POST":
        sent = _lower(body_of(request))
        email = str(sent.get("username") or "").strip()
        person = provisioning.add_person(
            organisation, email=email, name=_name(sent) or email, external_id=str(sent.get("externalid") or "")[:255]
        )
        _keep(person, sent)
        return 201, shown(_find(organisation, person.pk))
    found = provisioning.people_of(organisation)
    asked = equals(request.GET.get("filter", ""), FILTERS)
    if asked is not None:
        column, text = asked
        found = found.none() if column == "pk" and not _is_key(text) else found.filter(**{column: text})
    return 200, listed(request, found, shown)


@spoken("GET", "PUT", "PATCH", "DELETE")
def user(request: HttpRequest, organisation: Organisation, key: str) -> tuple[int, dict[str, Any] | None]:
    """Read, replace, change or let go of one person."""
    person = _find(organisation, key)
    if request.method == "GET":
        return 200, shown(person)
    Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if request.method == "DELETE":
        _end_tokens(person)
        provisioning.let_go(person)
        return 204, None
    Provisioned.objects.get_or_create(person=person, defaults={"organisation": organisation})
    sent = body_of(request)
    _keep(person, _lower(sent) if request.method == "PUT" else _patched(sent))
    return 200, shown(_find(organisation, person.pk))


def shown(person: Person) -> dict[str, Any]:
    """Return a person as SCIM has them."""
    known = getattr(person, "provisioned", None)
    first, _space, last = person.name.partition(" ")
    body: dict[str, Any] = {
        "schemas": [SCHEMA],
        "id": str(person.pk),
        "userName": person.address or "",
        "name": {"formatted": person.name, "givenName": first, "familyName": last},
        "displayName": person.name,
        "title": person.job_title,
        "emails": [
            {"value": each.email, "primary": each.is_main, "type": "work"}
            for each in sorted(person.addresses.all(), key=lambda each: (not each.is_main, each.pk))
        ],
        "active": person.is_active and hasattr(person, "account") and person.account.is_active,
        "groups": [{"value": str(each.pk), "display": each.name} for each in person.directory_groups.all()],
        "meta": {"resourceType": "User", "location": _address(person)},
    }
    if person.language:
        body["preferredLanguage"] = person.language
    if known is not None and known.external_id:
        body["externalId"] = known.external_id
    return body


def find_people(organisation: Organisation, keys: list[str]) -> list[Person]:
    """Return these people of the organisation. Raises Wrong for one that there is not."""
    wanted = {int(each) for each in keys if _is_key(each)}
    found = list(provisioning.people_of(organisation).filter(pk__in=wanted))
    if len(found) != len(set(keys)):
        raise Wrong("A member is not a user of this organisation.")
    return found


def _find(organisation: Organisation, key: Any) -> Person:
    found = provisioning.people_of(organisation).filter(pk=key).first() if _is_key(str(key)) else None
    if found is None:
        raise Missing
    return found


def _keep(person: Person, said: dict[str, Any]) -> None:
    """Keep what was said of a person; what was not said stays."""
    if "username" in said:
        provisioning.set_address(person, str(said["username"] or "").strip())
    if name := _name(said, person.name):
        person.name = name
    if "title" in said:
        person.job_title = str(said["title"] or "")[:200]
    language = str(said.get("preferredlanguage") or "")[:2].lower()
    if language in LANGUAGES:
        person.language = language
    person.save(update_fields=["name", "job_title", "language"])
    if "externalid" in said:
        Provisioned.objects.filter(person=person).update(external_id=str(said["externalid"] or "")[:255])
    if "active" in said:
        active = truth(said["active"])
        if not active:
            _end_tokens(person)
        provisioning.set_active(person, active)


def _patched(sent: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for change in changes(sent):
        value = None if change.op == "remove" else change.value
        if change.path == "active" and value is None:
            raise Wrong("active cannot be removed: replace it by false.", "mutability")
        if change.path in ("name.givenname", "name.familyname", "name.formatted"):
            said.setdefault("name", {})[change.path.partition(".")[2]] = value
        elif change.path == "name" and isinstance(value, dict):
            said.setdefault("name", {}).update(_lower(value))
        else:
            said[change.path] = value
    return said


def _name(said: dict[str, Any], before: str = "") -> str:
    parts = _lower(said["name"]) if isinstance(said.get("name"), dict) else {}
    whole = str(said.get("displayname") or parts.get("formatted") or "").strip()
    if not whole and (parts.get("givenname") or parts.get("familyname")):
        first, _space, last = before.partition(" ")
        whole = f"{parts.get('givenname') or first} {parts.get('familyname') or last}".strip()
    return whole[:200]


def _end_tokens(person: Person) -> None:
    for token in ApiToken.objects.filter(person=person, revoked_at=None):
        revoke_token(token)


def _address(person: Person) -> str:
    return settings.ENTRAIDE.base_url + reverse("api:scim-user", args=[person.pk])


def _lower(sent: dict[str, Any]) -> dict[str, Any]:
    """Names of attributes are written in any case."""
    return {name.lower(): value for name, value in sent.items()}


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 18
