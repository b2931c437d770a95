"""/Groups: the groups of the directory of one organisation. Roles follow them, where the organisation's sign-in says so."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from entraide.api.scim.answers import Missing, Wrong, body_of, listed, spoken
from entraide.api.scim.filters import equals
from entraide.api.scim.patching import Change, changes
from entraide.api.scim.users import find_people
from entraide.core.events import Conflict
from entraide.entrance import provisioning
from entraide.entrance.models import DirectoryGroup
from entraide.people.models import Organisation, Person

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
FILTERS = {"displayname": "name", "externalid": "external_id"}


@spoken("GET", "POST")
def groups(request: HttpRequest, organisation: Organisation) -> tuple[int, dict[str, Any]]:
    """List groups, or add one."""
    without_members = "members" in request.GET.get("excludedAttributes", "").lower()
    if request.method == "POST":
        sent = {name.lower(): value for name, value in body_of(request).items()}
        name = _named(organisation, sent.get("displayname"))
        group = DirectoryGroup.objects.create(
            organisation=organisation, name=name, external_id=str(sent.get("externalid") or "")[:255]
        )
        provisioning.set_members(group, find_people(organisation, _keys(sent.get("members") or [])))
        return 201, shown(group)
    found = DirectoryGroup.objects.filter(organisation=organisation).prefetch_related("members")
    asked = equals(request.GET.get("filter", ""), FILTERS)
    if asked is not None:
        found = found.filter(**{asked[0]: asked[1]})
    return 200, listed(request, found, lambda each: shown(each, without_members=without_members))


@spoken("GET", "PUT", "PATCH", "DELETE")
def group(request: HttpRequest, organisation: Organisation, key: int) -> tuple[int, dict[str, Any] | None]:
    """Read, replace, change or remove one group."""
    locked = DirectoryGroup.objects.filter(organisation=organisation, pk=key)
    found = (locked if request.method == "GET" else locked.select_for_update(of=("self",))).first()
    if found is None:
        raise Missing
    if request.method == "GET":
        return 200, shown(found)
    if request.method == "DELETE":
        members = list(found.members.all())
        found.delete()
        provisioning.follow_groups(members)
        return 204, None
    if request.method == "PUT":
        sent = {name.lower(): value for name, value in body_of(request).items()}
        _rename(found, organisation, sent.get("displayname"))
        provisioning.set_members(found, find_people(organisation, _keys(sent.get("members") or [])))
    else:
        for change in changes(body_of(request)):
            _apply(found, organisation, change)
    return 200, shown(found)


def shown(group: DirectoryGroup, *, without_members: bool = False) -> dict[str, Any]:
    """Return a group as SCIM has it."""
    body: dict[str, Any] = {
        "schemas": [SCHEMA],
        "id": str(group.pk),
        "displayName": group.name,
        "meta": {
            "resourceType": "Group",
            "location": settings.ENTRAIDE.base_url + reverse("api:scim-group", args=[group.pk]),
        },
    }
    if group.external_id:
        body["externalId"] = group.external_id
    if not without_members:
        body["members"] = [{"value": str(each.pk), "display": each.name} for each in group.members.all()]
    return body


def _apply(group: DirectoryGroup, organisation: Organisation, change: Change) -> None:
    if change.path == "displayname":
        _rename(group, organisation, change.value)
    elif change.path == "externalid":
        group.external_id = str(change.value or "")[:255]
        group.save(update_fields=["external_id"])
    elif change.path == "members":
        provisioning.set_members(group, _members_after(group, organisation, change))
    elif change.path != "id":
        raise Wrong(f"A group has no {change.path}.", "invalidPath")


def _members_after(group: DirectoryGroup, organisation: Organisation, change: Change) -> list[Person]:
    before = list(group.members.all())
    named = [change.picked] if change.picked else _keys(change.value or [])
    if change.op == "remove":
        return [each for each in before if str(each.pk) not in named] if named else []
    people = find_people(organisation, named)
    return people if change.op == "replace" else [*before, *people]


def _rename(group: DirectoryGroup, organisation: Organisation, name: Any) -> None:
    if str(name or "").strip() == group.name:
        return
    group.name = _named(organisation, name)
    group.save(update_fields=["name"])
    provisioning.follow_groups(group.members.all())


def _named(organisation: Organisation, name: Any) -> str:
    wanted = str(name or "").strip()[:255]
    if not wanted:
        raise Wrong("A group has a displayName.")
    if DirectoryGroup.objects.filter(organisation=organisation, name=wanted).exists():
        raise Conflict("There is a group of this name.")
    return wanted


def _keys(members: Any) -> list[str]:
    members = members if isinstance(members, list) else [members]
    return [str(each.get("value", "")) if isinstance(each, dict) else str(each) for each in members]
