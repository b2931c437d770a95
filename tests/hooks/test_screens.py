"""Webhooks at the desk: administrators of the whole desk keep them, see how it went, and send again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from standardwebhooks import Webhook

from entraide.agent.hook_words import internal_kinds, public_kinds
from entraide.channels.hooks import keeping
from entraide.channels.hooks.models import Delivery, Endpoint
from entraide.people.models import Person
from entraide.people.rights import Role
from tests.hooks.receiver import Receiver
from tests.hooks.test_delivering import do_all
from tests.world import World, everything

pytestmark = pytest.mark.django_db
HOOKS = "/desk/settings/hooks/"
Made = Callable[..., tuple[Endpoint, str]]


@pytest.fixture
def as_(client: Client) -> Any:
    def sign_in(person: Person) -> Client:
        client.force_login(person.account)  # type: ignore[attr-defined]
        return client

    return sign_in


def typed(receiver: Receiver, **changes: Any) -> dict[str, Any]:
    return {"name": "Tableau de bord", "address": receiver.url, "is_active": "on", **changes}


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def test_an_administrator_makes_an_endpoint_and_sees_its_secret_this_once(
    world: World, as_: Any, receiver: Receiver, loopback: None
) -> None:
    client = as_(world.adam)
    answer = client.post(
        f"{HOOKS}new", typed(receiver, public_kinds=["resolved"], organisation_ids=[world.helvetia.pk])
    )
    made = Endpoint.objects.get()
    assert answer["Location"] == f"{HOOKS}{made.pk}/"
    first, second = text_of(client.get(answer["Location"])), text_of(client.get(answer["Location"]))
    [secret] = re.findall(r"whsec_[\w+/=]+", first)
    assert "whsec_" not in second
    assert Webhook(secret).sign("m", made.created_at, "{}")
    assert (made.kinds, made.organisation_ids, made.with_words) == (["resolved"], [world.helvetia.pk], False)
    listed = text_of(client.get(HOOKS))
    assert "Tableau de bord" in listed
    assert "Helvetia Fiduciaire" in listed
    assert "key=a" not in listed, "what is secret in the address is not in the list"


def test_a_test_is_sent_and_seen_and_sent_again(world: World, as_: Any, receiver: Receiver, endpoint: Made) -> None:
    made, _secret = endpoint()
    client = as_(world.adam)
    receiver.answer = b"<b>bonjour</b>"
    client.post(f"{HOOKS}{made.pk}/tests")
    assert 'hx-trigger="every 2s"' in text_of(client.get(f"{HOOKS}{made.pk}/")), "the page looks again by itself"
    do_all()
    shown = text_of(client.get(f"{HOOKS}{made.pk}/"))
    assert "endpoint.test" in shown
    assert "&lt;b&gt;bonjour&lt;/b&gt;" in shown
    assert "every 2s" not in shown
    with everything():
        kept = Delivery.objects.get()
    client.post(f"{HOOKS}{made.pk}/replays", {"delivery": kept.pk})
    do_all()
    assert len(receiver.messages) == 2


def test_all_that_failed_is_sent_again(world: World, as_: Any, receiver: Receiver, endpoint: Made) -> None:
    made, _secret = endpoint()
    receiver.status = 500
    world.ticket()
    do_all()
    client = as_(world.adam)
    shown = text_of(client.get(f"{HOOKS}{made.pk}/?state=failing"))
    assert "500" in shown
    receiver.status = 200
    client.post(f"{HOOKS}{made.pk}/replays", {"hours": 24})
    do_all()
    with everything():
        assert Delivery.objects.get().state == "delivered"
    assert client.post(f"{HOOKS}{made.pk}/replays", {"hours": 5}).status_code == 404
    assert client.post(f"{HOOKS}{made.pk}/replays", {"delivery": "x"}).status_code == 404


def test_what_the_log_shows_of_a_ticket_is_its_number_alone(
    world: World, as_: Any, receiver: Receiver, endpoint: Made
) -> None:
    made, _secret = endpoint(with_words=True)
    ticket = world.ticket(subject="Congé de Zoé")
    do_all()
    shown = text_of(as_(world.adam).get(f"{HOOKS}{made.pk}/"))
    assert ticket.reference in shown
    assert "Congé" not in shown, "administrators connect; they do not read clients' tickets"


def test_a_secret_is_renewed_and_the_old_one_dropped(world: World, as_: Any, endpoint: Made) -> None:
    made, old = endpoint()
    client = as_(world.adam)
    client.post(f"{HOOKS}{made.pk}/secret")
    shown = text_of(client.get(f"{HOOKS}{made.pk}/"))
    assert "whsec_" in shown
    assert old not in shown
    assert 'name="drop"' in shown
    client.post(f"{HOOKS}{made.pk}/secret", {"drop": "yes"})
    assert 'name="drop"' not in text_of(client.get(f"{HOOKS}{made.pk}/"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Pris"}, "name"),
        ({"address": "https://127.0.0.1:1/"}, "address"),
        ({"address": "https://169.254.169.254/"}, "address"),
        ({"address": "https://ada:b@example.ch/"}, "address"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"internal_kinds": ["note_added"]}, "with_internal"),
        ({"public_kinds": ["unheard_of"]}, "public_kinds"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    world: World, as_: Any, receiver: Receiver, endpoint: Made, settings: Any, changes: dict[str, Any], field: str
) -> None:
    endpoint(name="Pris")
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(
        update={"private_targets": ["127.0.0.1/32"] if field != "address" else []}
    )
    answer = as_(world.adam).post(f"{HOOKS}new", typed(receiver, with_words="on", **changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert re.search(r'name="with_words"[^>]* checked', answer.content.decode())
    assert Endpoint.objects.count() == 1


def test_an_endpoint_is_changed_and_deleted(world: World, as_: Any, receiver: Receiver, endpoint: Made) -> None:
    made, _secret = endpoint()
    client = as_(world.adam)
    page = text_of(client.get(f"{HOOKS}{made.pk}/fields"))
    assert receiver.url.replace("&", "&amp;") in page
    client.post(f"{HOOKS}{made.pk}/fields", typed(receiver, name="Autre", with_internal="on"))
    made.refresh_from_db()
    assert (made.name, made.with_internal) == ("Autre", True)
    assert keeping.address_of(made) == receiver.url
    client.post(f"{HOOKS}{made.pk}/fields", {"delete": "yes"})
    assert not Endpoint.objects.exists()


def test_who_keeps_the_settings_of_one_organisation_alone_finds_no_webhooks(
    world: World, as_: Any, endpoint: Made
) -> None:
    made, _secret = endpoint()
    with everything():
        world.adam.roles.all().delete()
        world.adam.roles.create(role=Role.ADMINISTRATOR, organisation=world.helvetia)
    client = as_(world.adam)
    for url in (HOOKS, f"{HOOKS}new", f"{HOOKS}{made.pk}/", f"{HOOKS}{made.pk}/fields"):
        assert client.get(url).status_code == 404
    for verb in ("secret", "tests", "replays"):
        assert client.post(f"{HOOKS}{made.pk}/{verb}").status_code == 404
    assert HOOKS not in text_of(client.get("/desk/settings/categories/"))


def test_a_line_in_the_console_leads_to_the_endpoint(
    world: World, as_: Any, receiver: Receiver, endpoint: Made
) -> None:
    made, _secret = endpoint()
    receiver.status = 410
    world.ticket()
    do_all()
    client = as_(world.adam)
    shown = text_of(client.get("/desk/notifications/"))
    assert "Tableau de bord" in shown
    [way] = re.findall(r'href="(/desk/notifications/\d+/)"', shown)
    assert client.get(way)["Location"] == f"{HOOKS}{made.pk}/"


def test_a_long_log_has_pages_and_as_many_queries_as_a_short_one(
    world: World, as_: Any, endpoint: Made, django_assert_max_num_queries: Any
) -> None:
    made, _secret = endpoint()
    for _ in range(3):
        world.ticket()
    do_all()
    client = as_(world.adam)
    text_of(client.get(f"{HOOKS}{made.pk}/"))
    with django_assert_max_num_queries(16):
        text_of(client.get(f"{HOOKS}{made.pk}/"))
    with everything():
        Delivery.objects.bulk_create(
            Delivery(
                endpoint=made, organisation=world.helvetia, type="endpoint.test", body="{}", created_at=made.created_at
            )
            for _ in range(60)
        )
    with django_assert_max_num_queries(16):
        shown = text_of(client.get(f"{HOOKS}{made.pk}/"))
    assert "?after=" in shown or "&amp;after=" in shown


def test_every_kind_of_entry_has_a_name_in_words() -> None:
    named = dict([*public_kinds(), *internal_kinds()])
    assert {kind for kind, name in named.items() if name.startswith("ticket.")} == set()
