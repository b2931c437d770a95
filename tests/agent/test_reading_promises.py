"""Agreements and calendars are read by the whole desk; the address of a feed is renewed by who may edit."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from entraide.agent.calendar_feeds import feed_address, renew_feed
from entraide.automation.models import EscalationRule, Rota
from entraide.core.events import Conflict
from entraide.people.rights import Role
from entraide.sla.defaults import OFFICE_HOURS
from entraide.sla.models import Agreement, CoverageCalendar, FeedRenewal
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def as_(person: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person.account)
    return client


@pytest.fixture(autouse=True)
def no_other_rotas(world: World) -> None:
    with everything():
        EscalationRule.objects.all().delete()
    Rota.objects.all().delete()


def pages() -> list[str]:
    agreement, calendar = Agreement.objects.get(is_default=True), CoverageCalendar.objects.get(name=OFFICE_HOURS)
    return [
        reverse("agent:agreements"),
        reverse("agent:agreement", args=[agreement.pk]),
        reverse("agent:agreement-version", args=[agreement.pk, 1]),
        reverse("agent:calendars"),
        reverse("agent:calendar", args=[calendar.pk]),
        reverse("agent:calendar-version", args=[calendar.pk, 1]),
    ]


@pytest.mark.parametrize("who", ["nadia", "carla", "marc"])
def test_the_desk_reads_agreements_and_calendars_and_finds_nothing_to_edit(world: World, who: str) -> None:
    reader = as_(getattr(world, who))
    for page in pages():
        answer = reader.get(page)
        main = answer.content.decode().split("<main")[1].split("</main")[0]
        assert answer.status_code == 200, page
        assert "<button" not in main and 'method="post"' not in main, page


def test_who_reads_is_refused_to_edit(world: World) -> None:
    nadia = as_(world.nadia)
    for page in pages():
        if "versions" not in page and page not in (reverse("agent:agreements"), reverse("agent:calendars")):
            assert nadia.post(page, {"name": "Autre"}).status_code == 403, page
    calendar = CoverageCalendar.objects.get(name=OFFICE_HOURS)
    agreement = Agreement.objects.get(is_default=True)
    for name, key in (
        ("calendar-feed-renewal", calendar.pk), ("agreement-default", agreement.pk), ("agreement-places", agreement.pk),
    ):  # fmt: skip
        assert nadia.post(reverse(f"agent:{name}", args=[key]), {"seen": 0}).status_code == 403, name
    assert nadia.post(reverse("agent:new-calendar"), {"name": "Autre"}).status_code == 403
    assert not FeedRenewal.objects.exists()


def test_a_client_finds_neither_agreements_nor_calendars(world: World) -> None:
    alice = as_(world.alice)
    assert {alice.get(page).status_code for page in pages()} == {404}


def test_the_clocks_of_a_ticket_lead_to_its_agreement_and_calendar(world: World) -> None:
    with everything():
        ticket = world.ticket()
    text = as_(world.nadia).get(f"/desk/tickets/{ticket.number}/clocks").content.decode()
    assert "/desk/settings/agreements/" in text and "/desk/settings/calendars/" in text


def test_a_renewed_feed_has_another_address_and_the_old_one_is_dead(world: World) -> None:
    calendar = CoverageCalendar.objects.get(name=OFFICE_HOURS)
    renewal = reverse("agent:calendar-feed-renewal", args=[calendar.pk])
    addresses = [feed_address(calendar)]
    for seen in (0, 1):
        assert as_(world.adam).post(renewal, {"seen": seen}).status_code == 302
        addresses.append(feed_address(calendar))
    stranger = Client()
    paths = ["/desk/" + each.split("/desk/")[1] for each in addresses]
    assert [stranger.get(path).status_code for path in paths] == [410, 410, 200]
    assert [each.by_id for each in FeedRenewal.objects.all()] == [world.adam.pk] * 2


def test_of_two_who_renew_at_once_the_second_is_told(world: World) -> None:
    calendar = CoverageCalendar.objects.get(name=OFFICE_HOURS)
    renew_feed(calendar, by=world.adam, seen=0)
    with pytest.raises(Conflict):
        renew_feed(calendar, by=world.adam, seen=0)
    renewal = reverse("agent:calendar-feed-renewal", args=[calendar.pk])
    answer = as_(world.adam).post(renewal, {"seen": "0"}, follow=True)
    assert "Somebody else has just renewed the address" in answer.content.decode()
    assert FeedRenewal.objects.count() == 1


@pytest.fixture
def rota(world: World) -> Rota:
    return Rota.objects.create(
        name="Piquet N2", starts_on=date(2026, 11, 23), handover_time=time(9), person_ids=[world.benoit.pk, world.elena.pk]
    )  # fmt: skip


@pytest.mark.parametrize("who", ["nadia", "benoit", "carla", "marc", "sofia"])
def test_the_desk_reads_who_is_on_call_and_finds_nothing_to_edit(world: World, rota: Rota, who: str) -> None:
    reader = as_(getattr(world, who))
    for page in (reverse("agent:rotas"), reverse("agent:rota", args=[rota.pk])):
        answer = reader.get(page)
        main = answer.content.decode().split("<main")[1].split("</main")[0]
        assert answer.status_code == 200, page
        assert "Benoît" in main and "Elena" in main, page
        assert "<button" not in main and "<input" not in main, page
    assert "Monday, 09:00" in main


def test_who_reads_a_rota_is_refused_to_change_it(world: World, rota: Rota) -> None:
    carla = as_(world.carla)
    page = reverse("agent:rota", args=[rota.pk])
    assert carla.post(page, {"delete": "yes"}).status_code == 403
    assert carla.post(reverse("agent:new-rota"), {"name": "Autre"}).status_code == 403
    stands_in = {"override-person": world.carla.pk, "override-starts_at": "2026-12-01T18:00", "override-ends_at": "2026-12-02T08:00"}  # fmt: skip
    assert carla.post(reverse("agent:rota-overrides", args=[rota.pk]), stands_in).status_code == 403
    assert Rota.objects.get().name == "Piquet N2" and not rota.overrides.exists()


def test_a_client_does_not_find_who_is_on_call(world: World, rota: Rota) -> None:
    claire = as_(world.claire)
    pages = (
        reverse("agent:rotas"),
        reverse("agent:rota", args=[rota.pk]),
        reverse("agent:rota-overrides", args=[rota.pk]),
    )
    assert {claire.get(page).status_code for page in pages} == {404}


@pytest.mark.parametrize(
    ("who", "sees"),
    [("nadia", False), ("benoit", False), ("carla", True), ("marc", True), ("sofia", True), ("adam", False)],
)
def test_who_watches_the_deadlines_has_the_report_of_promises_at_hand(world: World, who: str, sees: bool) -> None:
    person = as_(getattr(world, who))
    rail = person.get(reverse("agent:agreements")).content.decode().split("<main")[0]
    assert (reverse("agent:report-promises") in rail) == sees
    assert person.get(reverse("agent:report-promises")).status_code == (200 if sees else 404)


def test_a_coordinator_of_one_client_reads_the_report_of_that_client_alone(world: World) -> None:
    local = world.add(world.lemanique, "Lea Roth", Role.COORDINATOR, only_in=world.helvetia)
    page = as_(local).get(reverse("agent:report-promises")).content.decode()
    assert "Helvetia Fiduciaire" in page and "Atelier Rousseau" not in page
