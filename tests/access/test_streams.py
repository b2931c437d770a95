"""What the live streams say: nothing of what is written for another organisation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.http import Http404
from django.test import RequestFactory

from entraide.core.live import Announcement, hub
from entraide.core.scope import scoped
from entraide.people.acting import actor_for, find_person, scope_for
from entraide.tickets.models import Ticket
from tests.access.conftest import Ground
from tests.access.planted import Planted
from tests.access.routes import Route, routes

pytestmark = pytest.mark.django_db
STREAMS = [each for each in routes() if iscoroutinefunction(each.view)]


@pytest.mark.parametrize("route", STREAMS, ids=lambda route: route.name)
def test_a_stream_tells_nobody_of_anothers_ticket(ground: Ground, route: Route) -> None:
    for visitor in ground.visitors:
        if visitor.person is None:
            continue
        # A contact and the house read their organisation's tickets: they hear of them, so the silence means something.
        hears = visitor.name.startswith(("technician", "client_contact")) and (
            route.room == "portal" or visitor.name != "client_contact"
        )
        assert _heard(route, visitor.person, ground.others) == "", visitor.name
        if hears:
            assert str(ground.ours.rows[Ticket].number) in _heard(route, visitor.person, ground.ours), visitor.name


def _heard(route: Route, person: Any, planted: Planted) -> str:
    """Return what the stream says to a person of a public entry in an organisation's ticket."""
    found = find_person(person.pk)
    assert found is not None
    request: Any = RequestFactory().get(route.address({}))
    request.person, request.actor, request.reach = found, actor_for(found), scope_for(found)
    ticket = planted.rows[Ticket]
    announcement = Announcement(
        Ticket._meta.label_lower, ticket.pk, planted.organisation.pk, ticket.version, "replied", True, None
    )

    async def listen() -> str:
        try:
            response = await route.view(request)
        except Http404:
            return ""
        stream = response.streaming_content
        said = [await anext(stream)]
        hub._spread(announcement)
        hub.end()
        async for part in stream:
            said.append(part)
            await asyncio.sleep(0)
        return b"".join(said).decode().partition("retry: 2000")[2].replace("event: gap\ndata: {}", "").strip()

    with scoped(request.reach):
        return async_to_sync(listen)()
