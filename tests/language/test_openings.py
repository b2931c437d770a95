"""The timeline says in a whole sentence by which way a ticket came."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from entraide.tickets.models import Channel
from tests.world import World, everything

FRENCH = {
    "mail": "par mail",
    "portal": "par le portail",
    "chat": "par le tchat",
    "phone": "par téléphone",
    "desk": "au bureau",
    "api": "par l’API",
    "form": "par un formulaire de contact",
}


@pytest.mark.django_db
def test_each_channel_has_its_own_words_in_both_languages(world: World) -> None:
    ticket = world.ticket()
    with everything():
        opened: Any = ticket.timeline().get().event
    english = set()
    for channel in Channel.values:
        event = replace(opened, channel=channel)
        with translation.override("fr"):
            assert event.describe({}) == f"a ouvert le ticket {FRENCH[channel]}"
        with translation.override("en"):
            english.add(event.describe({}))
    assert len(english) == len(Channel.values)
    assert "opened the ticket in the portal" in english
