"""Who walks through the desk: nobody, people of one organisation in every role, and programs that act for them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction
from django.test import Client

from entraide.people.models import Person, RoleGrant
from entraide.people.rights import Role
from tests.api.caller import Caller
from tests.world import World, everything


@dataclass
class Visitor:
    """Somebody who asks for addresses: by a browser, and by the API where they have a token."""

    name: str
    person: Person | None
    browser: Client
    program: Client

    def ask(self, method: str, address: str, body: dict[str, Any] | None = None, **query: str) -> Answer:
        """Ask, and let nothing of it last."""
        is_api = address.startswith("/api/")
        client = self.program if is_api else self.browser
        sent: dict[str, Any] = {"QUERY_STRING": "&".join(f"{name}={value}" for name, value in query.items())}
        if method != "GET":
            form = "application/json" if is_api else "application/x-www-form-urlencoded"
            sent |= {"content_type": form, "data": json.dumps(body or {}) if is_api else ""}
        cookies = client.cookies.copy()
        with transaction.atomic():
            response = client.generic(method, address, **sent)
            answer = Answer(response.status_code, response.headers.get("Location", ""), _told(response))
            transaction.set_rollback(True)
        # Who signs out does so for this once.
        client.cookies = cookies
        return answer


@dataclass(frozen=True)
class Answer:
    """What came back; `told` is everything in it that can be read, headers and the insides of files included."""

    status: int
    location: str
    told: str

    def says(self, *words: str) -> list[str]:
        return [word for word in words if word in self.told]


def visitors_of_helvetia(world: World) -> list[Visitor]:
    """Return nobody, a requester and a contact of Helvetia, and its own support team: each role for this organisation alone.

    The last one has all of these roles: rights add up, so nobody of one organisation reads more.
    """
    roles = (Role.TECHNICIAN, Role.COORDINATOR, Role.MANAGER, Role.SECURITY_OFFICER, Role.ADMINISTRATOR)
    found = [_visitor("nobody", None), _visitor("requester", world.alice), _visitor("client_contact", world.claire)]
    for role in roles:
        person = world.add(world.helvetia, f"{role.value.title()} Maison", role, only_in=world.helvetia)
        found.append(_visitor(f"{role.value} of one organisation", person))
    everything_here = world.add(world.helvetia, "Ensemble Maison")
    with everything():
        for role in roles:
            RoleGrant.objects.create(person=everything_here, role=role, organisation=world.helvetia)
    found.append(_visitor("every role of one organisation", everything_here))
    return found


def staff_visitors(world: World) -> dict[str, Visitor]:
    """Return everybody whom the world knows, by first name."""
    names = (
        "nadia", "benoit", "elena", "carla", "marc", "sofia", "adam", "alice", "bob", "claire", "zoe",
    )  # fmt: skip
    return {name: _visitor(name, getattr(world, name)) for name in names}


def _visitor(name: str, person: Person | None) -> Visitor:
    browser, program = Client(raise_request_exception=False), Client(raise_request_exception=False)
    if person is not None:
        with everything():
            browser.force_login(person.account)
        program = Caller(person).client
    return Visitor(name, person, browser, program)


def _told(response: Any) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return headers + "\n" + "\n".join(_texts(_content(response)))


def _content(response: Any) -> bytes:
    if not response.streaming:
        content: bytes = response.content
        return content
    if response.headers["Content-Type"].startswith("text/event-stream"):
        # It never ends; what it says is listened to in test_streams.py.
        response.close()
        return b""
    return async_to_sync(_all_of)(response) if response.is_async else b"".join(response.streaming_content)


async def _all_of(response: Any) -> bytes:
    return b"".join([part async for part in response.streaming_content])


def _texts(content: bytes) -> Iterator[str]:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(BytesIO(content)) as file:
            for name in file.namelist():
                yield from _texts(file.read(name))
    else:
        yield content.decode(errors="replace")
