"""The report of answers: how often each was given, what the numbers come to, and the way to the tickets."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.forms.field import Choice, Field
from entraide.forms.models import FormVersion
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.tickets.filling import open_with_form
from entraide.tickets.models import Category
from tests.world import World, everything

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
ENGLISH = {"accept-language": "en"}


def ask(who: Person, category: Category, version: FormVersion, answers: dict[str, Any]) -> None:
    open_with_form(
        who.organisation, requester=who, version=version, answers=answers, actor=actor_for(who), category=category,
        subject="Commande", text="", channel="portal",
    )  # fmt: skip


@pytest.fixture
def order(world: World) -> FormVersion:
    """A form that is asked of a category, with two tickets of March and one of April."""
    version = world.form(
        "Commande",
        Field(
            "item",
            "choice",
            "Article",
            "Item",
            choices=(Choice("screen", "Écran", "Screen"), Choice("phone", "Casque", "Headset")),
        ),
        Field(
            "access",
            "choices",
            "Accès",
            "Access",
            choices=(Choice("vpn", "VPN", "VPN"), Choice("files", "Dossiers", "Folders")),
        ),
        Field("amount", "number", "Quantité", "Quantity", unit="pcs"),
        Field("urgent", "yes_no", "Urgent ?", "Urgent?"),
        Field("who", "person", "Pour qui", "For whom"),
        Field("why", "text", "Pourquoi", "Why"),
    )
    category = Category.objects.create(name="Commandes", form=version.form)
    made = (
        (
            MARCH,
            world.alice,
            {
                "item": "screen",
                "access": ["vpn", "files"],
                "amount": 3,
                "urgent": True,
                "who": world.bob.pk,
                "why": "=1+1",
            },
        ),
        (MARCH, world.bob, {"item": "screen", "access": ["vpn"], "amount": 1.5, "who": world.bob.pk}),
        (datetime(2026, 4, 1, 9, 0, tzinfo=UTC), world.alice, {"item": "phone"}),
    )
    for at, who, answers in made:
        with everything(), time_machine.travel(at, tick=False):
            ask(who, category, version, answers)
    return version


@pytest.fixture
def marc(world: World) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(world.marc.account)
    return client


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_each_answer_is_counted_with_its_share_and_numbers_are_summed(
    world: World, marc: Client, order: FormVersion
) -> None:
    said = text_of(marc.get("/desk/reports/answers/?month=2026-03"))
    for words in (
        "2 tickets", "Item answered on 2 tickets", "Screen 2 100.0 %", "Headset 0 0.0 %", "VPN 2 100.0 %", "Folders 1 50.0 %",
        "In all 4.5 pcs", "Mean 2.25 pcs", "Least 1.5 pcs", "Most 3 pcs", "Urgent? answered on 1 ticket", "yes 1 100.0 %",
        f"{world.bob.name} 2 100.0 %", "Why answered on 1 ticket",
    ):  # fmt: skip
        assert words in said, words
    assert "Headset 1" in text_of(marc.get("/desk/reports/answers/?month=2026-04"))
    assert "No ticket was asked this form in this month" in text_of(marc.get("/desk/reports/answers/?month=2026-05"))
    elsewhere = marc.get(f"/desk/reports/answers/?month=2026-03&organisation={world.rousseau.pk}")
    assert "No ticket was asked this form in this month" in text_of(elsewhere)


def test_every_number_leads_to_just_its_tickets(world: World, marc: Client, order: FormVersion) -> None:
    page = marc.get("/desk/reports/answers/?month=2026-03").content.decode()
    links = re.findall(r'href="(/desk/\?view=all[^"]+)"[^>]*>(?:answered on )?(\d+)', page)
    assert len(links) == 12
    for address, n in links:
        shown = re.findall(r'<tr id="t\d+"', marc.get(address.replace("&amp;", "&")).content.decode())
        assert len(shown) == int(n), unquote_plus(address)


def test_a_field_that_is_no_longer_asked_is_still_counted(world: World, marc: Client, order: FormVersion) -> None:
    document = [each.as_json() for each in order.fields if each.code != "item"]
    FormVersion.objects.create(form=order.form, number=2, document=document, published_at=MARCH)
    assert "Item no longer asked answered on 2 tickets" in text_of(marc.get("/desk/reports/answers/?month=2026-03"))


def test_the_answers_are_a_file_in_which_nothing_is_run(world: World, marc: Client, order: FormVersion) -> None:
    answer: Any = marc.get("/desk/reports/answers/?month=2026-03&as=xlsx")
    assert answer["Content-Disposition"].endswith('.xlsx"') and answer.content[:2] == b"PK"

    async def read(stream: Any) -> str:
        return b"".join([part async for part in stream]).decode("utf-8-sig")

    from asgiref.sync import async_to_sync

    sent: Any = marc.get("/desk/reports/answers/?month=2026-03&as=csv")
    rows = list(csv.reader(io.StringIO(async_to_sync(read)(sent.streaming_content))))
    assert rows[0][5:] == ["Item", "Access", "Quantity (pcs)", "Urgent?", "For whom", "Why"]
    assert rows[1][5:] == ["Screen", "VPN, Folders", "3", "yes", world.bob.name, "'=1+1"]
    assert rows[2][5:] == ["Screen", "VPN", "1.5", "", world.bob.name, ""]


def test_a_form_that_is_not_there_is_said_and_without_forms_the_way_is_shown(world: World, marc: Client) -> None:
    with everything():
        FormVersion.objects.all().delete()
    assert "No form has been published yet" in text_of(marc.get("/desk/reports/answers/"))
    answer = marc.get("/desk/reports/answers/?form=99999")
    assert answer.status_code == 422
    assert "There is no such form" in text_of(answer)


def test_more_tickets_cost_no_more_queries(world: World, marc: Client, order: FormVersion) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert marc.get("/desk/reports/answers/?month=2026-03").status_code == 200
        return len(captured)

    queries()  # the first page of a sign-in notes where it is
    few = queries()
    category = Category.objects.get(name="Commandes")
    with everything(), time_machine.travel(MARCH, tick=False):
        for _at in range(6):
            ask(world.alice, category, order, {"item": "phone", "amount": 2})
    assert queries() == few
