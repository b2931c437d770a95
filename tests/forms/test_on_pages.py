"""What a category asks: at the desk, in the portal, and beside the ticket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from entraide.forms.field import Choice, Condition, Field
from entraide.forms.models import FormVersion
from entraide.people.models import Person
from entraide.tickets.filling import open_with_form
from entraide.tickets.models import Category, FieldValue, Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db
TEMPORARY = Condition("contract", ("temporary",))


@pytest.fixture
def arrival(world: World) -> FormVersion:
    """The form of the category Réseau."""
    choices = (Choice("lasting", "Durée indéterminée"), Choice("temporary", "Durée déterminée"))
    with everything():
        version = world.form(
            "Arrivée",
            Field("who", "text", "Nom", is_required=True),
            Field("contract", "choice", "Contrat", choices=choices),
            Field("until", "date", "Jusqu’au", shown_if=TEMPORARY, required_if=TEMPORARY),
            Field("like", "person", "Comme"),
            Field("badge", "text", "Badge", audience="desk"),
        )
        world.network.form, world.network.description_fr = version.form, "Pour qui arrive."
        world.network.save()
    return version


@pytest.fixture
def as_(world: World, client: Client) -> Any:
    def sign_in(person: Person) -> Client:
        client.force_login(person.account)  # type: ignore[attr-defined]
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
        return client

    return sign_in


def asked_for(world: World, version: FormVersion, **answers: str) -> dict[str, Any]:
    typed = {f"answer-{code}": value for code, value in answers.items()}
    return {"subject": "Une arrivée", "consequence": "can_wait", "kind": "request", "category": world.network.pk,
            "form_version": version.pk, **typed}  # fmt: skip


def for_caller(world: World, version: FormVersion | None, **answers: str) -> dict[str, Any]:
    typed = {f"answer-{code}": value for code, value in answers.items()}
    return {"requester": world.alice.pk, "subject": "Une arrivée", "channel": "phone", "kind": "request", "impact": "3", "urgency": "3",
            "category": world.network.pk, "form_version": version.pk if version else "", **typed}  # fmt: skip


def filled(world: World, version: FormVersion, **answers: Any) -> Ticket:
    with everything():
        return open_with_form(
            world.helvetia, requester=world.alice, version=version, answers=answers, actor=world.as_(world.alice),
            subject="Une arrivée", text="Bientôt", channel="portal", category=world.network,
        )  # fmt: skip


def test_a_requester_answers_what_the_category_asks_and_reads_it_again(
    world: World, as_: Any, arrival: FormVersion
) -> None:
    client = as_(world.alice)
    page = client.get(f"/tickets/new?category={world.network.pk}").content.decode()
    assert "Pour qui arrive." in page and 'name="answer-who"' in page and "Badge" not in page
    answer = client.post(
        "/tickets/new", asked_for(world, arrival, who="Léa Favre", contract="temporary", until="2026-09-01")
    )
    assert answer.status_code == 302
    with everything():
        ticket = Ticket.objects.get()
        assert ticket.answers == {"who": "Léa Favre", "contract": "temporary", "until": "2026-09-01"}
        assert FieldValue.objects.filter(ticket=ticket).count() == 3
    page = client.get(answer["Location"]).content.decode()
    assert "Ce que vous avez répondu" in page and "Durée déterminée" in page and "1er septembre 2026" in page


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(
    world: World, as_: Any, arrival: FormVersion
) -> None:
    answer = as_(world.alice).post("/tickets/new", asked_for(world, arrival, who="Léa", contract="temporary"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="answer-until-problem"' in page and 'value="Léa"' in page and "Une réponse" in page
    with everything():
        assert not Ticket.objects.exists()


def test_a_page_that_showed_no_form_or_an_older_one_asks_before_it_sends(
    world: World, as_: Any, arrival: FormVersion
) -> None:
    client = as_(world.alice)
    sent = asked_for(world, arrival, who="Léa") | {"form_version": ""}
    for version in ("", "999999", "x"):
        answer = client.post("/tickets/new", sent | {"form_version": version})
        assert answer.status_code == 422
        assert "Il y a plus à dire" in answer.content.decode() and 'value="Léa"' in answer.content.decode()
    with everything():
        assert not Ticket.objects.exists()


def test_what_a_requester_sends_for_the_desk_alone_is_not_kept(world: World, as_: Any, arrival: FormVersion) -> None:
    as_(world.alice).post("/tickets/new", asked_for(world, arrival, who="Léa", badge="B-1"))
    with everything():
        assert Ticket.objects.get().answers == {"who": "Léa"}


def test_the_same_form_sent_twice_is_one_ticket_with_one_set_of_answers(
    world: World, as_: Any, arrival: FormVersion
) -> None:
    client = as_(world.alice)
    sent = asked_for(world, arrival, who="Léa") | {"once": "a" * 24}
    first, again = client.post("/tickets/new", sent), client.post("/tickets/new", sent)
    assert first["Location"] == again["Location"]
    with everything():
        kinds = [entry.kind for entry in Ticket.objects.get().timeline()]
    assert kinds == ["ticket_opened", "form_filled"]


def test_choosing_a_category_brings_its_questions_with_what_was_answered(
    world: World, as_: Any, arrival: FormVersion
) -> None:
    with everything():
        plain = Category.objects.create(name="Divers")
    client = as_(world.alice)
    fields = client.post("/tickets/new/asked", {"category": world.network.pk, "answer-who": "Léa"}).content.decode()
    assert 'value="Léa"' in fields and f'value="{arrival.pk}"' in fields
    assert client.post("/tickets/new/asked", {"category": plain.pk}).content.decode().strip() == ""
    assert client.post("/tickets/new/asked", {"category": "x\x00"}).status_code == 200


def test_the_desk_fills_it_in_for_a_caller_or_leaves_it_for_later(world: World, as_: Any, arrival: FormVersion) -> None:
    client = as_(world.nadia)
    fields = client.post("/desk/tickets/new/asked", for_caller(world, None)).content.decode()
    assert "Badge" in fields and "alice@helvetia.example" in fields
    refused = client.post("/desk/tickets/new", for_caller(world, arrival, badge="B-1"))
    assert refused.status_code == 422 and 'id="answer-who-problem"' in refused.content.decode()
    client.post("/desk/tickets/new", for_caller(world, arrival, who="Léa", badge="B-1", like="alice@helvetia.example"))
    client.post("/desk/tickets/new", for_caller(world, None))
    with everything():
        first, second = Ticket.objects.order_by("number")
        assert first.answers == {"who": "Léa", "badge": "B-1", "like": world.alice.pk}
        assert second.form_version_id is None
    assert "Pas encore rempli." in client.get(f"/desk/tickets/{second.number}/").content.decode()


def test_the_desk_changes_answers_and_the_timeline_says_from_what_to_what(
    world: World, as_: Any, arrival: FormVersion
) -> None:
    ticket = filled(world, arrival, who="Léa", like=world.alice.pk)
    client = as_(world.nadia)
    page = client.get(f"/desk/tickets/{ticket.number}/?answers=edit").content.decode()
    assert (
        'value="alice@helvetia.example"' in page
        and "answers=edit" not in page.split('id="answers"')[1].split("</section>")[0]
    )
    sent = {
        "form_version": arrival.pk,
        "seen_answers": json.dumps(ticket.answers),
        "answer-who": "Léa Favre",
        "answer-like": "",
    }
    answer = client.post(f"/desk/tickets/{ticket.number}/form-answers", sent)
    assert answer.status_code == 302
    page = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "Nom : Léa → Léa Favre" in page
    with everything():
        assert Ticket.objects.get().answers == {"who": "Léa Favre"}


def test_two_who_change_the_same_answer_do_not_undo_each_other(world: World, as_: Any, arrival: FormVersion) -> None:
    ticket = filled(world, arrival, who="Léa", badge="B-1")
    client, seen = as_(world.nadia), json.dumps(ticket.answers)
    at, sent = f"/desk/tickets/{ticket.number}/form-answers", {"form_version": arrival.pk, "seen_answers": seen}
    assert client.post(at, sent | {"answer-who": "Léa Favre", "answer-badge": "B-1"}).status_code == 302
    late = client.post(at, sent | {"answer-who": "Léa Faure", "answer-badge": "B-1"})
    page = late.content.decode()
    assert late.status_code == 422 and 'value="Léa Faure"' in page
    assert "vient de modifier ces réponses" in page or "juste" in page
    with everything():
        assert Ticket.objects.get().answers["who"] == "Léa Favre"


@pytest.mark.parametrize("seen", ["", "x", "[]", "1", '"a"'])
def test_a_page_without_what_was_seen_is_refused(world: World, as_: Any, arrival: FormVersion, seen: str) -> None:
    ticket = filled(world, arrival, who="Léa")
    sent = {"form_version": arrival.pk, "seen_answers": seen, "answer-who": "Léa Favre"}
    answer = as_(world.nadia).post(f"/desk/tickets/{ticket.number}/form-answers", sent)
    assert answer.status_code == 422 and "Cette page est incomplète" in answer.content.decode()


def test_who_may_not_change_the_ticket_is_not_offered_it_and_is_refused(
    world: World, as_: Any, arrival: FormVersion
) -> None:
    ticket = filled(world, arrival, who="Léa")
    client = as_(world.sofia)
    assert "answers=edit" not in client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    sent = {"form_version": arrival.pk, "seen_answers": json.dumps(ticket.answers), "answer-who": "Léa Favre"}
    assert client.post(f"/desk/tickets/{ticket.number}/form-answers", sent).status_code in (403, 422)
    with everything():
        assert Ticket.objects.get().answers == {"who": "Léa"}


def test_the_catalogue_lists_what_asks_a_form_or_says_what_it_is_for(
    world: World, as_: Any, arrival: FormVersion
) -> None:
    with everything():
        Category.objects.create(name="Wi-Fi invités", parent=world.network)
        Category.objects.create(name="Divers")
        Category.objects.create(name="Ancien", description_fr="Plus rien", is_active=False)
    page = as_(world.alice).get("/catalogue/").content.decode()
    assert f"/tickets/new?category={world.network.pk}&amp;kind=request" in page and "Pour qui arrive." in page
    assert "Wi-Fi invités" in page and "Ancien" not in page
    assert "Divers" not in page
    assert 'href="/catalogue/"' in page


def test_without_anything_to_offer_nothing_leads_to_the_catalogue(world: World, as_: Any) -> None:
    client = as_(world.alice)
    assert 'href="/catalogue/"' not in client.get("/").content.decode()
    assert "Rien ne figure encore ici." in client.get("/catalogue/").content.decode()
