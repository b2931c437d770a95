"""What this SCIM service can do, for directories that ask before they begin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from entraide.api.scim import groups, users
from entraide.api.scim.answers import AT_MOST, MESSAGES, spoken
from entraide.people.models import Organisation

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ATTRIBUTES = {
    users.SCHEMA: (
        "userName",
        "name",
        "displayName",
        "title",
        "emails",
        "active",
        "externalId",
        "preferredLanguage",
        "groups",
    ),
    groups.SCHEMA: ("displayName", "externalId", "members"),
}


@spoken("GET")
def configuration(request: HttpRequest, organisation: Organisation) -> tuple[int, dict[str, Any]]:
    """Say what is supported."""
    no = {"supported": False}
    return 200, {
        "schemas": [f"{CORE}ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": AT_MOST},
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "Bearer token", "description": "One for each organisation."}
        ],
    }


@spoken("GET")
def resource_types(request: HttpRequest, organisation: Organisation) -> tuple[int, dict[str, Any]]:
    """Name the kinds of resources."""
    kinds = [("User", "/Users", users.SCHEMA), ("Group", "/Groups", groups.SCHEMA)]
    return 200, _all(
        {"schemas": [f"{CORE}ResourceType"], "id": name, "name": name, "endpoint": at, "schema": schema}
        for name, at, schema in kinds
    )


@spoken("GET")
def schemas(request: HttpRequest, organisation: Organisation) -> tuple[int, dict[str, Any]]:
    """Name the attributes of each kind."""
    return 200, _all(
        {
            "schemas": [f"{CORE}Schema"],
            "id": schema,
            "name": schema.rpartition(":")[2],
            "attributes": [{"name": name, "multiValued": name in ("emails", "groups", "members")} for name in names],
        }
        for schema, names in ATTRIBUTES.items()
    )


def _all(rows: Any) -> dict[str, Any]:
    found = list(rows)
    return {
        "schemas": [f"{MESSAGES}ListResponse"],
        "totalResults": len(found),
        "startIndex": 1,
        "itemsPerPage": len(found),
        "Resources": found,
    }
