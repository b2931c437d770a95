"""The screens of on-call rotas: who is on call, the people in turn, and who stands in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.automation.models import EscalationRule, Rota, RotaOverride
from entraide.people.models import RoleGrant
from tests.world import World, everything

ALL = "/desk/settings/rotas/"
NEW = f"{ALL}new"
# A Wednesday.
NOON = "2026-11-25T11:00:00Z"


@pytest.fixture(autouse=True)
def no_rotas(world: World) -> None:
    with everything():
        EscalationRule.objects.all().delete()
    Rota.objects.all().delete()


@pytest.fixture
def adam(world: World, client: Client) -> Client:
    client.force_login(world.adam.account)  # type: ignore[attr-defined]
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def rota(world: World) -> Rota:
    return Rota.objects.create(
        name="Piquet N2", starts_on=date(2026, 11, 23), handover_time=time(9), person_ids=[world.benoit.pk, world.elena.pk]
    )  # fmt: skip


def typed(*people: Any, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Piquet N2", "level": "2", "time_zone": "Europe/Zurich", "starts_on": "2026-11-23", "handover_weekday": "0",
        "handover_time": "09:00", "is_active": "on", "person": [str(each.pk) for each in people], **changes,
    }  # fmt: skip


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return " ".join(text.split())


def at(rota: Rota) -> str:
    return f"{ALL}{rota.pk}/"


def override(person: Any, starts_at: str, ends_at: str) -> dict[str, str]:
    return {"override-person": str(person.pk), "override-starts_at": starts_at, "override-ends_at": ends_at}


@pytest.mark.django_db
def test_a_new_rota_is_kept_as_it_was_typed(adam: Client, world: World) -> None:
    answer = adam.post(NEW, typed(world.elena, world.benoit))
    made = Rota.objects.get()
    assert answer.status_code == 302 and answer["Location"] == at(made)
    assert (made.level, made.time_zone, made.starts_on, made.handover_time) == (2, "Europe/Zurich", date(2026, 11, 23), time(9))  # fmt: skip
    assert made.person_ids == [world.elena.pk, world.benoit.pk]


@pytest.mark.django_db
def test_who_is_chosen_and_not_added_yet_is_saved_too(adam: Client, world: World) -> None:
    adam.post(NEW, typed(world.elena, add_person=str(world.nadia.pk)))
    assert Rota.objects.get().person_ids == [world.elena.pk, world.nadia.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pressed", "order"),
    [
        ({"up": "1"}, ["elena", "benoit", "nadia"]),
        ({"down": "1"}, ["benoit", "nadia", "elena"]),
        ({"up": "0"}, ["benoit", "elena", "nadia"]),
        ({"remove": "0"}, ["elena", "nadia"]),
        ({"add": "yes", "add_person": "carla"}, ["benoit", "elena", "nadia", "carla"]),
    ],
)
def test_the_buttons_change_the_order_on_the_page_and_save_nothing(
    adam: Client, world: World, rota: Rota, pressed: dict[str, str], order: list[str]
) -> None:
    sent = {key: str(getattr(world, value).pk) if value == "carla" else value for key, value in pressed.items()}
    answer = adam.post(at(rota), typed(world.benoit, world.elena, world.nadia, name="Encore autre", **sent))
    shown = page(answer)
    found = [part.split('"')[0] for part in shown.split('name="person" value="')[1:]]
    assert answer.status_code == 200 and found == [str(getattr(world, name).pk) for name in order]
    assert 'value="Encore autre"' in shown and "The order is changed here only" in shown
    rota.refresh_from_db()
    assert (rota.name, rota.person_ids) == ("Piquet N2", [world.benoit.pk, world.elena.pk])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"time_zone": "Europe/Atlantis"}, "There is no time zone “Europe/Atlantis”."),
        ({"time_zone": "../etc"}, "There is no time zone"),
        ({"starts_on": "0001-01-01"}, "Choose a day of this century."),
        ({"handover_time": "25:00"}, "Enter a valid time."),
        ({"person": []}, "Choose at least one person to be on call."),
        ({"person": ["999999"]}, "Choose at least one person to be on call."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_saved(
    adam: Client, world: World, change: dict[str, Any], sentence: str
) -> None:
    answer = adam.post(NEW, typed(world.elena, handover_weekday="4", **change))
    shown = page(answer)
    assert answer.status_code == 422 and sentence in shown
    assert '<option value="4" selected>Friday</option>' in shown
    assert not Rota.objects.exists()


@pytest.mark.django_db
def test_a_requester_cannot_be_put_on_call(adam: Client, world: World) -> None:
    assert adam.post(NEW, typed(world.alice)).status_code == 422


@pytest.mark.django_db
def test_two_rotas_do_not_share_a_name(adam: Client, world: World, rota: Rota) -> None:
    answer = adam.post(NEW, typed(world.elena))
    assert answer.status_code == 422 and "There is a rota of this name already." in page(answer)


@pytest.mark.django_db
def test_the_list_says_who_is_on_call_now_and_who_follows(adam: Client, rota: Rota) -> None:
    with time_machine.travel(NOON, tick=False):
        shown = page(adam.get(ALL))
    assert "<b>Benoît Rey</b>" in shown and "until Mon 30 Nov 09:00, then Elena Rossi" in shown


@pytest.mark.django_db
def test_the_list_asks_no_more_questions_for_more_rotas(adam: Client, world: World, rota: Rota) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            adam.get(ALL)
        return len(asked)

    questions()
    before = questions()
    for number in range(4):
        made = Rota.objects.create(name=f"R{number}", starts_on=date(2026, 1, 1), handover_time=time(8), person_ids=[world.nadia.pk])  # fmt: skip
        RotaOverride.objects.create(rota=made, person=world.carla, starts_at=datetime(2090, 1, 1, tzinfo=UTC), ends_at=datetime(2090, 1, 2, tzinfo=UTC))  # fmt: skip
    assert questions() == before


@pytest.mark.django_db
def test_the_coming_weeks_are_a_table_and_a_picture_with_who_stands_in(adam: Client, world: World, rota: Rota) -> None:
    with time_machine.travel(NOON, tick=False):
        sent = override(world.nadia, "2026-12-01T18:00", "2026-12-02T08:00")
        assert adam.post(f"{at(rota)}overrides", sent).status_code == 302
        shown = page(adam.get(at(rota)))
    made = RotaOverride.objects.get()
    assert (made.starts_at, made.ends_at) == (datetime(2026, 12, 1, 17, tzinfo=UTC), datetime(2026, 12, 2, 7, tzinfo=UTC))  # fmt: skip
    turns = shown.split('class="tickets plain-table turns"')[1]
    assert (
        "instead of Elena Rossi" in turns
        and 'From">Tue 1 Dec 18:00</td><td data-label="Until">Wed 2 Dec 08:00</td>' in turns
    )
    assert 'From">Mon 23 Nov 09:00</td>' in turns and 'Until">Mon 18 Jan 09:00</td>' in turns, "shown whole"
    assert shown.count('class="lane-instead"') == 1 and shown.count('class="lane-turn"') >= 8


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts_at", "ends_at", "sentence"),
    [
        ("2026-12-01T18:00", "2026-12-01T18:00", "The end has to come after the beginning."),
        ("tomorrow", "2026-12-01T18:00", "Write date and time, as in 2026-12-24 18:00."),
        ("0001-01-01T00:00", "2026-12-01T18:00", "Write date and time, as in 2026-12-24 18:00."),
        ("", "2026-12-01T18:00", "This field is required."),
    ],
)
def test_an_override_that_cannot_be_is_refused_and_kept_on_the_page(
    adam: Client, world: World, rota: Rota, starts_at: str, ends_at: str, sentence: str
) -> None:
    answer = adam.post(f"{at(rota)}overrides", override(world.nadia, starts_at, ends_at))
    shown = page(answer)
    assert answer.status_code == 422 and sentence in shown and f'<option value="{world.nadia.pk}" selected>' in shown
    assert not RotaOverride.objects.exists()


@pytest.mark.django_db
def test_overlapping_overrides_are_refused_with_the_reason_and_touching_ones_are_not(
    adam: Client, world: World, rota: Rota
) -> None:
    adam.post(f"{at(rota)}overrides", override(world.nadia, "2026-12-01T18:00", "2026-12-02T08:00"))
    answer = adam.post(f"{at(rota)}overrides", override(world.carla, "2026-12-02T07:00", "2026-12-03T08:00"))
    assert answer.status_code == 409
    assert "Nadia Keller already stands in from 1 Dec 2026, 18:00 until 2 Dec 2026, 08:00" in page(answer)
    assert adam.post(f"{at(rota)}overrides", override(world.carla, "2026-12-02T08:00", "2026-12-03T08:00")).status_code == 302  # fmt: skip
    assert RotaOverride.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_add_one_at_once_the_second_is_refused(adam: Client, world: World, rota: Rota) -> None:
    found: list[int] = []

    def second() -> None:
        found.append(adam.post(f"{at(rota)}overrides", override(world.carla, "2026-12-01T20:00", "2026-12-03T08:00")).status_code)  # fmt: skip
        connection.close()

    thread = Thread(target=second)
    with transaction.atomic():
        Rota.objects.select_for_update().get(pk=rota.pk)
        thread.start()
        while thread.is_alive() and not _somebody_waits():
            pass
        RotaOverride.objects.create(
            rota=rota, person=world.nadia, starts_at=datetime(2026, 12, 1, 17, tzinfo=UTC), ends_at=datetime(2026, 12, 2, 7, tzinfo=UTC)
        )  # fmt: skip
    thread.join(timeout=20)
    assert found == [409]
    assert RotaOverride.objects.get().person_id == world.nadia.pk


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db
def test_an_override_can_be_taken_away(adam: Client, world: World, rota: Rota) -> None:
    adam.post(f"{at(rota)}overrides", override(world.nadia, "2090-12-01T18:00", "2090-12-02T08:00"))
    key = str(RotaOverride.objects.get().pk)
    assert f'name="remove" value="{key}"' in page(adam.get(at(rota)))
    adam.post(f"{at(rota)}overrides", {"remove": key})
    assert not RotaOverride.objects.exists()
    assert "It was removed already." in page(adam.post(f"{at(rota)}overrides", {"remove": key}, follow=True))


@pytest.mark.django_db
def test_a_rota_can_be_deleted_with_its_overrides(adam: Client, world: World, rota: Rota) -> None:
    adam.post(f"{at(rota)}overrides", override(world.nadia, "2090-12-01T18:00", "2090-12-02T08:00"))
    adam.post(at(rota), {"delete": "yes"})
    assert not Rota.objects.exists() and not RotaOverride.objects.exists()


@pytest.mark.django_db
def test_a_rota_that_a_rule_names_stays(adam: Client, rota: Rota) -> None:
    EscalationRule.objects.create(name="P1 la nuit", trigger="unassigned", recipients=[f"rota:{rota.pk}"])
    assert "“P1 la nuit”. Change them first." in page(adam.post(at(rota), {"delete": "yes"}, follow=True))
    assert Rota.objects.get() == rota


@pytest.mark.django_db
def test_somebody_who_left_stays_in_the_order_until_taken_out(adam: Client, world: World, rota: Rota) -> None:
    with everything():
        world.elena.is_active = False
        world.elena.save()
    assert "inactive" in page(adam.get(at(rota))).split('class="in-turn"')[1].split("</ol>")[0]
    assert adam.post(at(rota), typed(world.benoit, world.elena)).status_code == 302
    rota.refresh_from_db()
    assert rota.person_ids == [world.benoit.pk, world.elena.pk]


@pytest.mark.django_db
def test_who_may_edit_in_one_organisation_only_reads(adam: Client, world: World, rota: Rota) -> None:
    RoleGrant.objects.filter(person=world.adam).update(organisation=world.helvetia)
    shown = page(adam.get(at(rota)))
    assert "Benoît Rey" in shown and 'name="up"' not in shown
    assert adam.post(at(rota), typed(world.nadia)).status_code == 403
    assert adam.post(f"{at(rota)}overrides", override(world.nadia, "2026-12-01T18:00", "2026-12-02T08:00")).status_code == 403  # fmt: skip
    rota.refresh_from_db()
    assert rota.person_ids == [world.benoit.pk, world.elena.pk]
