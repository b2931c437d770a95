"""What the answers of an organisation may name, and how they are read where it is."""

from __future__ import annotations

import pytest

from entraide.forms.field import Field
from entraide.people.models import Organisation
from entraide.tickets.form_of import around
from tests.world import World, everything

pytestmark = pytest.mark.django_db
PHONE = (Field("phone", "telephone", "Téléphone"),)


def region_of(organisation: Organisation) -> str:
    with everything():
        return around(organisation.pk, PHONE, ()).region


def test_a_telephone_number_is_read_as_in_the_country_of_its_organisation(world: World) -> None:
    Organisation.objects.filter(pk=world.rousseau.pk).update(country="FR")
    assert (region_of(world.helvetia), region_of(world.rousseau)) == ("CH", "FR")


def test_an_organisation_that_names_no_country_is_read_as_the_desk_is(world: World) -> None:
    Organisation.objects.filter(pk=world.rousseau.pk).update(country="")
    Organisation.objects.filter(pk=world.lemanique.pk).update(country="DE")
    assert region_of(world.rousseau) == "DE"


def test_without_telephone_nobody_asks_for_the_country(world: World) -> None:
    with everything():
        assert around(world.helvetia.pk, (Field("x", "text", "X"),), ()).region == ""
