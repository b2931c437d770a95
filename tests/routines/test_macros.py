"""Macros: what they say and do, together or not at all, and whose they are."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from entraide.core.clock import now
from entraide.routines.facts import VARIABLES, filled
from entraide.routines.models import Macro, MacroUse
from entraide.routines.variables import fill, unknown_in
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.force_login(world.nadia.account)
    return client


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


def entries(ticket: Ticket) -> list[str]:
    with everything():
        return [entry.kind for entry in ticket.timeline()]


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def choose(client: Client, ticket: Ticket, macro: Macro) -> str:
    """Choose the macro in the picker; return what the page then keeps of what was shown."""
    answer = client.get(f"/desk/tickets/{ticket.number}/macros/{macro.pk}")
    assert answer.status_code == 200
    found = re.search(r'name="macro_shown" value="(\w+)"', answer.content.decode())
    assert found
    return found.group(1)


def send(client: Client, ticket: Ticket, macro: Macro, shown: str, verb: str = "replies", **data: Any) -> Any:
    sent = {"macro": macro.pk, "macro_shown": shown, "text": "Bonjour", "seen": ticket.last_message_number, **data}
    return client.post(f"/desk/tickets/{ticket.number}/{verb}", sent)


@pytest.fixture
def asks(world: World) -> Macro:
    return Macro.objects.create(
        name="Demander une capture", text_fr="Bonjour {{ requester.first_name }}, une capture ?", hold_reason="requester", hold_days=3,
        impact=2, tags=["capture"], category=world.wifi, assigns="me",
    )  # fmt: skip


def test_it_says_what_it_would_do_before_anything_is_done(world: World, nadia: Client, asks: Macro) -> None:
    ticket = world.ticket()
    answer = nadia.get(f"/desk/tickets/{ticket.number}/macros/{asks.pk}").content.decode()
    assert "Bonjour Alice, une capture ?" in answer
    assert "Nadia Keller a mis le ticket en attente" in answer and "capture" in answer
    assert entries(ticket) == ["ticket_opened"] and fresh(ticket).columns() == ticket.columns()


def test_text_and_acts_are_one_sending(world: World, nadia: Client, asks: Macro) -> None:
    ticket = world.ticket()
    answer = send(nadia, ticket, asks, choose(nadia, ticket, asks), text="Une capture, s'il vous plaît.")
    assert answer.status_code == 302
    assert entries(ticket)[1:] == ["fields_edited", "replied", "put_on_hold"]
    after = fresh(ticket)
    assert (after.assignee_id, after.status, after.impact) == (world.nadia.pk, "waiting", 2)
    assert after.tags == ["capture"] and after.category_id == world.wifi.pk
    assert after.waiting_until and timedelta(days=2) < after.waiting_until - now() < timedelta(days=4)
    with everything():
        use = MacroUse.objects.get()
    assert (use.macro_id, use.person_id, use.ticket_id) == (asks.pk, world.nadia.pk, ticket.pk)


def test_a_form_that_is_sent_twice_acts_and_counts_once(world: World, nadia: Client, asks: Macro) -> None:
    ticket = world.ticket()
    sent = {"shown": choose(nadia, ticket, asks), "form": "k" * 20}
    assert [send(nadia, ticket, asks, **sent).status_code for _ in range(2)] == [302, 302]
    assert entries(ticket)[1:] == ["fields_edited", "replied", "put_on_hold"]
    with everything():
        assert MacroUse.objects.count() == 1


def test_when_a_colleague_took_the_ticket_meanwhile_nothing_is_sent_and_the_words_stay(
    world: World, nadia: Client, asks: Macro
) -> None:
    ticket = world.ticket()
    shown = choose(nadia, ticket, asks)
    with everything():
        actions.take(fresh(ticket), actor=world.as_(world.nils))
    answer = send(nadia, ticket, asks, shown, text="Mes mots")
    page = answer.content.decode()
    assert answer.status_code == 422 and "Mes mots" in page and "vient d’être modifié" in page
    assert entries(ticket)[1:] == ["taken"]
    again = re.search(r'name="macro_shown" value="(\w+)"', page)
    assert again and again.group(1) != shown
    assert send(nadia, ticket, asks, again.group(1)).status_code == 302
    assert fresh(ticket).assignee_id == world.nadia.pk


def test_what_one_verb_refuses_takes_the_others_back(world: World, nadia: Client) -> None:
    macro = Macro.objects.create(name="Vers N2", text_fr="On transmet", impact=1, assigns="team", to_team=world.n2)
    ticket = world.ticket()
    page = nadia.get(f"/desk/tickets/{ticket.number}/macros/{macro.pk}").content.decode()
    assert "escalade" in page
    answer = send(nadia, ticket, macro, choose(nadia, ticket, macro))
    assert answer.status_code == 422
    assert entries(ticket) == ["ticket_opened"]


def test_a_message_that_arrived_meanwhile_is_read_first(world: World, nadia: Client, asks: Macro) -> None:
    ticket = world.ticket()
    shown = choose(nadia, ticket, asks)
    with everything():
        actions.answer(fresh(ticket), text="J'ai trouvé", actor=world.as_(world.alice))
    assert send(nadia, ticket, asks, shown).status_code == 409
    assert entries(ticket)[1:] == ["requester_wrote"]


def test_one_that_resolves_tells_the_requester_in_one_message(world: World, nadia: Client) -> None:
    macro = Macro.objects.create(name="Réglé", text_fr="C'est réglé.", resolution_code="solved")
    ticket = world.ticket()
    assert send(nadia, ticket, macro, choose(nadia, ticket, macro), text="C'est réglé.").status_code == 302
    assert entries(ticket)[1:] == ["resolved"] and fresh(ticket).resolution == "C'est réglé."


def test_one_that_resolves_does_not_lose_a_file(world: World, nadia: Client) -> None:
    macro = Macro.objects.create(name="Réglé", text_fr="C'est réglé.", resolution_code="solved")
    ticket = world.ticket()
    upload = SimpleUploadedFile("plan.txt", b"Plan")
    answer = send(nadia, ticket, macro, choose(nadia, ticket, macro), attachments=upload)
    assert answer.status_code == 422 and "plan.txt" in answer.content.decode()


def test_one_that_writes_a_note_is_never_sent_to_the_requester(world: World, nadia: Client) -> None:
    macro = Macro.objects.create(name="Vérifié", text_fr="Vérifié.", writes="note", urgency=1)
    ticket = world.ticket()
    shown = choose(nadia, ticket, macro)
    assert send(nadia, ticket, macro, shown, verb="replies").status_code == 422
    assert send(nadia, ticket, macro, shown, verb="notes").status_code == 302
    assert entries(ticket)[1:] == ["fields_edited", "note_added"]


def test_the_requesters_language_is_chosen_by_itself_and_else_the_other_text(world: World, nadia: Client) -> None:
    macro = Macro.objects.create(name="Merci", text_fr="Merci {{ requester.first_name }}", text_en="Thank you")
    ticket = world.ticket(world.zoe)
    page = nadia.get(f"/desk/tickets/{ticket.number}/macros/{macro.pk}").content.decode()
    assert "Thank you" in page and "Merci Zoé" not in page
    Macro.objects.filter(pk=macro.pk).update(text_en="")
    assert "Merci Zoé" in nadia.get(f"/desk/tickets/{ticket.number}/macros/{macro.pk}").content.decode()


def test_every_variable_has_a_value_or_is_named_as_empty(world: World) -> None:
    ticket = world.ticket(site_id=world.plainpalais.pk, assignee=world.nils)
    text = " | ".join("{{ " + name + " }}" for name in VARIABLES)
    with everything():
        whole = filled(text, Ticket.objects.get(pk=ticket.pk), me=world.nadia, language="fr")
    assert whole.empty == () and "{{" not in whole.text
    assert "Plainpalais" in whole.text and "Nils Favre" in whole.text and "Alice Martin" in whole.text
    with everything():
        bare = filled("À {{ site }}", Ticket.objects.get(pk=world.ticket().pk), me=world.nadia, language="fr")
    assert bare.empty == ("site",)


def test_what_a_variable_stands_for_is_not_read_as_a_variable(world: World) -> None:
    ticket = world.ticket(subject="{{ my.name }} {% now %} <b>")
    with everything():
        said = filled("{{ ticket.subject }}", Ticket.objects.get(pk=ticket.pk), me=world.nadia, language="fr")
    assert said.text == "{{ my.name }} {% now %} <b>"


@given(st.text(alphabet="{} .ab", max_size=40))
def test_a_text_without_unknown_variables_is_filled_without_braces(text: str) -> None:
    if not unknown_in(text, {"a.b": 1}):
        assert "{{" not in fill(text, {"a.b": lambda: "x"}).text


@pytest.mark.parametrize(
    "text", ["{{ requester.password }}", "{{ ticket.subject", "}} x", "{{ }}", "{{ ticket|length }}"]
)
def test_a_variable_that_does_not_exist_is_refused_where_it_is_typed(world: World, nadia: Client, text: str) -> None:
    answer = nadia.post("/desk/macros/new", {"name": "X", "place": "owner", "writes": "reply", "text_fr": text})
    assert answer.status_code == 422 and not Macro.objects.exists()
    assert "n’existe pas" in answer.content.decode() or "pas de variable" in answer.content.decode()


def form(**facts: Any) -> dict[str, Any]:
    return {"name": "Essai", "place": "owner", "writes": "reply", "text_fr": "Bonjour", "is_active": "on", **facts}


def test_a_macro_is_made_with_all_that_it_does(world: World, nadia: Client) -> None:
    answer = nadia.post(
        "/desk/macros/new",
        form(hold_reason="requester", hold_days="2", assignment=f"team:{world.n1.pk}", impact="1", tags="VPN, vpn,b", category=world.wifi.pk),
    )  # fmt: skip
    assert answer.status_code == 302
    made = Macro.objects.get()
    assert (made.owner_id, made.hold_reason, made.hold_days, made.to_team_id) == (
        world.nadia.pk,
        "requester",
        2,
        world.n1.pk,
    )
    assert made.tags == ["vpn", "b"] and made.changed_by_id == world.nadia.pk


@pytest.mark.parametrize(
    "facts",
    [
        {"text_fr": ""},
        {"hold_reason": "agreed_date"},
        {"hold_reason": "requester", "resolution_code": "solved"},
        {"resolution_code": "solved", "writes": "note"},
        {"place": "all"},
        {"place": "team:999"},
        {"hold_reason": "no such reason"},
        {"name": ""},
    ],
)
def test_what_makes_no_sense_is_said_and_not_saved(world: World, nadia: Client, facts: dict[str, str]) -> None:
    assert nadia.post("/desk/macros/new", form(**facts)).status_code == 422
    assert not Macro.objects.exists()


def test_ones_own_is_ones_own_a_teams_is_its_peoples_and_everybodys_needs_the_right(world: World) -> None:
    own = Macro.objects.create(name="À moi", text_fr="x", owner=world.nadia)
    team = Macro.objects.create(name="Accueil", text_fr="x", team=world.n1)
    all_ = Macro.objects.create(name="Tous", text_fr="x")
    nadia, nils, benoit, carla = (client_of(each) for each in (world.nadia, world.nils, world.benoit, world.carla))
    assert [each.get(f"/desk/macros/{own.pk}/").status_code for each in (nadia, nils, carla)] == [200, 404, 404]
    assert [each.get(f"/desk/macros/{team.pk}/").status_code for each in (nils, benoit, carla)] == [200, 404, 200]
    data = form(name="Neu")
    assert [each.post(f"/desk/macros/{all_.pk}/", data).status_code for each in (nadia, nils)] == [403, 403]
    assert carla.post(f"/desk/macros/{all_.pk}/", {**data, "place": "all"}).status_code == 302
    ticket = world.ticket()
    assert benoit.get(f"/desk/tickets/{ticket.number}/macros/{team.pk}").status_code == 404


def test_two_who_edit_one_macro_do_not_overwrite_each_other(world: World) -> None:
    macro = Macro.objects.create(name="Accueil", text_fr="x", team=world.n1, changed_at=now())
    nadia, nils = client_of(world.nadia), client_of(world.nils)
    seen = macro.changed_at.isoformat() if macro.changed_at else ""
    place = f"team:{world.n1.pk}"
    assert nadia.post(f"/desk/macros/{macro.pk}/", form(place=place, seen=seen, text_fr="un")).status_code == 302
    answer = nils.post(f"/desk/macros/{macro.pk}/", form(place=place, seen=seen, text_fr="deux"))
    assert answer.status_code == 422 and Macro.objects.get().text_fr == "un"


def test_the_preview_shows_words_and_acts_on_a_real_ticket_and_does_nothing(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    data = form(text_fr="Bonjour {{ requester.first_name }}", hold_reason="requester", preview_on=ticket.number)
    page = nadia.post("/desk/macros/preview", data).content.decode()
    assert "Bonjour Alice" in page and "en attente" in page
    assert entries(ticket) == ["ticket_opened"] and not Macro.objects.exists()


def test_one_that_may_not_be_changed_shows_where_it_stands_and_what_it_does(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    shared = Macro.objects.create(name="Pour tous", text_fr="Bonjour {{ requester.first_name }}, c’est noté.")
    page = nadia.get(f"/desk/macros/{shared.pk}/").content.decode()
    assert "tout le support" in page and "moi seul" not in page
    preview = nadia.post("/desk/macros/preview", {"macro": shared.pk, "preview_on": ticket.number}).content.decode()
    assert "Bonjour Alice, c’est noté." in preview
    own = Macro.objects.create(name="À Benoît", text_fr="Non.", owner=world.benoit)
    hidden = nadia.post("/desk/macros/preview", {"macro": own.pk, "preview_on": ticket.number})
    assert hidden.status_code == 404


def test_what_is_used_most_stands_first_and_the_list_costs_the_same_whatever_its_length(
    world: World, nadia: Client
) -> None:
    ticket = world.ticket()
    rare, often = (Macro.objects.create(name=name, text_fr="x") for name in ("A rare", "Z souvent"))
    with everything():
        for _ in range(2):
            MacroUse.objects.create(
                organisation=world.helvetia, macro=often, person=world.nadia, ticket=ticket, used_at=now()
            )
    page = nadia.get(f"/desk/tickets/{ticket.number}/macros").content.decode()
    assert page.index(often.name) < page.index(rare.name)
    counts = []
    for extra in (0, 12):
        for n in range(extra):
            Macro.objects.create(name=f"M{n}", text_fr="x", team=world.n1)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            nadia.get(f"/desk/tickets/{ticket.number}/macros")
            nadia.get("/desk/macros/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
