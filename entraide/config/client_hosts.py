"""Host names that organisations have of their own: the portal answers under them, and nothing of the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

from entraide.people.brands import brand_at
from entraide.people.models import Brand


class ClientHosts:
    """Sets `request.brand` to the look of the organisation whose host name was asked for, else None.

    Django refuses every other name that is not in ALLOWED_HOSTS, as it would without us.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self.get_response):
            return self._answer_async(request)
        _enter(request, _brand(request))
        return self.get_response(request)

    async def _answer_async(self, request: HttpRequest) -> HttpResponse:
        _enter(request, await sync_to_async(_brand)(request) if _may_be_a_clients(request) else None)
        response: HttpResponse = await self.get_response(request)
        return response


def _may_be_a_clients(request: HttpRequest) -> bool:
    domain, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
    # Names in the settings are the operator's own: they cost no query.
    return bool(domain) and domain not in settings.ALLOWED_HOSTS


def _brand(request: HttpRequest) -> Brand | None:
    domain, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
    return brand_at(domain) if _may_be_a_clients(request) else None


def _enter(request: Any, brand: Brand | None) -> None:
    request.brand = brand
    if brand is not None:
        host = request.META["HTTP_HOST"]
        # For this request alone: the list of hosts in the settings stays closed.
        request.get_host = lambda: host
        request.urlconf = "entraide.config.client_urls"
