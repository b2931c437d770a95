"""A confidential ticket: who finds it, who does not, by whatever way; and who looked into it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from entraide.api.tokens import create_token
from entraide.audit.models import AuditEntry
from entraide.channels.hooks.models import Endpoint
from entraide.channels.hooks.wanted import listeners
from entraide.core.clock import now
from entraide.core.events import NotAllowed, Refused
from entraide.core.live import Announcement
from entraide.notifications.news import readers
from entraide.tickets import actions, approving, merging, queries
from entraide.tickets.models import Ticket
from entraide.tickets.splitting import split
from tests.world import World, everything

# In its team, or answering for the desk, or the requester.
INSIDE = {"nadia", "nils", "carla", "marc", "sofia", "alice"}
OUTSIDE = {"benoit", "elena", "adam", "bob", "claire", "zoe"}


@pytest.fixture
def secret(world: World) -> Ticket:
    ticket = world.ticket(subject="Licenciement Dupont", text="Le compte de Dupont doit être fermé à midi.")
    with everything():
        actions.confide(ticket, actor=world.as_(world.nadia))
    return ticket


def signed_in(world: World, name: str) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(getattr(world, name).account)
    return client


def bearer(world: World, name: str) -> Any:
    with everything():
        _token, secret = create_token(getattr(world, name), name="t", scopes=["tickets:read", "tickets:write"])
    return {"Authorization": f"Bearer {secret}"}


def looks() -> list[tuple[str, str, str]]:
    rows = AuditEntry.objects.filter(act="viewed").order_by("pk")
    return [(each.actor_name, each.subject_name, each.channel) for each in rows]


@pytest.mark.parametrize("name", sorted(INSIDE | OUTSIDE))
def test_only_those_inside_find_it_in_python_and_in_sql_alike(world: World, secret: Ticket, name: str) -> None:
    person = getattr(world, name)
    with world.scope_of(person):
        found = queries.visible_to(world.as_(person)).filter(pk=secret.pk).exists()
    assert found == (name in INSIDE)
    with everything():
        assert Ticket.objects.get(pk=secret.pk).is_closed_to(world.as_(person)) == (name in OUTSIDE)


def test_following_it_or_having_it_assigned_lets_somebody_in(world: World, secret: Ticket) -> None:
    with everything():
        actions.watch(secret, person=world.benoit, actor=world.as_(world.nadia))
        assert queries.find(secret.number, actor=world.as_(world.benoit))
        actions.unwatch(secret, person=world.benoit, actor=world.as_(world.nadia))
        assert not queries.find(secret.number, actor=world.as_(world.benoit))
        said = {"observed": "a", "tried": "b", "asked": "c"}
        actions.escalate(secret, team=world.n2, actor=world.as_(world.nadia), **said)
        assert queries.find(secret.number, actor=world.as_(world.benoit))
        assert not queries.find(secret.number, actor=world.as_(world.nils)), "it left their team"


@pytest.mark.parametrize("name", ["benoit", "elena"])
def test_others_find_nothing_at_the_desk(world: World, secret: Ticket, name: str) -> None:
    client = signed_in(world, name)
    number = secret.number
    for address in (f"/desk/tickets/{number}/", f"/desk/tickets/{number}/fields/history"):
        assert client.get(address).status_code == 404
    assert client.post(f"/desk/tickets/{number}/notes", {"text": "x"}).status_code == 404
    for address in ("/desk/?view=all", "/desk/rows?q=Dupont", f"/desk/rows?q={number}", "/desk/rows?q=is:confidential",
                    f"/desk/palette?q={number}", "/desk/palette?q=Licenciement", "/desk/mails/", "/desk/mails/outgoing/",
                    f"/desk/directory/people/{world.alice.pk}/"):  # fmt: skip
        assert "Licenciement" not in client.get(address).content.decode(), address


def test_others_find_nothing_by_the_api(world: World, secret: Ticket) -> None:
    headers, client = bearer(world, "benoit"), Client()
    assert client.get("/api/v1/tickets", headers=headers).json()["items"] == []
    assert client.get("/api/v1/tickets?q=Dupont", headers=headers).json()["items"] == []
    for address in (f"/api/v1/tickets/{secret.number}", f"/api/v1/tickets/{secret.number}/timeline"):
        assert client.get(address, headers=headers).status_code == 404
    written = client.post(
        f"/api/v1/tickets/{secret.number}/notes", {"text": "x"}, content_type="application/json", headers=headers
    )
    assert written.status_code == 404


def test_a_client_contact_finds_nothing_in_the_portal_and_its_requester_does(world: World, secret: Ticket) -> None:
    claire = signed_in(world, "claire")
    assert "Licenciement" not in claire.get("/organisation/").content.decode()
    assert claire.get(f"/tickets/{secret.number}/").status_code == 404
    assert signed_in(world, "alice").get(f"/tickets/{secret.number}/").status_code == 200


def test_the_live_stream_says_nothing_to_others(world: World, secret: Ticket) -> None:
    from entraide.agent import live

    told = Announcement("tickets.ticket", secret.pk, secret.organisation_id, 2, "note_added", False, None)
    for name, hears in (("benoit", None), ("nils", secret.number)):
        person = getattr(world, name)
        with world.scope_of(person) as scope:
            assert live._seen(told, world.as_(person), scope) == hears
    assert asyncio.iscoroutinefunction(live.stream)


def test_nobody_outside_is_told_and_neither_is_a_program(world: World, secret: Ticket) -> None:
    hook = Endpoint.objects.create(name="Tableau", address="x", with_internal=True, created_at=now())
    other = world.ticket()
    with everything():
        ticket = Ticket.objects.get(pk=secret.pk)
        people = [world.nils.pk, world.benoit.pk, world.carla.pk, world.elena.pk]
        assert {each.name for each in readers(people, ticket)} == {"Nils Favre", "Carla Meier"}
        assert list(listeners(other.timeline().first())) == [hook]
        assert list(listeners(ticket.timeline().first())) == []


def test_nothing_can_be_done_to_it_from_outside_whatever_way_is_found(world: World, secret: Ticket) -> None:
    with everything(), pytest.raises(NotAllowed):
        actions.note(secret, text="x", actor=world.as_(world.benoit))


def test_who_is_asked_for_an_approval_may_give_it_without_seeing_the_ticket(world: World, secret: Ticket) -> None:
    with everything():
        asked = approving.ask(
            secret, question="Accord ?", people=[world.claire], rule="any", actor=world.as_(world.nadia)
        )
        approving.approve(secret, number=asked.number, text="Oui.", actor=world.as_(world.claire))
        assert not queries.find(secret.number, actor=world.as_(world.claire))


def test_as_a_part_of_another_ticket_it_stays_closed(world: World, secret: Ticket) -> None:
    whole = world.ticket()
    with everything():
        merging.merge(secret, into=whole, actor=world.as_(world.nadia))
        whole = Ticket.objects.get(pk=whole.pk)
        for name, reads in (("nils", True), ("benoit", False)):
            said = queries.conversation_for(whole, actor=world.as_(getattr(world, name)))
            assert any(each.ticket_id == secret.pk for each in said) == reads
    for name, reads in (("nils", True), ("benoit", False)):
        page = signed_in(world, name).get(f"/desk/tickets/{whole.number}/").content.decode()
        assert ("Licenciement" in page) == reads


def test_what_is_split_off_it_is_confidential_too(world: World, secret: Ticket) -> None:
    with everything():
        part = split(secret, entries=[1], subject="Badge", actor=world.as_(world.nadia))
        assert part.is_confidential
        assert not queries.find(part.number, actor=world.as_(world.benoit))


def test_who_makes_it_confidential_keeps_seeing_it(world: World) -> None:
    ticket = world.ticket()
    with everything():
        actions.confide(ticket, actor=world.as_(world.benoit))
        assert queries.find(ticket.number, actor=world.as_(world.benoit))


def test_marking_and_lifting_are_verbs_with_rights(world: World, secret: Ticket) -> None:
    with everything():
        with pytest.raises(Refused):
            actions.confide(secret, actor=world.as_(world.nadia))
        with pytest.raises(NotAllowed):
            actions.lift_confidentiality(secret, actor=world.as_(world.nadia))
    carla = signed_in(world, "carla")
    assert 'class="confidential-mark"' in carla.get(f"/desk/tickets/{secret.number}/").content.decode()
    carla.post(f"/desk/tickets/{secret.number}/confidentiality", {"lift": "yes"})
    assert signed_in(world, "benoit").get(f"/desk/tickets/{secret.number}/").status_code == 200
    headers, client = bearer(world, "nadia"), Client()
    made = client.post(f"/api/v1/tickets/{secret.number}/confidentiality", headers=headers)
    assert (made.status_code, made.json()["kind"]) == (201, "marked_confidential")
    assert client.get(f"/api/v1/tickets/{secret.number}", headers=headers).json()["is_confidential"] is True
    assert client.delete(f"/api/v1/tickets/{secret.number}/confidentiality", headers=headers).status_code == 403


def test_who_gives_it_away_is_led_to_the_list(world: World, secret: Ticket) -> None:
    with everything():
        actions.take(secret, actor=world.as_(world.nils))
        actions.confide(t := world.ticket(), actor=world.as_(world.carla))
    nils = signed_in(world, "nils")
    said = {"team": world.n2.pk, "observed": "a", "tried": "b", "asked": "c"}
    answer = nils.post(f"/desk/tickets/{t.number}/escalation", said)
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")


def test_each_look_is_written_down_once_in_ten_minutes_for_each_person(world: World, secret: Ticket) -> None:
    nadia, nils = signed_in(world, "nadia"), signed_in(world, "nils")
    address = f"/desk/tickets/{secret.number}/"
    for client in (nadia, nadia, nils, nadia):
        client.get(address)
    nadia.get(f"{address}fields/history")
    assert looks() == [("Nadia Keller", secret.reference, "page"), ("Nils Favre", secret.reference, "page")]
    with time_machine.travel(now() + timedelta(minutes=11)):
        nadia.get(address)
    assert len(looks()) == 3
    entry = AuditEntry.objects.filter(act="viewed").first()
    assert entry is not None
    assert (entry.organisation_id, entry.subject_id, entry.address) == (world.helvetia.pk, secret.pk, "192.0.2.9")


def test_looking_by_the_api_in_the_portal_and_by_a_link_is_written_down(world: World, secret: Ticket) -> None:
    from entraide.tickets.links import url_for

    Client().get("/api/v1/tickets", headers=bearer(world, "nadia"))
    Client().get(f"/api/v1/tickets/{secret.number}", headers=bearer(world, "nils"))
    signed_in(world, "alice").get(f"/tickets/{secret.number}/")
    assert [(who, way) for who, _what, way in looks()] == [
        ("Nadia Keller", "api"), ("Nils Favre", "api"), ("Alice Martin", "page"),
    ]  # fmt: skip
    with time_machine.travel(now() + timedelta(minutes=11)):
        Client().get(url_for(secret.pk, world.alice.pk, purpose="see"))
    assert looks()[-1][0] == "Alice Martin"


def test_a_file_that_is_taken_is_written_down_by_its_name(world: World, secret: Ticket) -> None:
    nadia = signed_in(world, "nadia")
    file = SimpleUploadedFile("liste.txt", b"Dupont")
    nadia.post(f"/desk/tickets/{secret.number}/notes", {"text": "Voici", "attachments": file})
    with everything():
        attachment = secret.attachments.get()
    assert nadia.get(f"/desk/attachments/{attachment.pk}/liste.txt").status_code == 200
    assert ("Nadia Keller", f"{secret.reference}: liste.txt", "page") in looks()
    assert signed_in(world, "benoit").get(f"/desk/attachments/{attachment.pk}/liste.txt").status_code == 404


def test_looking_at_any_other_ticket_is_not_written_down(world: World) -> None:
    ticket = world.ticket()
    signed_in(world, "nadia").get(f"/desk/tickets/{ticket.number}/")
    assert looks() == []


def test_a_major_incident_is_not_confidential(world: World, secret: Ticket) -> None:
    with everything(), pytest.raises(Refused):
        actions.set_priority(secret, priority=1, reason="x", actor=world.as_(world.carla))
        actions.declare_major(
            secret, text="x", lead=world.carla, teams=[], contacts=[], rhythm_minutes=30, actor=world.as_(world.carla)
        )
