"""Undoing a run: each verb, what changed since, who may, twice at once, a crash in the middle."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from entraide.core.clock import now
from entraide.people.models import Team
from entraide.routines.bulk import go_on
from entraide.routines.bulk_models import UNDONE_WITHIN
from entraide.routines.models import BulkRun, Macro
from entraide.routines.undoing import undo
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.at_once import at_once
from tests.bulk.test_bulk import asked_of, begin, fresh, kinds, nadia, send, signed_in, some, steps, text_of
from tests.jobs import do_jobs
from tests.mail_in import desk
from tests.world import World, everything

pytestmark = pytest.mark.django_db
__all__ = ["nadia"]
UNLIKE = {"version", "updated_at", "reopenings", "last_message_number", "last_message_at", "awaits_answer",
          "last_word_number", "last_word_at", "first_response_at", "next_due_at", "next_due_metric", "unassigned_since"}  # fmt: skip


def done(world: World, tickets: Iterable[Ticket], verb: str, **typed: Any) -> BulkRun:
    run = begin(world, [fresh(each) for each in tickets], verb, **{name: str(value) for name, value in typed.items()})
    assert go_on(run)
    assert {each.state for each in steps(run)} == {"done"}
    return run


def undone(run: BulkRun) -> BulkRun:
    begun = undo(BulkRun.objects.get(pk=run.pk), language="en")
    assert go_on(begun)
    return begun


def told(run: BulkRun) -> list[tuple[str, str]]:
    return [(each.state, each.why) for each in steps(run)]


def stands(ticket: Ticket) -> dict[str, Any]:
    return {name: value for name, value in fresh(ticket).columns().items() if name not in UNLIKE}


def macro(**does: Any) -> Macro:
    return Macro.objects.create(name="Rappel", writes="note", text_fr="Vu.", text_en="Seen.", **does)


@pytest.mark.parametrize("verb", ["take", "assign", "priority", "category", "tag", "hold", "resolve", "follow"])
def test_each_verb_is_undone_and_a_new_ticket_is_new_again(world: World, verb: str) -> None:
    tickets = some(world, 2)
    before = [stands(each) for each in tickets]
    begun = undone(done(world, tickets, verb, **asked_of(world, verb)))
    assert told(begun) == [("done", ""), ("done", "")]
    assert [stands(each) for each in tickets] == before
    with everything():
        last: Any = tickets[0].timeline().last()
        assert last.actor_person_id == world.nadia.pk
        assert fresh(tickets[0]).replayed().columns() == fresh(tickets[0]).columns()


@pytest.mark.parametrize("verb", ["take", "assign", "priority", "category", "tag", "hold", "resolve", "follow"])
def test_a_ticket_in_the_midst_of_its_work_stands_as_before(world: World, verb: str) -> None:
    ticket = world.ticket(tags=("vpn",), category=world.network, watcher_ids=(world.bob.pk,))
    with everything():
        actions.take(ticket, actor=world.as_(world.carla))
        actions.set_priority(ticket, priority=1, reason="Bouclement", actor=world.as_(world.carla))
        actions.hold(ticket, reason="requester", until=now() + timedelta(days=2), actor=world.as_(world.carla))
    before = stands(ticket)
    assert told(undone(done(world, [ticket], verb, **asked_of(world, verb)))) == [("done", "")]
    assert stands(ticket) == before


def test_what_was_taken_away_comes_back(world: World) -> None:
    ticket = world.ticket(tags=("paie", "vpn"), watcher_ids=(world.nadia.pk, world.bob.pk))
    with everything():
        actions.hold(ticket, reason="supplier", actor=world.as_(world.nils))
    before = stands(ticket)
    for verb, typed in (("untag", {"tag": "vpn"}), ("unfollow", {}), ("resume", {})):
        run = begin(world, [fresh(ticket)], verb, form=f"a-key-of-{verb}", **typed)
        assert go_on(run)
        assert told(undone(run)) == [("done", "")]
    after = stands(ticket)
    assert after.pop("watcher_ids") == [world.bob.pk, world.nadia.pk]
    before.pop("watcher_ids")
    assert after == before


def test_a_ticket_that_came_down_goes_back_to_its_level(world: World) -> None:
    ticket = world.ticket(team=world.n2)
    before = stands(ticket)
    run = done(world, [ticket], "assign", team=world.n1.pk)
    assert fresh(ticket).level == 1
    undone(run)
    assert (fresh(ticket).level, fresh(ticket).team_id) == (2, world.n2.pk)
    assert {**stands(ticket), "level_since": None} == {**before, "level_since": None}


def test_what_somebody_changed_since_is_left_and_named(world: World) -> None:
    ours, theirs = some(world, 2)
    run = done(world, [ours, theirs], "assign", assignee=world.nils.pk)
    with everything():
        actions.assign(theirs, team=world.n1, assignee=world.carla, actor=world.as_(world.carla))
    begun = undone(run)
    assert told(begun) == [("done", ""), ("refused", "Assignee: changed since by Carla Meier.")]
    assert (fresh(ours).assignee_id, fresh(theirs).assignee_id) == (None, world.carla.pk)


def test_other_peoples_tags_stay(world: World) -> None:
    one, other = world.ticket(tags=("vpn",)), world.ticket()
    run = done(world, [one, other], "tag", tag="paie, urgent")
    with everything():
        actions.edit(fresh(one), changes={"tags": ["vpn", "paie", "urgent", "toner"]}, actor=world.as_(world.nils))
        actions.edit(fresh(other), changes={"tags": ["toner"]}, actor=world.as_(world.nils))
    assert told(undone(run)) == [("done", ""), ("refused", "Tags: changed since by Nils Favre.")]
    assert (fresh(one).tags, fresh(other).tags) == (["vpn", "toner"], ["toner"])


def test_a_ticket_that_its_requester_confirmed_stays_closed(world: World) -> None:
    ticket = world.ticket()
    run = done(world, [ticket], "resolve", code="solved", text="Fait.")
    with everything():
        actions.confirm(ticket, actor=world.as_(world.alice))
    assert told(undone(run))[0] == (
        "refused",
        "State: changed since by Alice Martin. This ticket is “closed”. Reopen it first.",
    )
    assert fresh(ticket).status == "closed"


def test_the_fields_of_a_macro_are_undone_and_its_note_stays(world: World) -> None:
    ticket = world.ticket()
    before = stands(ticket)
    run = done(world, [ticket], "macro", macro=macro(impact=1, tags=["vpn"], assigns="me", hold_reason="supplier").pk)
    assert fresh(ticket).priority < before["priority"]
    assert told(undone(run)) == [("done", "")]
    assert stands(ticket) == before
    assert kinds(ticket).count("note_added") == 1


def test_a_part_that_changed_since_is_left_and_the_rest_of_the_macro_undone(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    run = done(world, [ticket], "macro", macro=macro(impact=1, tags=["vpn"]).pk)
    with everything():
        actions.edit(fresh(ticket), changes={"impact": 2}, actor=world.as_(world.nils))
    begun = undone(run)
    state, why = told(begun)[0]
    assert (state, "Impact: changed since by Nils Favre." in why) == ("done", True)
    assert (fresh(ticket).tags, fresh(ticket).impact) == ([], 2)
    said = text_of(nadia.get(f"/desk/bulk/runs/{begun.pk}/"))
    assert "1 ticket changed." in said and "Of 1 ticket, a part was left as it is:" in said


def test_where_there_is_nothing_to_put_back_it_is_said(world: World) -> None:
    ticket = world.ticket()
    assert told(undone(done(world, [ticket], "macro", macro=macro().pk))) == [
        ("refused", "Nothing of it can be put back here.")
    ]


def test_what_cannot_be_put_back_any_more_says_why(world: World) -> None:
    lost, late = world.ticket(team=world.n2), world.ticket()
    with everything():
        actions.hold(late, reason="requester", until=now() + timedelta(hours=1), actor=world.as_(world.nils))
    assigned = done(world, [lost], "assign", team=world.n1.pk)
    resumed = begin(world, [fresh(late)], "resume", form="another-key-of-a-form")
    assert go_on(resumed)
    Team.objects.filter(pk=world.n2.pk).update(is_active=False)
    assert "no longer there" in told(undone(assigned))[0][1]
    with time_machine.travel(now() + timedelta(hours=2)):
        assert "has passed since" in told(undone(resumed))[0][1]


def test_a_resolution_tells_the_requester_in_their_language_that_it_is_taken_back(world: World) -> None:
    ticket = world.ticket()
    undone(done(world, [ticket], "resolve", code="solved", text="Fait."))
    with everything():
        reopened: Any = ticket.timeline().filter(kind="reopened").get().event
    assert reopened.text.startswith("La résolution a été saisie par erreur")


def test_the_button_undoes_and_the_box_says_so(world: World, nadia: Client) -> None:
    tickets = some(world, 2)
    box = send(nadia, tickets, "tag", tag="vpn").content.decode()
    run = BulkRun.objects.get()
    assert f'hx-post="/desk/bulk/runs/{run.pk}/undoing"' in box
    answer = text_of(nadia.post(f"/desk/bulk/runs/{run.pk}/undoing"))
    assert "Undo: Add a tag · vpn 2 tickets changed." in answer
    assert "z" not in answer.split()
    assert all(fresh(each).tags == [] for each in tickets)
    listed = nadia.get("/desk/bulk/runs/").content.decode()
    assert "/undoing" not in listed and "Undone" in listed


@pytest.mark.parametrize(("verb", "said"), [("resolve", "stay sent"), ("macro", "stays in the tickets")])
def test_what_stays_is_said_before_it_is_undone(world: World, nadia: Client, verb: str, said: str) -> None:
    asked = {"macro": macro(tags=["vpn"]).pk} if verb == "macro" else asked_of(world, verb)
    box = send(nadia, some(world, 1), verb, **asked).content.decode()
    assert said in box and 'aria-describedby="bulk-stays"' in box
    # The list leads to where that is said.
    assert "/undoing" not in nadia.get("/desk/bulk/runs/").content.decode()


def test_closing_cannot_be_undone_and_says_why(world: World, client: Client) -> None:
    carla = signed_in(world.carla, client)
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.nadia))
    assert "/undoing" not in send(carla, [ticket], "close").content.decode()
    run = BulkRun.objects.get()
    assert "Closing cannot be undone" in text_of(carla.post(f"/desk/bulk/runs/{run.pk}/undoing"))
    assert fresh(ticket).status == "closed"


def test_a_run_is_its_authors_to_undo(world: World, client: Client) -> None:
    ticket = world.ticket()
    run = done(world, [ticket], "take")
    assert signed_in(world.carla, client).post(f"/desk/bulk/runs/{run.pk}/undoing").status_code == 404
    assert fresh(ticket).assignee_id == world.nadia.pk


def test_a_run_is_undone_once_and_an_undoing_not_at_all(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    run = done(world, [ticket], "take")
    for _twice in range(2):
        assert "Undo: Take 1 ticket changed." in text_of(nadia.post(f"/desk/bulk/runs/{run.pk}/undoing"))
    assert BulkRun.objects.count() == 2
    assert kinds(ticket).count("assigned") == 1
    undoing = BulkRun.objects.get(undoes=run)
    said = text_of(nadia.post(f"/desk/bulk/runs/{undoing.pk}/undoing"))
    assert "What was undone is not undone again" in said


def test_after_a_day_it_is_too_late(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    run = done(world, [ticket], "take")
    with time_machine.travel(now() + UNDONE_WITHIN + timedelta(minutes=1)):
        nadia.force_login(world.nadia.account)
        assert "/undoing" not in nadia.get(f"/desk/bulk/runs/{run.pk}/").content.decode()
        answer = nadia.post(f"/desk/bulk/runs/{run.pk}/undoing")
        assert "can be undone for 24 hours" in text_of(answer)
    assert fresh(ticket).assignee_id == world.nadia.pk


def test_what_goes_on_still_cannot_be_undone_yet(world: World, nadia: Client) -> None:
    run = begin(world, some(world, 1))
    assert "It goes on still." in text_of(nadia.post(f"/desk/bulk/runs/{run.pk}/undoing"))


def test_only_what_was_done_is_undone(world: World) -> None:
    free, gone = some(world, 2)
    with everything():
        actions.resolve(gone, code="solved", text="x", actor=world.as_(world.nils))
    run = begin(world, [fresh(free), fresh(gone)])
    go_on(run)
    before = fresh(gone).version
    begun = undone(run)
    assert (begun.total, fresh(gone).version) == (1, before)


def test_where_nothing_was_changed_there_is_nothing_to_undo(world: World, nadia: Client) -> None:
    gone = world.ticket()
    with everything():
        actions.resolve(gone, code="solved", text="x", actor=world.as_(world.nils))
    assert "/undoing" not in send(nadia, [fresh(gone)], "take").content.decode()
    assert "/undoing" not in nadia.get("/desk/bulk/runs/").content.decode()
    run = BulkRun.objects.get()
    assert "Nothing was changed." in text_of(nadia.post(f"/desk/bulk/runs/{run.pk}/undoing"))
    assert BulkRun.objects.count() == 1


def test_many_are_undone_in_the_background(world: World, nadia: Client, monkeypatch: Any) -> None:
    tickets = some(world, 4)
    run = done(world, tickets, "take")
    monkeypatch.setattr("entraide.agent.bulk.AT_ONCE", -timedelta(seconds=1))
    assert "0 of 4 are done." in text_of(nadia.post(f"/desk/bulk/runs/{run.pk}/undoing"))
    do_jobs(queues=("bulk",))
    assert all(fresh(each).assignee_id is None for each in tickets)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_begin_one_undoing_and_do_each_ticket_once(world: World) -> None:
    tickets = some(world, 8)
    run = done(world, tickets, "tag", tag="vpn")
    begun: list[int] = []

    def work() -> None:
        mine = undo(BulkRun.objects.get(pk=run.pk), language="en")
        begun.append(mine.pk)
        go_on(mine)

    at_once(work, 3)
    assert len(set(begun)) == 1
    assert told(BulkRun.objects.get(undoes=run)) == [("done", "")] * 8
    assert all(kinds(each).count("fields_edited") == 2 for each in tickets)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["bulk-step:3", "bulk-step-undecided:3", "recorded:3"])
def test_a_crash_in_the_middle_of_undoing_goes_on_where_it_stopped(world: World, place: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(desk, "WORKER", desk.WORKER.replace('["mail"]', '["bulk"]'))
    tickets = some(world, 6)
    run = done(world, tickets, "tag", tag="vpn")
    do_jobs(queues=("bulk",))
    begun = undo(run, language="en")
    assert desk.work(crash_at=place).returncode == -signal.SIGKILL
    assert {state for state, _why in told(begun)} == {"done", "waiting"}
    desk.rescue()
    desk.make_due()
    assert desk.work().returncode == 0
    assert told(begun) == [("done", "")] * 6
    assert all(kinds(each).count("fields_edited") == 2 for each in tickets)
