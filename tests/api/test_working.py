"""Time spent by the API: the same as at the desk, and for the desk alone."""

from __future__ import annotations

import pytest

from entraide.tickets.models import Ticket
from tests.api.caller import Caller, fields_at_fault, is_problem
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def test_time_is_logged_read_and_taken_back(world: World, carla: Caller) -> None:
    path = f"/tickets/{world.ticket().number}/work"
    mine = carla.send("POST", path, {"minutes": 25, "text": "Toner"})
    theirs = carla.send("POST", path, {"minutes": 90, "activity": "travel", "person_id": world.nils.pk})
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert [(each["person_id"], each["minutes"]) for each in carla.get(path).json()] == [
        (world.nils.pk, 90), (world.carla.pk, 25),
    ]  # fmt: skip
    assert carla.send("DELETE", f"{path}/{mine.json()['number']}").status_code == 200
    assert [each["activity"] for each in carla.get(path).json()] == ["travel"]
    assert is_problem(carla.send("DELETE", f"{path}/{mine.json()['number']}"), 409)
    with everything():
        assert Ticket.objects.get().worked_minutes == 90


def test_a_call_that_is_repeated_logs_once(world: World, carla: Caller) -> None:
    path = f"/tickets/{world.ticket().number}/work"
    for _time in range(2):
        assert carla.send("POST", path, {"minutes": 25}, Idempotency_Key="the-same").status_code == 201
    assert [each["minutes"] for each in carla.get(path).json()] == [25]


@pytest.mark.parametrize(
    ("said", "field"),
    [({"minutes": 0}, "minutes"), ({"minutes": 1441}, "minutes"), ({"minutes": 5, "day": "2999-01-01"}, "day"),
     ({"minutes": 5, "activity": "golf"}, "activity"), ({"minutes": 5, "person_id": 10**12}, "person_id"), ({}, "minutes")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_field(
    world: World, carla: Caller, said: dict[str, object], field: str
) -> None:
    answer = carla.send("POST", f"/tickets/{world.ticket().number}/work", said)
    assert is_problem(answer, 422)
    assert fields_at_fault(answer) == {field}


def test_a_requester_has_no_part_in_it(world: World, alice: Caller) -> None:
    path = f"/tickets/{world.ticket().number}/work"
    assert alice.get(path).status_code == 404
    assert alice.send("POST", path, {"minutes": 25}).status_code == 403
