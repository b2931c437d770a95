"""Forms by the API: the schema, answers by field, what is wrong by field, and what the desk then finds."""

from __future__ import annotations

import pytest

from entraide.forms.field import Choice, Condition, Field
from entraide.tickets import actions, filling, finding
from entraide.tickets.answers import matching_field
from entraide.tickets.models import FieldValue, Ticket
from tests.api.caller import Caller, fields_at_fault, is_problem
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def hire(world: World) -> Field:
    """The network's categories ask who starts when, and with what."""
    with everything():
        version = world.form(
            "Arrivée",
            Field("starts_on", "date", "Premier jour", "First day", is_required=True),
            Field("boss", "person", "Responsable", "Manager"),
            Field("device", "choice", "Poste", "Device", choices=(Choice("laptop", "Portable"), Choice("fixed", "Fixe"))),
            Field("bag", "yes_no", "Sacoche", "Bag", is_required=True, shown_if=Condition("device", ("laptop",))),
            Field("disk", "number", "Disque", "Disk", unit="Go", minimum=100),
            Field("notes", "long_text", "Remarques", "Remarks"),
            Field("cost", "text", "Centre de coût", "Cost centre", audience="desk"),
        )  # fmt: skip
        world.network.form = version.form
        world.network.save()
    return version.fields[0]


def ask(caller: Caller, world: World, **fields: object) -> object:
    data = {"subject": "Nouvelle collègue", "text": "Merci", "category_id": world.wifi.pk, "fields": fields}
    return caller.send("post", "/tickets", data)


def test_a_category_without_a_form_of_its_own_asks_that_of_the_one_above(
    world: World, hire: Field, nadia: Caller, alice: Caller
) -> None:
    asked = nadia.get(f"/categories/{world.wifi.pk}/form").json()
    assert [each["code"] for each in asked["fields"]][-1] == "cost"
    assert {each["code"]: each["json_type"] for each in asked["fields"]}["disk"] == "number"
    theirs = alice.get(f"/categories/{world.wifi.pk}/form").json()
    assert "cost" not in [each["code"] for each in theirs["fields"]]
    assert is_problem(nadia.get("/categories/999999/form"), 404)


def test_a_request_is_opened_with_typed_answers_that_reports_and_search_find(
    world: World, hire: Field, alice: Caller
) -> None:
    fields = {"starts_on": "2026-12-01", "boss": world.bob.pk, "device": "laptop", "bag": True, "disk": 512, "notes": "Écran incurvé"}  # fmt: skip
    answer = ask(alice, world, **fields)
    assert answer.status_code == 201, answer.content  # type: ignore[attr-defined]
    assert answer.json()["fields"] == fields  # type: ignore[attr-defined]
    with everything():
        ticket = Ticket.objects.get()
        assert ticket.timeline().last().kind == "form_filled"
        assert FieldValue.objects.get(code="disk").number == 512
        for name, value in [
            ("device", "Portable"), ("bag", "oui"), ("disk", ">=500"), ("starts_on", "2026-12-01"), ("starts_on", "<2027-01-01"),
            ("boss", "Girard"), ("notes", "écrans incurvés"), ("notes", ""),
        ]:  # fmt: skip
            assert list(Ticket.objects.filter(matching_field(name, value))) == [ticket], (name, value)
        for name, value in [("device", "Fixe"), ("disk", "<500"), ("starts_on", ">2026-12-01"), ("cost", "")]:
            assert not Ticket.objects.filter(matching_field(name, value)), (name, value)
        assert list(finding.search(Ticket.objects.all(), "incurvé", actor=world.as_(world.nadia))) == [ticket]


def test_what_is_wrong_is_said_by_field_and_nothing_is_opened(world: World, hire: Field, alice: Caller) -> None:
    answer = ask(alice, world, device="laptop", disk=1, boss=world.zoe.pk, cost="4200", other=1)
    assert fields_at_fault(answer) == {
        "fields.starts_on", "fields.bag", "fields.disk", "fields.boss", "fields.cost", "fields.other"
    }  # fmt: skip
    with everything():
        assert Ticket.objects.count() == 0


def test_the_desk_fills_in_later_what_a_mail_could_not_say(
    world: World, hire: Field, nadia: Caller, alice: Caller
) -> None:
    number = world.ticket(category=world.wifi).number
    assert nadia.send(
        "patch", f"/tickets/{number}/form", {"fields": {"starts_on": "2026-12-01", "cost": "4200"}}
    ).json()["fields"] == {"starts_on": "2026-12-01", "cost": "4200"}
    assert "cost" not in alice.get(f"/tickets/{number}").json()["fields"]
    assert is_problem(alice.send("patch", f"/tickets/{number}/form", {"fields": {"disk": 200}}), 422)
    changed = nadia.send("patch", f"/tickets/{number}/form", {"fields": {"starts_on": "2026-12-15", "cost": None}})
    assert changed.json()["fields"] == {"starts_on": "2026-12-15"}
    told = nadia.get(f"/tickets/{number}/timeline").json()["items"][-1]["sentence"]
    assert "First day: 1 December 2026 → 15 December 2026" in told and "Cost centre: 4200 → —" in told


def test_an_old_ticket_stays_readable_under_the_version_that_it_was_filled_in(
    world: World, hire: Field, nadia: Caller
) -> None:
    with everything():
        ticket = world.ticket(category=world.wifi)
        first = world.network.form.current
        filling.fill(
            ticket, version=first, answers={"starts_on": "2026-12-01", "device": "fixed"}, actor=world.as_(world.nadia)
        )
        first.form.versions.create(
            number=2, document=[Field("start", "text", "Début").as_json()], published_at=ticket.opened_at
        )
    assert nadia.get(f"/tickets/{ticket.number}").json()["fields"] == {"starts_on": "2026-12-01", "device": "fixed"}
    assert nadia.get(f"/categories/{world.wifi.pk}/form").json()["number"] == 2


def test_a_ticket_that_moves_leaves_the_people_of_the_organisation_behind(world: World, hire: Field) -> None:
    with everything():
        ticket = world.ticket(category=world.wifi)
        answers = {"starts_on": "2026-12-01", "boss": world.bob.pk}
        filling.fill(ticket, version=world.network.form.current, answers=answers, actor=world.as_(world.nadia))
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
        assert ticket.answers == {"starts_on": "2026-12-01"}
        assert [(each.code, each.organisation_id) for each in FieldValue.objects.all()] == [
            ("starts_on", world.rousseau.pk)
        ]
