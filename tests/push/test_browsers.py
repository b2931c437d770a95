"""The part "On this browser": subscribing, finding a browser again after signing in, removing; and what no browser gives."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from entraide.channels.push import keeping
from entraide.channels.push.models import Browser
from entraide.channels.push.vapid import public_key
from entraide.look.user_agents import name_of
from entraide.people.models import Person
from entraide.people.sessions import is_signed_in
from tests.hooks.receiver import Receiver
from tests.push.reading import Keys
from tests.world import World, everything

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]
BROWSERS = "/desk/notifications/browsers"
SETTINGS = "/desk/notifications/settings"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def signed_in(person: Person) -> Client:
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(person.account)  # type: ignore[attr-defined]
    return client


def given(endpoint: str, keys: Keys | None = None, **changes: str) -> dict[str, str]:
    subscription = (keys or Keys()).subscribed_at(endpoint)
    return {"endpoint": endpoint, "p256dh": subscription.p256dh, "auth": subscription.auth, **changes}


def rows(**of: Any) -> list[Browser]:
    with everything():
        return list(Browser.objects.filter(**of).select_related("person"))


def test_a_browser_subscribes_is_listed_and_is_removed(world: World, receiver: Receiver, loopback: None) -> None:
    client = signed_in(world.nadia)
    before = client.get(SETTINGS).content.decode()
    assert public_key() in before and "browser-row" not in before
    answer = client.post(BROWSERS, given(receiver.url))
    assert answer.status_code == 200
    assert "Firefox, Linux" in answer.content.decode()
    (browser,) = rows(person=world.nadia)
    assert receiver.url not in browser.subscription, "encrypted at rest"
    assert "browser-on" not in client.get(SETTINGS).content.decode(), "it is on here"
    assert client.post(f"{BROWSERS}/{browser.pk}/removal")["Location"] == SETTINGS
    assert rows() == []


def test_the_same_browser_is_one_row_and_goes_over_to_whoever_subscribed_last(
    world: World, receiver: Receiver, loopback: None
) -> None:
    keys = Keys()
    nadia = signed_in(world.nadia)
    nadia.post(BROWSERS, given(receiver.url, keys))
    nadia.post(BROWSERS, given(receiver.url, keys))
    assert len(rows()) == 1
    signed_in(world.nils).post(BROWSERS, given(receiver.url, keys))
    assert [row.person for row in rows()] == [world.nils]


def test_a_browser_whose_service_gave_it_another_address_stays_one_row(
    world: World, receiver: Receiver, loopback: None
) -> None:
    nadia = signed_in(world.nadia)
    nadia.post(BROWSERS, given(receiver.url))
    nadia.post(BROWSERS, given(receiver.url + "anew"))
    assert len(rows()) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/push", "https://10.0.0.7/push", "https://169.254.169.254/latest/meta-data", "https://[::1]/push",
        "http://93.184.216.34/push", "https://me:secret@93.184.216.34/", "javascript:alert(1)", "", "https://93.184.216.34/" + "x" * 2000,
    ],
    ids=lambda address: address[:40],
)  # fmt: skip
def test_an_address_in_a_private_network_or_none_at_all_is_refused(world: World, endpoint: str) -> None:
    answer = signed_in(world.nadia).post(BROWSERS, given(endpoint))
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
    assert rows() == []


@pytest.mark.parametrize(
    "wrong",
    [{"p256dh": ""}, {"p256dh": "AAAA"}, {"auth": ""}, {"auth": "AAAA"}, {"auth": "é"}, {"p256dh": "B" * 87}],
    ids=str,
)
def test_keys_that_no_browser_gives_are_refused(
    world: World, receiver: Receiver, loopback: None, wrong: dict[str, str]
) -> None:
    assert signed_in(world.nadia).post(BROWSERS, given(receiver.url, **wrong)).status_code == 422
    assert rows() == []


def test_one_has_so_many_browsers_at_most(
    world: World, receiver: Receiver, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "BROWSERS_AT_MOST", 2)
    for n in range(3):
        answer = signed_in(world.nadia).post(BROWSERS, given(f"{receiver.url}{n}"))
    assert answer.status_code == 422
    assert len(rows()) == 2


def test_whoever_signs_in_anew_is_told_in_the_same_browser_again(
    world: World, receiver: Receiver, loopback: None
) -> None:
    before = signed_in(world.nadia)
    before.post(BROWSERS, given(receiver.url))
    before.session.flush()
    (browser,) = rows()
    assert not is_signed_in(world.nadia, browser.session_key)
    shown = signed_in(world.nadia).get(SETTINGS).content.decode()
    assert "browser-row" in shown
    assert f"{BROWSERS}/{browser.pk}/tests" not in shown, "it is not signed in there"
    again = {"again": "yes", "endpoint": receiver.url}
    assert signed_in(world.nils).post(BROWSERS, again).status_code == 204
    (browser,) = rows()
    assert browser.person == world.nadia and not is_signed_in(world.nadia, browser.session_key), "not by a colleague"
    nadia = signed_in(world.nadia)
    assert "data-browsers" in nadia.get(SETTINGS).content.decode(), "the page asks the browser to say that it is there"
    assert nadia.post(BROWSERS, again).status_code == 204
    assert "data-browsers" not in nadia.get(SETTINGS).content.decode(), "once a sign-in"
    (browser,) = rows()
    assert is_signed_in(world.nadia, browser.session_key)
    assert not is_signed_in(world.nils, browser.session_key)
    signed_in(world.nadia).post(BROWSERS, {"again": "yes", "endpoint": receiver.url + "unknown"})
    assert len(rows()) == 1, "what was removed stays so"


def test_nobody_removes_or_tests_the_browser_of_a_colleague(world: World, receiver: Receiver, loopback: None) -> None:
    signed_in(world.nadia).post(BROWSERS, given(receiver.url))
    (browser,) = rows()
    nils = signed_in(world.nils)
    assert nils.post(f"{BROWSERS}/{browser.pk}/removal").status_code == 404
    assert nils.post(f"{BROWSERS}/{browser.pk}/tests").status_code == 404
    assert nils.post(f"{BROWSERS}/{2**70}/tests").status_code == 404
    assert rows() == [browser]
    assert "browser-row" not in nils.get(SETTINGS).content.decode()


def test_the_service_worker_is_a_script_of_ours_under_the_strict_policy(world: World) -> None:
    answer = signed_in(world.nadia).get("/desk/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in answer["Content-Security-Policy"]
    assert "{%" not in answer.content.decode()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1 Version/18.0 Safari/605.1", "Safari, macOS"),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_its_owner_knows_it(agent: str, name: str) -> None:
    assert name_of(agent) == name


def test_a_browser_that_says_nothing_of_itself_has_a_name_too() -> None:
    assert name_of("") != ""
