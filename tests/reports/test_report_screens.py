"""The screens of reports: figures that lead to tickets, months and words that make no sense, files, borders."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from entraide.agent import reports
from entraide.people.models import RoleGrant
from entraide.people.rights import Role
from entraide.sla.models import Agreement
from tests.reports.desk import LATER, accepted_late, answered_in_time, answered_late
from tests.world import World, everything

pytestmark = pytest.mark.django_db
PROMISES, LEVELS = "/desk/reports/promises/", "/desk/reports/levels/"


@pytest.fixture
def marc(world: World, client: Client) -> Iterator[Client]:
    """The manager, who reads English, in March."""
    client.force_login(world.marc.account)  # type: ignore[attr-defined]
    client.cookies["django_language"] = "en"
    with time_machine.travel(LATER, tick=False):
        yield client


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, {"month": "2026-02", **query})
    assert answer.status_code == 200
    return answer.content.decode()


def saved(answer: Any) -> bytes:
    return b"".join(answer)


def links(html: str, part: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="([^"]+)"', html) if part in unescape(each)]


def test_each_number_leads_to_as_many_promises(world: World, marc: Client) -> None:
    answered_late(world, subject="Trop tard")
    answered_in_time(world)
    accepted_late(world)
    office = Agreement.objects.get(is_default=True)
    for chosen in ({}, {"agreement": office.pk}, {"organisation": world.helvetia.pk}):
        html = page(marc, PROMISES, **chosen)
        numbers = re.findall(r'href="(/desk/reports/promises/tickets\?[^"]+)">(\d+)</a>', html)
        assert len(numbers) > 6
        for address, number in numbers:
            behind = marc.get(unescape(address)).content.decode()
            assert behind.split("</main>")[0].count("/desk/tickets/") == int(number), address
    (late,) = links(html, "metric=first_response&level=0&priority=3&state=missed")
    behind = marc.get(late).content.decode()
    assert "Trop tard" in behind
    assert "1 h open" in behind and "2 h 30 clock" in re.sub("</?small>", "", behind)
    assert "The requester waited for the answer of Nadia Keller at N1" in behind


def test_a_cause_leads_to_the_promises_that_it_explains(world: World, marc: Client) -> None:
    answered_late(world, subject="Trop tard")
    accepted_late(world)
    html = page(marc, PROMISES)
    assert "The handover to N2 was not accepted" in html
    (handover,) = links(html, "cause=handover-2")
    behind = marc.get(handover).content.decode()
    assert "Taking over at N2" in behind
    assert "Trop tard" not in behind


def test_the_page_says_when_not_all_missed_promises_were_looked_at(
    world: World, marc: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered_late(world)
    answered_late(world)
    monkeypatch.setattr(reports, "ANALYSED_AT_MOST", 1)
    assert "The first 1 of" in page(marc, PROMISES)


def test_a_month_without_promises_says_so(world: World, marc: Client) -> None:
    assert "nor in the one before" in page(marc, PROMISES, month="2020-01")
    assert "No ticket came to any level" in page(marc, LEVELS, month="2020-01")
    assert "No promise of this kind" in page(marc, f"{PROMISES}tickets", month="2020-01")
    assert "No stay of this kind" in page(marc, f"{LEVELS}tickets", month="2020-01")
    assert page(marc, PROMISES, month="") and page(marc, PROMISES, month="2199-12")


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"month": "never"}, "“never” is not a month"),
        ({"month": "2026-13"}, "is not a month"),
        ({"agreement": "999999"}, "There is no such agreement"),
        ({"agreement": "9" * 40}, "There is no such agreement"),
        ({"organisation": "x"}, "There is no such organisation"),
        ({"team": "77777"}, "There is no such team"),
        ({"metric": "happiness"}, "“happiness” means nothing"),
        ({"priority": "9"}, "means nothing"),
        ({"level": "²"}, "means nothing"),
        ({"state": "maybe"}, "means nothing"),
        ({"ending": "<b>"}, "“&lt;b&gt;” means nothing"),
        ({"cause": "work-9"}, "means nothing"),
        ({"month": "20\x0026-01"}, "is not a month"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    world: World, marc: Client, query: dict[str, str], word: str
) -> None:
    for address in (PROMISES, f"{PROMISES}tickets", LEVELS, f"{LEVELS}tickets"):
        for file in ({}, {"as": "csv"}):
            answer = marc.get(address, {**query, **file})
            assert answer.status_code == 422
            assert word in answer.content.decode()


def test_a_cursor_that_is_not_ours_gives_the_first_page(world: World, marc: Client) -> None:
    answered_late(world, subject="Trop tard")
    assert "Trop tard" in page(marc, f"{PROMISES}tickets", after="x'")


def test_a_long_list_comes_in_pages_without_gap_or_repeat(
    world: World, marc: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entraide.agent import paging

    monkeypatch.setattr(paging.page, "__kwdefaults__", {"size": 2})
    for day in (2, 3, 4, 5, 6):
        answered_late(world, day=day)
    seen: list[str] = []
    address = f"{PROMISES}tickets?month=2026-02&metric=first_response"
    while address:
        html = marc.get(address).content.decode()
        seen += re.findall(r"/desk/tickets/(\d+)/", html)
        following = links(html, "after=")
        # A file has the whole list, whichever page it is asked for on.
        assert all("as=" not in each for each in following)
        address = f"{PROMISES}tickets{following[0]}" if following else ""
    assert len(seen) == len(set(seen)) == 5


def test_the_figures_of_others_stay_with_others(world: World, client: Client) -> None:
    answered_late(world, subject="De Helvetia")
    answered_late(world, requester=world.zoe, subject="De Rousseau")
    with everything():
        manager = world.add(world.rousseau, "Rosa Lind")
        RoleGrant.objects.create(person=manager, role=Role.MANAGER, organisation=world.rousseau)
    client.force_login(manager.account)  # type: ignore[attr-defined]
    with time_machine.travel(LATER, tick=False):
        html = page(client, f"{PROMISES}tickets")
        assert "De Rousseau" in html and "De Helvetia" not in html
        assert "De Helvetia" not in page(client, f"{LEVELS}tickets")
        assert "Helvetia" not in page(client, PROMISES)
        assert client.get(PROMISES, {"organisation": world.helvetia.pk}).status_code == 422
        text = saved(client.get(f"{PROMISES}tickets", {"month": "2026-02", "as": "csv"})).decode()
        assert "De Rousseau" in text and "De Helvetia" not in text


def test_time_at_each_level_leads_to_its_stays(world: World, marc: Client) -> None:
    accepted_late(world)
    html = page(marc, LEVELS)
    assert "Accueil" in html and "Systèmes" in html
    for address, number in re.findall(r'href="(/desk/reports/levels/tickets\?[^"]+)">(\d+)</a>', html):
        assert marc.get(unescape(address)).content.decode().split("</main>")[0].count("/desk/tickets/") == int(
            number
        ), address
    (solved,) = links(html, f"level=2&team={world.n2.pk}&ending=resolved")
    behind = marc.get(solved).content.decode()
    assert "6 h" in behind and "30 min" in behind


def test_tables_are_saved_as_csv_with_formulas_defused(world: World, marc: Client) -> None:
    answered_late(world, subject="=HYPERLINK(1)")
    answer = marc.get(f"{PROMISES}tickets", {"month": "2026-02", "metric": "first_response", "as": "csv"})
    assert answer["Content-Disposition"] == (
        'attachment; filename="promises-tickets-all-agreements-first_response-2026-02.csv"'
    )
    assert answer.streaming
    text = saved(answer).decode()
    header, row = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    cells = dict(zip(header, row, strict=True))
    assert cells["Subject"] == "'=HYPERLINK(1)"
    assert cells["Due (Europe/Zurich)"] == "2026-02-02T12:00:00+01:00"
    assert (cells["Overrun (open minutes)"], cells["Overrun (clock minutes)"]) == ("60.0", "150.0")


def test_tables_are_saved_as_xlsx_with_numbers_and_dates(world: World, marc: Client) -> None:
    answered_late(world, subject="@cmd")
    office = Agreement.objects.get(is_default=True)
    query = {"month": "2026-02", "agreement": office.pk, "as": "xlsx"}
    answer = marc.get(f"{PROMISES}tickets", {**query, "metric": "first_response"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    cells = {head.value: cell.value for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["Subject"] == "'@cmd"
    assert cells["Due (Europe/Zurich)"] == datetime(2026, 2, 2, 12)  # noqa: DTZ001 (a spreadsheet's)
    assert cells["Overrun (open minutes)"] == 60
    assert sheet.freeze_panes == "A2"
    summary = marc.get(PROMISES, query)
    assert summary["Content-Disposition"] == 'attachment; filename="promises-heures-ouvrables-2026-02.xlsx"'
    rows = list(load_workbook(io.BytesIO(summary.content)).active.iter_rows(values_only=True))
    assert ("Heures ouvrables", "SLA", "First response", "P3", 1, 0, 1, 0, 0, None, None, 60, 150, 60, 150) in rows


@pytest.mark.parametrize("address", [PROMISES, LEVELS, f"{LEVELS}tickets"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_table_can_be_saved(world: World, marc: Client, address: str, kind: str) -> None:
    accepted_late(world)
    answer = marc.get(address, {"month": "2026-02", "as": kind})
    content = saved(answer)
    assert "N2" in content.decode() if kind == "csv" else load_workbook(io.BytesIO(content)).active.max_row > 1
    assert f"2026-02.{kind}" in answer["Content-Disposition"]


@pytest.mark.parametrize("address", [PROMISES, f"{PROMISES}tickets", LEVELS, f"{LEVELS}tickets"])
def test_the_number_of_queries_of_a_page_does_not_grow(world: World, marc: Client, address: str) -> None:
    accepted_late(world)
    answered_late(world)
    page(marc, address)
    with CaptureQueriesContext(connection) as few:
        page(marc, address)
    for day in (4, 5, 6, 9, 10):
        accepted_late(world, day=day)
        answered_late(world, day=day, requester=world.zoe)
    with CaptureQueriesContext(connection) as many:
        page(marc, address)
    assert len(many) == len(few)


def test_the_rail_leads_to_reports_for_those_who_may(world: World, marc: Client) -> None:
    assert reverse("agent:report-promises") in marc.get("/desk/").content.decode()
    marc.force_login(world.nadia.account)  # type: ignore[attr-defined]
    assert reverse("agent:report-promises") not in marc.get("/desk/").content.decode()
