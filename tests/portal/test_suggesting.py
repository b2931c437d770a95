"""What a question is like: by its telling words, whatever their endings and accents; the most alike first."""

from __future__ import annotations

import pytest
from django.test import Client

from entraide.portal.suggesting import best, likeness, same_stem, telling_words
from tests.world import World, everything


def test_words_that_are_in_every_question_tell_nothing() -> None:
    assert telling_words("Bonjour, mon imprimante ne marche pas avec le réseau, merci") == ["imprimante", "reseau"]
    assert telling_words("Please help: my VPN doesn't work") == ["vpn"]
    assert telling_words("Bonjour, pouvez-vous m'aider ?") == ["aider"]


@pytest.mark.parametrize(
    ("one", "other"), [("imprimantes", "imprimante"), ("imprime", "imprimante"), ("print", "printer"), ("vpn", "vpn")]
)
def test_endings_do_not_matter(one: str, other: str) -> None:
    assert same_stem(one, other) and same_stem(other, one)


@pytest.mark.parametrize(("one", "other"), [("mot", "moteur"), ("post", "poire"), ("compte", "composant"), ("a", "b")])
def test_other_words_are_other_words(one: str, other: str) -> None:
    assert not same_stem(one, other) and not same_stem(other, one)


def test_the_most_alike_comes_first_and_of_equals_the_order_stays() -> None:
    names = ["Réseau lent", "Imprimante sur le réseau", "Écran", "Réseau coupé"]
    telling = telling_words("l'imprimante n'est plus sur le reseau")
    assert best(names, telling, name=str) == ["Imprimante sur le réseau", "Réseau lent", "Réseau coupé"]
    assert [likeness(telling, name) for name in names] == [1, 2, 0, 1]


@pytest.mark.django_db
def test_the_request_that_holds_more_of_the_words_is_offered_first(world: World, client: Client) -> None:
    with everything():
        world.ticket(world.alice, subject="Imprimante du réseau", text="Bourrage.")
        world.ticket(world.alice, subject="Souris", text="Le réseau va, l'imprimante aussi.")
    client.force_login(world.alice.account)
    page = client.get("/suggestions", {"question": "imprimante réseau"}).content.decode()
    assert 0 < page.index("Imprimante du réseau") < page.index("Souris")
