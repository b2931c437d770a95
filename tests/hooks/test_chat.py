"""News in the chat of a team: through Apprise, to a server of this machine that stands in for Mattermost."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from entraide.channels.hooks import chat_address, keeping
from entraide.channels.hooks.delivering import send_test
from entraide.channels.hooks.models import Delivery, Endpoint
from entraide.channels.hooks.notices import notices
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.tickets import actions
from tests.hooks.receiver import Receiver
from tests.hooks.test_delivering import do_all
from tests.world import World, everything

pytestmark = pytest.mark.django_db
TOKEN = "kq3fz5pu2j8bdyqxw7t1m6n9ac"
HOOKS = "/desk/settings/hooks/"


@pytest.fixture
def address(receiver: Receiver, loopback: None) -> str:
    return f"mmost://127.0.0.1:{receiver.server.server_address[1]}/{TOKEN}"


def chat(address: str, **fields: Any) -> Endpoint:
    made, secret = keeping.register(address, transport="chat", **{"name": "Salle des N2", **fields})
    assert secret == ""
    return made


def critical(world: World, **facts: Any) -> Any:
    return world.ticket(impact=1, urgency=1, **facts)


def test_a_p1_is_told_in_the_language_of_the_chat(world: World, address: str, receiver: Receiver) -> None:
    chat(address, language="en", with_words=True)
    ticket = critical(world, subject="Plus de réseau", text="Rien ne marche.")
    do_all()
    [message] = receiver.messages
    assert message.path == f"/hooks/{TOKEN}"
    said = message.data["text"]
    for words in (
        ticket.reference,
        "Plus de réseau",
        "P1: a critical ticket.",
        "Helvetia Fiduciaire",
        f"/desk/tickets/{ticket.number}/",
    ):
        assert words in said, words
    assert not message.data.get("icon_url"), "no picture is fetched from elsewhere"
    assert "Rien ne marche" not in said, "what people wrote stays at the desk"
    with everything():
        kept = Delivery.objects.get()
    assert (kept.state, kept.type, kept.error) == ("delivered", "notice.new_p1", "")


def test_without_the_box_no_subject_leaves_the_desk(world: World, address: str, receiver: Receiver) -> None:
    chat(address)
    critical(world, subject="Congé de Zoé")
    do_all()
    [message] = receiver.messages
    assert "Congé" not in message.data["text"]
    assert "critique" in message.data["text"]


def test_what_is_no_news_is_not_told(world: World, address: str, receiver: Receiver) -> None:
    chat(address)
    ticket = world.ticket()
    with everything():
        actions.note(ticket, text="Interne", actor=world.as_(world.nadia))
        actions.take(ticket, actor=world.as_(world.nadia))
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
    do_all()
    assert receiver.messages == []


def test_a_chat_is_told_the_news_of_the_teams_and_kinds_that_were_chosen(
    world: World, address: str, receiver: Receiver
) -> None:
    chat(address, name="P1 des systèmes", kinds=["new_p1"], team_ids=[world.n2.pk])
    chat(address, name="Reprises", kinds=["reopened"])
    critical(world)
    with everything():
        theirs = critical(world)
        actions.escalate(theirs, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))
    do_all()
    with everything():
        told = list(Delivery.objects.values_list("endpoint__name", "entry__ticket_id"))
    assert told == [("P1 des systèmes", theirs.pk)]


def test_a_major_incident_is_told_from_its_declaration_to_its_end(world: World, address: str) -> None:
    chat(address)
    ticket = critical(world)
    with everything():
        carla = world.as_(world.carla)
        actions.declare_major(ticket, text="Réseau coupé.", lead=world.elena, teams=[], contacts=[], actor=carla)
        actions.update_major(ticket, text="On cherche.", actor=carla)
        actions.resolve(ticket, code="solved", text="Rétabli.", actor=carla)
    do_all()
    with everything():
        told = list(Delivery.objects.order_by("pk").values_list("type", flat=True))
    assert told == ["notice.new_p1", "notice.major_declared", "notice.major_news", "notice.major_over"]


def test_what_the_chat_does_not_take_is_in_the_log_without_the_token(
    world: World, address: str, receiver: Receiver
) -> None:
    made = chat(address)
    receiver.status, receiver.answer = 403, b"no"
    with everything():
        send_test(made, by=world.adam)
    do_all()
    with everything():
        kept = Delivery.objects.get()
    assert kept.state == "given_up"
    assert kept.error
    assert "403" in kept.answer
    assert TOKEN not in kept.answer + kept.error


def test_each_kind_of_news_has_events_that_there_are() -> None:
    from entraide.core.events import event_kinds

    for each in notices:
        assert set(each.kinds) <= set(event_kinds()), each.code


@pytest.mark.parametrize(
    "address",
    [
        "", "https://example.ch/", "json://example.ch/", "jsons://example.ch/", "file:///etc/passwd", "dbus://", "syslog://", "rsyslog://10.0.0.1/",
        "mailto://ada:b@example.ch", "apprise://example.ch/abc", "exec://ls", "unheard://x", "slack://", "windows://",
        "mmost://10.0.0.1/" + TOKEN, "mmosts://192.168.1.1/" + TOKEN, "mmosts://localhost/" + TOKEN, "ntfys://[::1]/topic",
        "gotifys://169.254.169.254/" + TOKEN, "mmosts://93.184.216.34/" + TOKEN + "?verify=no",
    ],
)  # fmt: skip
def test_only_chats_are_taken_and_none_in_a_private_network(world: World, address: str) -> None:
    with pytest.raises(Refused):
        chat_address.check(address)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "Slack"),
        (f"mmosts://93.184.216.34:8443/{TOKEN}", "Mattermost · 93.184.216.34"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord"),
    ],
)
def test_of_a_good_address_only_its_place_is_shown(address: str, place: str) -> None:
    chat_address.check(address)
    assert chat_address.shown(address) == place


def test_the_process_that_sends_finds_no_private_address_whoever_asks() -> None:
    program = (
        "from types import SimpleNamespace; from django.conf import settings;"
        "settings.configure(USE_I18N=False, ENTRAIDE=SimpleNamespace(private_targets=[]));"
        "from entraide.channels.hooks.chat_process import keep_to_public_addresses;"
        "keep_to_public_addresses(only_loopback=False);"
        "import requests\n"
        "for url in ('http://127.0.0.1:9/', 'http://localhost:9/', 'http://10.0.0.1/', 'http://[::1]:9/'):\n"
        "    try: requests.get(url, timeout=3)\n"
        "    except requests.ConnectionError as error: print('Name' in str(error) or 'resolve' in str(error) or 'No address' in str(error))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["True"] * 4


def test_an_administrator_adds_a_chat_whose_address_is_never_shown_again(
    world: World, client: Client, address: str, receiver: Receiver
) -> None:
    client.force_login(world.adam.account)  # type: ignore[attr-defined]
    form = {"name": "Salle", "address": address, "language": "fr", "kinds": ["new_p1"], "is_active": "on"}
    answer = client.post(f"{HOOKS}chats/new", form)
    made = Endpoint.objects.get()
    assert answer["Location"] == f"{HOOKS}{made.pk}/"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM hooks_endpoint")
        assert TOKEN not in str(cursor.fetchall())
    for page in (HOOKS, f"{HOOKS}{made.pk}/", f"{HOOKS}{made.pk}/fields"):
        shown = client.get(page).content.decode()
        assert TOKEN not in shown
        assert "whsec_" not in shown
    assert client.post(f"{HOOKS}{made.pk}/secret").status_code == 404
    client.post(f"{HOOKS}{made.pk}/fields", {**form, "address": "", "name": "Autre"})
    made.refresh_from_db()
    assert (made.name, keeping.address_of(made)) == ("Autre", address)
    client.post(f"{HOOKS}{made.pk}/tests")
    do_all()
    assert len(receiver.messages) == 1


@pytest.mark.parametrize("address", ["", "json://example.ch/", "mmosts://10.0.0.1/" + TOKEN])
def test_what_cannot_be_a_chat_is_said_at_its_field(world: World, client: Client, address: str) -> None:
    client.force_login(world.adam.account)  # type: ignore[attr-defined]
    answer = client.post(f"{HOOKS}chats/new", {"name": "Salle", "address": address, "language": "fr"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["address"]
    assert address == "" or not re.search(re.escape(address), answer.content.decode()), (
        "typed passwords are not sent back"
    )


def test_where_the_key_changed_the_address_is_asked_for_again(
    world: World, client: Client, address: str, settings: Any
) -> None:
    made = chat(address)
    settings.SECRET_KEY = "another key"
    client.force_login(world.adam.account)  # type: ignore[attr-defined]
    answer = client.post(f"{HOOKS}{made.pk}/fields", {"name": "Salle", "address": "", "language": "fr"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["address"]
    assert made.created_at <= now()


@pytest.mark.parametrize(
    ("given", "kept", "shown"),
    [
        ("https://hooks.slack.com/services/T0000TEST/B0000TEST/abcdefghijklmnopqrstuvwx", "slack://T0000TEST/B0000TEST/abcdefghijklmnopqrstuvwx", "Slack"),
        ("https://discord.com/api/webhooks/123456789012345678/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcd", "discord://123456789012345678/abcdefgh", "Discord"),
    ],
)  # fmt: skip
def test_the_address_that_a_service_gives_out_is_taken(given: str, kept: str, shown: str) -> None:
    made = chat(given)
    assert keeping.address_of(made).startswith(kept) and "?" not in keeping.address_of(made)
    assert chat_address.shown(keeping.address_of(made)) == shown


def test_a_page_is_no_chat() -> None:
    with pytest.raises(Refused):
        chat("https://example.com/services/x")
