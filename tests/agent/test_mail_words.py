"""Every mail of the desk has a name under which people find it."""

from __future__ import annotations

import pytest
from django.test import Client

from entraide.agent.mail_words import NAMES
from entraide.channels.email import templates as mail_templates
from tests.world import World


def test_every_mail_has_a_name_and_no_two_have_the_same() -> None:
    assert set(NAMES) == set(mail_templates.codes())
    assert len({str(name) for name in NAMES.values()}) == len(NAMES)


@pytest.mark.django_db
def test_the_list_of_templates_speaks_of_them_by_name(world: World, client: Client) -> None:
    client.force_login(world.adam.account)
    page = client.get("/desk/mails/templates/").content.decode()
    assert "Un tiers a répondu" in page and ">third_party_answered<" not in page
