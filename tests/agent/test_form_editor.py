"""The editor of forms: fields as they are typed, arranging, refusals beside the field, publishing, two at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from entraide.forms.field import Condition
from entraide.forms.models import Form, FormVersion
from entraide.tickets.models import Category
from tests.world import World

pytestmark = pytest.mark.django_db
NEW = "/desk/settings/forms/new"
# As the page of an arrival would be sent.
ARRIVAL = {
    "name": "Arrivée", "seen": "0", "row": ["0", "1"],
    "f0-label_fr": "Contrat", "f0-kind": "choice", "f0-is_required": "yes", "f0-choices": "Durée indéterminée | Permanent\nDurée déterminée | Fixed term",
    "f1-label_fr": "Jusqu’au", "f1-label_en": "Until", "f1-kind": "date", "f1-shown_field": "contrat", "f1-shown_values": ["duree_determinee"],
}  # fmt: skip


@pytest.fixture
def adam(world: World, client: Client) -> Client:
    client.force_login(world.adam.account)
    return client


def send(client: Client, url: str = NEW, **changes: Any) -> Any:
    return client.post(url, {**ARRIVAL, **changes})


def test_a_form_is_published_as_it_was_typed(world: World, adam: Client) -> None:
    assert send(adam, publish="yes").status_code == 302
    version = FormVersion.objects.get(form__name="Arrivée")
    contract, until = version.fields
    assert (version.number, version.published_by_id) == (1, world.adam.pk)
    assert [(each.code, each.fr, each.en) for each in contract.choices] == [
        ("duree_indeterminee", "Durée indéterminée", "Permanent"), ("duree_determinee", "Durée déterminée", "Fixed term"),
    ]  # fmt: skip
    assert (until.code, until.label_en, contract.is_required) == ("jusquau", "Until", True)
    assert until.shown_if == Condition("contrat", ("duree_determinee",))


def test_a_draft_waits_and_people_fill_in_what_was_published(adam: Client, world: World) -> None:
    send(adam, publish="yes")
    form = Form.objects.get(name="Arrivée")
    answer = send(adam, f"/desk/settings/forms/{form.pk}/", seen="1", save="yes", **{"f0-label_fr": "Type de contrat", "f0-code": "contrat", "f1-code": "jusquau"})  # fmt: skip
    assert answer.status_code == 302
    form.refresh_from_db()
    assert form.fields[0].label_fr == "Type de contrat" and form.fields[0].code == "contrat"
    assert form.current is not None and form.current.fields[0].label_fr == "Contrat"
    assert "attendent d’être publiées" in adam.get("/desk/settings/forms/").content.decode()


def test_the_words_of_an_answer_change_and_its_code_stays(adam: Client) -> None:
    send(adam, publish="yes", **{"f0-choices": "CDI [open]\nCDD [fixed]", "f1-shown_values": ["fixed"]})
    form = Form.objects.get(name="Arrivée")
    shown = adam.get(f"/desk/settings/forms/{form.pk}/").content.decode()
    assert "CDI [open]" in shown
    send(adam, f"/desk/settings/forms/{form.pk}/", seen="1", publish="yes", **{"f0-code": "contrat", "f1-code": "jusquau", "f0-choices": "Fixe [open]\nCDD [fixed]", "f1-shown_values": ["fixed"]})  # fmt: skip
    form.refresh_from_db()
    assert [each.fr for each in form.fields[0].choices] == ["Fixe", "CDD"]
    assert [each.code for each in form.fields[0].choices] == ["open", "fixed"]


def test_two_editors_at_once_are_told_and_nothing_is_lost(adam: Client) -> None:
    send(adam, save="yes")
    form = Form.objects.get(name="Arrivée")
    url = f"/desk/settings/forms/{form.pk}/"
    assert send(adam, url, seen="1", name="Arrivées", save="yes").status_code == 302
    late = send(adam, url, seen="1", save="yes", **{"f0-label_fr": "Mon libellé"})
    assert late.status_code == 409
    assert "Quelqu’un d’autre a enregistré" in late.content.decode() and "Mon libellé" in late.content.decode()
    form.refresh_from_db()
    assert form.name == "Arrivées"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "Donnez un nom"),
        ({"name": "imprimante"}, "existe déjà"),
        ({"row": []}, "au moins un champ"),
        ({"f0-choices": ""}, "au moins une réponse à choisir"),
        ({"f0-choices": "A [a]\nB [a]"}, "deux fois la même réponse"),
        ({"f1-label_fr": "", "f1-label_en": ""}, "il manque un libellé"),
        ({"f1-kind": "number", "f1-minimum": "9", "f1-maximum": "3"}, "le minimum dépasse"),
        ({"f1-kind": "number", "f1-minimum": "beaucoup"}, "n’est pas un nombre"),
        ({"f0-code": "a", "f1-code": "b", "f0-shown_field": "b", "f1-shown_field": "a"}, "en cercle"),
    ],
)
def test_a_refusal_says_where_and_why_and_keeps_what_was_typed(
    world: World, adam: Client, changes: dict[str, Any], words: str
) -> None:
    answer = send(adam, publish="yes", **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Form.objects.filter(name="Arrivée").exists()


def test_a_published_field_keeps_its_kind(adam: Client) -> None:
    send(adam, publish="yes")
    form = Form.objects.get(name="Arrivée")
    answer = send(adam, f"/desk/settings/forms/{form.pk}/", seen="1", publish="yes", **{"f0-code": "contrat", "f1-code": "jusquau", "f1-kind": "text"})  # fmt: skip
    assert answer.status_code == 422
    assert "ajoutez un nouveau champ" in answer.content.decode()
    # A new field of the same words gets a name of its own.
    send(adam, f"/desk/settings/forms/{form.pk}/", seen="1", publish="yes", **{"f0-code": "contrat", "f1-kind": "text"})
    form.refresh_from_db()
    assert [each.code for each in form.fields] == ["contrat", "jusquau_2"]


def test_publishing_the_same_again_is_refused(adam: Client) -> None:
    send(adam, publish="yes")
    form = Form.objects.get(name="Arrivée")
    same = {"f0-code": "contrat", "f1-code": "jusquau", "f0-choices": "Durée indéterminée | Permanent [duree_indeterminee]\nDurée déterminée | Fixed term [duree_determinee]"}  # fmt: skip
    answer = send(adam, f"/desk/settings/forms/{form.pk}/", seen="1", publish="yes", **same)
    assert answer.status_code == 422 and form.versions.count() == 1


@pytest.mark.parametrize(
    ("button", "order"),
    [({"up": "1"}, ["Jusqu", "Contrat"]), ({"down": "0"}, ["Jusqu", "Contrat"]), ({"remove": "0"}, ["Jusqu"])],
)
def test_the_buttons_arrange_the_page_and_save_nothing(adam: Client, button: dict[str, str], order: list[str]) -> None:
    page = send(adam, **button)
    assert page.status_code == 200
    main = page.content.decode().split('class="form-rows"')[1].split("form-add")[0]
    places = [main.index(f'value="{each}') for each in order]
    assert places == sorted(places) and ("Contrat" in order or 'value="Contrat"' not in main)
    assert not Form.objects.filter(name="Arrivée").exists()


def test_what_depended_on_a_removed_field_is_always_asked(adam: Client) -> None:
    assert 'value="contrat" selected' not in send(adam, remove="0").content.decode()


def test_the_preview_shows_what_a_requester_is_asked(adam: Client) -> None:
    page = adam.post("/desk/settings/forms/preview", {**ARRIVAL, "f0-audience": ""}).content.decode()
    assert 'data-field="contrat"' in page and "Durée indéterminée" in page
    assert 'data-field="jusquau" data-shown-if' in page and "hidden" in page
    only_desk = adam.post("/desk/settings/forms/preview", {**ARRIVAL, "f0-audience": "desk"}).content.decode()
    assert 'data-field="contrat"' not in only_desk


def test_a_category_is_given_a_form_and_plain_words(world: World, adam: Client) -> None:
    form = world.printer_form.form
    answer = adam.post(
        f"/desk/settings/categories/{world.network.pk}/",
        {"name": "Réseau", "form": form.pk, "description_fr": "Tout ce qui relie.", "is_active": "on"},
    )
    assert answer.status_code == 302
    network = Category.objects.get(pk=world.network.pk)
    assert (network.form_id, network.description("en")) == (form.pk, "Tout ce qui relie.")
    assert "Réseau" in adam.get(f"/desk/settings/forms/{form.pk}/").content.decode()


def test_a_published_form_stays_and_a_draft_that_nobody_asks_may_go(world: World, adam: Client) -> None:
    adam.post(f"/desk/settings/forms/{world.printer_form.form_id}/", {"delete": "yes"})
    assert Form.objects.filter(name="Imprimante").exists()
    send(adam, save="yes")
    draft = Form.objects.get(name="Arrivée")
    adam.post(f"/desk/settings/forms/{draft.pk}/", {"delete": "yes"})
    assert not Form.objects.filter(pk=draft.pk).exists()
