"""The API, whole."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from entraide import __version__
from entraide.api import (
    agreements,
    approvals,
    clocks,
    contracts,
    directory,
    filling,
    links,
    macros,
    majors,
    messages,
    ratings,
    third_parties,
    tickets,
    uploads,
    verbs,
    working,
)
from entraide.api.access import Bearer, around
from entraide.api.problems import answer_problems, describe_problems, in_problems, not_found
from entraide.api.scim import groups, service, users


class Described(NinjaAPI):
    """Whose description says of errors what they are: problem+json, not plain JSON."""

    def get_openapi_schema(self, *args: Any, **named: Any) -> Any:
        document: Any = super().get_openapi_schema(*args, **named)
        for operations in document["paths"].values():
            for operation in operations.values():
                describe_problems(operation)
        return document


api = Described(
    title="Entraide",
    version=__version__,
    description="The same verbs and nouns as the desk. See docs/api.md.",
    urls_namespace="api",
    docs_url=None,
    auth=Bearer(),
)
answer_problems(api)
api.add_decorator(around, mode="view")
api.add_router("/tickets", tickets.router)
api.add_router("/tickets", verbs.router)
api.add_router("", approvals.router)
api.add_router("/tickets", clocks.router)
api.add_router("/tickets", majors.router)
api.add_router("/tickets", working.router)
api.add_router("/tickets", ratings.router)
api.add_router("/tickets", third_parties.router)
api.add_router("", macros.router)
api.add_router("", filling.router)
api.add_router("/tickets", links.router)
api.add_router("/attachments", uploads.router)
api.add_router("", agreements.router)
api.add_router("", contracts.router)
api.add_router("", directory.router)
api.add_router("", messages.router)


@csrf_exempt
@login_not_required
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer an address that the API does not know."""
    return not_found()


def _open_to_tokens(patterns: Any) -> Any:
    """Keep the sign-in page away from the API, which asks for a token itself, and give its word to every error."""
    for pattern in patterns:
        pattern.callback = in_problems(pattern.callback)
        pattern.callback.login_required = False
    return patterns


app_name = "api"
urlpatterns = [
    *_open_to_tokens(api.urls[0]),
    # Another protocol, with tokens of its own: one for each organisation.
    path("scim/v2/Users", users.users, name="scim-users"),
    path("scim/v2/Users/<str:key>", users.user, name="scim-user"),
    path("scim/v2/Groups", groups.groups, name="scim-groups"),
    path("scim/v2/Groups/<int:key>", groups.group, name="scim-group"),
    path("scim/v2/ServiceProviderConfig", service.configuration, name="scim-configuration"),
    path("scim/v2/ResourceTypes", service.resource_types, name="scim-resource-types"),
    path("scim/v2/Schemas", service.schemas, name="scim-schemas"),
    re_path(r"^(?P<rest>[\s\S]+)$", nothing_here, name="nothing-here"),
]
