"""Agreements and calendars are read by the whole desk; the address of a feed is renewed by who may edit."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from entraide.agent.calendar_feeds import feed_address, renew_feed
from entraide.core.events import Conflict
from entraide.sla.defaults import OFFICE_HOURS
from entraide.sla.models import Agreement, CoverageCalendar, FeedRenewal
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def as_(person: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person.account)
    return client


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
    assert nadia.post(reverse("agent:calendar-feed-renewal", args=[calendar.pk])).status_code == 404
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
