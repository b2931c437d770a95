"""What the tests of approvals ask again and again."""

from __future__ import annotations

from typing import Any

from django.test import Client

from entraide.people.models import Person
from entraide.tickets.approving import ask
from entraide.tickets.links import approval_url_for
from entraide.tickets.models import Approval, Ticket
from tests.world import World, everything


def asked(world: World, ticket: Ticket, *people: Person, rule: str = "any", **facts: Any) -> Approval:
    """Ask Claire (unless told otherwise) as Nadia."""
    said = {"question": "Un écran à 420 CHF ?", "actor": world.as_(world.nadia), **facts}
    with everything():
        entry: Any = ask(ticket, people=people or [world.claire], rule=rule, **said)
        approval: Approval = entry.approval
    return approval


def now_of(row: Any) -> Any:
    with everything():
        return type(row).objects.get(pk=row.pk)


def link(approval: Approval, person: Person) -> str:
    return "/a/" + approval_url_for(approval.pk, person.pk).split("/a/")[1]


def as_(client: Client, person: Person, language: str = "en") -> Client:
    client.force_login(person.account)
    client.cookies["django_language"] = language
    return client
