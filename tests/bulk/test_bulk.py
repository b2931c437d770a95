"""One verb for many tickets: each verb, what is refused, who may, two at once, a crash, a double click."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.people.models import RoleGrant
from entraide.routines import bulk
from entraide.routines.bulk import Chosen, go_on, start
from entraide.routines.bulk_jobs import go_on_with_bulk
from entraide.routines.bulk_verbs import VERBS
from entraide.routines.models import BulkRun, BulkStep, Macro
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.at_once import at_once
from tests.jobs import do_jobs
from tests.mail_in import desk
from tests.world import World, everything

pytestmark = pytest.mark.django_db
KEY = "a-key-of-this-form"


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    return signed_in(world.nadia, client)


def signed_in(person: Any, client: Client) -> Client:
    client.defaults |= {"HTTP_ACCEPT_LANGUAGE": "en", "HTTP_HX_REQUEST": "true"}
    client.force_login(person.account)
    return client


def send(client: Client, tickets: Iterable[Ticket], verb: str, *, form: str = KEY, **data: Any) -> Any:
    chosen = ",".join(f"{each.number}:{each.assignee_id or ''}" for each in tickets)
    return client.post("/desk/bulk?view=all", {"verb": verb, "form": form, "chosen": chosen, **data})


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def kinds(ticket: Ticket) -> list[str]:
    with everything():
        return [entry.kind for entry in ticket.timeline()]


def some(world: World, n: int = 3) -> list[Ticket]:
    return [world.ticket() for _ in range(n)]


def begin(world: World, tickets: Iterable[Ticket], verb: str = "take", form: str = KEY, **typed: str) -> BulkRun:
    """Begin a run as the page does, and do nothing of it yet."""
    actor = world.as_(world.nadia)
    chosen = [Chosen(each.number, each.assignee_id) for each in tickets]
    with world.scope_of(world.nadia):
        asked = VERBS[verb].ask(typed, actor)
        return start(VERBS[verb], asked, chosen, by=world.nadia, actor=actor, form=form, language="en")


def steps(run: BulkRun) -> list[BulkStep]:
    with everything():
        return list(run.steps.select_related("ticket"))


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def macro() -> Macro:
    return Macro.objects.create(
        name="Rappel",
        writes="reply",
        text_fr="Bonjour {{ requester.first_name }}",
        text_en="Hello",
        hold_reason="requester",
    )


ASKED: dict[str, dict[str, str]] = {
    "take": {}, "assign": {"team": "n1", "assignee": "nils"}, "priority": {"priority": "2", "reason": "Paie"},
    "category": {"category": "wifi"}, "tag": {"tag": "Paie, urgent"}, "hold": {"pending": "supplier"},
    "resolve": {"code": "solved", "text": "Pilote remplacé."}, "follow": {}, "macro": {},
}  # fmt: skip


def asked_of(world: World, verb: str) -> dict[str, Any]:
    names = {"n1": world.n1.pk, "nils": world.nils.pk, "wifi": world.wifi.pk}
    return {name: names.get(value, value) for name, value in ASKED[verb].items()}


@pytest.mark.parametrize("verb", ASKED)
def test_each_verb_does_to_every_ticket_what_it_does_to_one(world: World, nadia: Client, verb: str) -> None:
    tickets = some(world)
    asked = asked_of(world, verb) | ({"macro": macro().pk} if verb == "macro" else {})
    answer = send(nadia, tickets, verb, **asked)
    assert answer.status_code == 200
    assert "3 tickets changed." in text_of(answer)
    for ticket in map(fresh, tickets):
        what_it_is: dict[str, Any] = {
            "take": ticket.assignee_id == world.nadia.pk,
            "assign": (ticket.team_id, ticket.assignee_id) == (world.n1.pk, world.nils.pk),
            "priority": (ticket.priority, ticket.priority_reason) == (2, "Paie"),
            "category": ticket.category_id == world.wifi.pk,
            "tag": ticket.tags == ["paie", "urgent"],
            "hold": (ticket.status, ticket.pending_reason) == ("waiting", "supplier"),
            "resolve": (ticket.status, ticket.resolution) == ("resolved", "Pilote remplacé."),
            "follow": ticket.watcher_ids == [world.nadia.pk],
            "macro": ticket.status == "waiting" and kinds(ticket)[-2:] == ["replied", "put_on_hold"],
        }
        assert what_it_is[verb]
        with everything():
            assert ticket.timeline().last().actor_person_id == world.nadia.pk


def test_the_verbs_that_take_something_away(world: World, client: Client) -> None:
    carla = signed_in(world.carla, client)
    ticket = world.ticket(tags=("paie", "vpn"), watcher_ids=(world.carla.pk,))
    with everything():
        actions.hold(ticket, reason="supplier", actor=world.as_(world.nadia))
    for verb, asked in (("untag", {"tag": "vpn"}), ("unfollow", {}), ("resume", {})):
        assert "1 ticket changed." in text_of(send(carla, [ticket], verb, **asked))
    ticket = fresh(ticket)
    assert (ticket.tags, ticket.watcher_ids, ticket.status) == (["paie"], [], "in_progress")
    with everything():
        actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.nadia))
    send(carla, [ticket], "close")
    assert fresh(ticket).status == "closed"


def test_what_is_refused_is_named_with_its_reason_and_the_others_are_done(world: World, nadia: Client) -> None:
    free, gone, held = some(world)
    with everything():
        actions.resolve(gone, code="solved", text="x", actor=world.as_(world.nils))
        actions.resolve(held, code="solved", text="x", actor=world.as_(world.nils))
    answer = send(nadia, map(fresh, (free, gone, held)), "take")
    said = text_of(answer)
    assert "1 ticket changed." in said
    assert "2 tickets were left as they were:" in said
    assert f"{gone.reference}, {held.reference}: This ticket is “resolved”. Reopen it first." in said
    assert f'href="/desk/tickets/{gone.number}/"' in answer.content.decode()
    assert fresh(free).assignee_id == world.nadia.pk


def test_taking_compares_with_whom_the_list_showed(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    before = fresh(ticket)
    with everything():
        actions.take(ticket, actor=world.as_(world.nils))
    assert "Nils Favre has just taken this ticket." in text_of(send(nadia, [before], "take"))
    assert fresh(ticket).assignee_id == world.nils.pk


def test_a_message_that_arrives_before_its_turn_keeps_a_ticket_from_being_resolved(world: World) -> None:
    one, other = some(world, 2)
    run = begin(world, [one, other], "resolve", code="solved", text="Fait.")
    with everything():
        actions.answer(one, text="Toujours en panne.", actor=world.as_(world.alice))
    assert go_on(run)
    assert fresh(one).status != "resolved"
    assert fresh(other).status == "resolved"
    assert "A message arrived" in steps(run)[0].why


@pytest.mark.parametrize(
    ("verb", "asked", "said"),
    [
        ("assign", {}, "Choose a team, a person, or both."),
        ("priority", {"priority": "9", "reason": "x"}, "A priority is one of P1 to P4."),
        ("priority", {"priority": "1"}, "Say why the priority differs"),
        ("category", {"category": "999999"}, "Choose a category."),
        ("tag", {"tag": " , "}, "Write a tag."),
        ("hold", {"pending": "nothing"}, "Choose what the ticket waits for."),
        ("hold", {"pending": "requester", "until": "demain"}, "Write the date and the time"),
        ("resolve", {"code": "merged", "text": "x"}, "Choose how the tickets were resolved."),
        ("resolve", {"code": "solved", "text": " "}, "Tell the requester what was done."),
        ("macro", {"macro": "0"}, "Choose a macro."),
        ("close", {}, "Choose what to do with the tickets."),
        ("escalate", {}, "Choose what to do with the tickets."),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_begins(
    world: World, nadia: Client, verb: str, asked: dict[str, str], said: str
) -> None:
    answer = send(nadia, some(world, 1), verb, **asked)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#bulk-refused"
    assert said in text_of(answer)
    assert not BulkRun.objects.exists()


@pytest.mark.parametrize("chosen", ["", "x", ":", "999999999999999999999:1", ",,,"])
def test_nothing_chosen_is_said(world: World, nadia: Client, chosen: str) -> None:
    answer = nadia.post("/desk/bulk", {"verb": "take", "form": KEY, "chosen": chosen})
    assert (answer.status_code, "Choose at least one ticket." in text_of(answer)) == (422, True)


def test_more_than_a_thousand_are_refused(world: World, nadia: Client) -> None:
    many = ",".join(f"{number}:" for number in range(1, bulk.AT_MOST + 2))
    answer = nadia.post("/desk/bulk", {"verb": "take", "form": KEY, "chosen": many})
    assert (answer.status_code, "At most 1000 tickets" in text_of(answer)) == (422, True)


def test_who_may_only_look_is_refused(world: World, client: Client) -> None:
    ticket = world.ticket()
    sofia = signed_in(world.sofia, client)
    assert send(sofia, [ticket], "take").status_code == 403
    assert 'id="bulk"' not in sofia.get("/desk/").content.decode()
    assert send(signed_in(world.alice, client), [ticket], "take").status_code == 404
    assert fresh(ticket).assignee_id is None


def test_another_organisations_ticket_is_out_of_reach(world: World, client: Client) -> None:
    hugo = world.add(world.lemanique, "Hugo Blanc", "technician", team=world.n1, only_in=world.helvetia)
    own, others = world.ticket(world.alice), world.ticket(world.zoe)
    answer = send(signed_in(hugo, client), [own, others], "take")
    assert "1 ticket changed." in text_of(answer)
    assert others.reference not in text_of(answer)
    assert fresh(others).assignee_id is None
    assert others.number not in [step.ticket.number for step in steps(BulkRun.objects.get())]


def test_rights_that_end_meanwhile_end_the_run(world: World) -> None:
    tickets = some(world, 2)
    run = begin(world, tickets)
    RoleGrant.objects.filter(person=world.nadia).delete()
    assert go_on(run)
    assert {step.why for step in steps(run)} == {"You can no longer see this ticket."}
    assert all(fresh(each).assignee_id is None for each in tickets)


def test_a_run_is_its_authors_to_read(world: World, nadia: Client, client: Client) -> None:
    send(nadia, some(world, 1), "take")
    run = BulkRun.objects.get()
    assert nadia.get(f"/desk/bulk/runs/{run.pk}/").status_code == 200
    assert "Take" in text_of(nadia.get("/desk/bulk/runs/"))
    assert signed_in(world.carla, client).get(f"/desk/bulk/runs/{run.pk}/").status_code == 404


def test_a_double_click_begins_one_run(world: World, nadia: Client) -> None:
    tickets = some(world)
    first, second = send(nadia, tickets, "tag", tag="vpn"), send(nadia, tickets, "tag", tag="vpn")
    assert BulkRun.objects.count() == 1
    assert "3 tickets changed." in text_of(first) and "3 tickets changed." in text_of(second)
    assert kinds(tickets[0]).count("fields_edited") == 1
    # Another wish from a form that was left open is another run.
    send(nadia, tickets, "tag", tag="paie")
    assert BulkRun.objects.count() == 2


def test_the_next_action_has_a_key_of_its_own(world: World, nadia: Client) -> None:
    tickets = some(world, 1)
    answer = send(nadia, tickets, "follow")
    key = re.search(r'name="form" value="([\w-]+)" hx-swap-oob', answer.content.decode())
    assert key
    send(nadia, tickets, "unfollow", form=key.group(1))
    send(nadia, tickets, "follow", form="another-key-of-the-form")
    assert fresh(tickets[0]).watcher_ids == [world.nadia.pk]


def test_what_is_not_done_at_once_goes_on_in_the_background(world: World, nadia: Client, monkeypatch: Any) -> None:
    tickets = some(world, 4)
    monkeypatch.setattr("entraide.agent.bulk.AT_ONCE", -timedelta(seconds=1))
    answer = send(nadia, tickets, "take")
    assert "0 of 4 are done. You may leave this page" in text_of(answer)
    run = BulkRun.objects.get()
    assert f'hx-get="/desk/bulk/runs/{run.pk}/"' in answer.content.decode()
    # Whoever comes back to the list finds it there.
    assert "0 of 4 are done." in text_of(nadia.get("/desk/"))
    assert do_jobs(queues=("bulk",)) == 1
    box = nadia.get(f"/desk/bulk/runs/{run.pk}/")
    assert "4 tickets changed." in text_of(box)
    assert "hx-trigger" not in box.content.decode()


def test_the_job_may_run_twice(world: World) -> None:
    tickets = some(world)
    run = begin(world, tickets, "tag", tag="vpn")
    go_on_with_bulk(run.pk)
    go_on_with_bulk(run.pk)
    assert all(kinds(each).count("fields_edited") == 1 for each in tickets)


def test_one_ticket_that_breaks_does_not_keep_the_others_from_it(world: World, monkeypatch: Any) -> None:
    tickets = some(world)
    real = actions.edit

    def edit(ticket: Ticket, **rest: Any) -> Any:
        if ticket.pk == tickets[1].pk:
            raise ValueError("broken")
        return real(ticket, **rest)

    run = begin(world, tickets, "tag", tag="vpn")
    monkeypatch.setattr("entraide.routines.bulk_verbs.actions.edit", edit)
    assert go_on(run)
    assert [step.state for step in steps(run)] == ["done", "refused", "done"]
    assert "look into the log" in steps(run)[1].why


def test_a_macro_with_a_gap_is_left_to_be_used_by_hand(world: World, nadia: Client) -> None:
    gap = Macro.objects.create(name="Chez", text_fr="Vu avec {{ assignee }}.", text_en="With {{ assignee }}.")
    ticket, taken = some(world, 2)
    with everything():
        actions.take(taken, actor=world.as_(world.nils))
    said = text_of(send(nadia, [ticket, taken], "macro", macro=gap.pk))
    assert "would have a gap here (assignee)" in said and "1 ticket changed." in said
    with everything():
        assert taken.timeline().last().event.text == "Vu avec Nils Favre."


def test_every_ticket_of_a_list_is_chosen_as_it_stands(world: World, nadia: Client) -> None:
    tickets = some(world, 3)
    world.ticket(world.zoe)
    address = f"/desk/bulk/matching?view=open&organisation={world.helvetia.pk}"
    found = re.search(r'name="chosen" value="([^"]*)" data-count="3"', nadia.get(address).content.decode())
    assert found
    later = world.ticket()
    send(nadia, [], "take", chosen=found.group(1))
    assert all(fresh(each).assignee_id == world.nadia.pk for each in tickets)
    assert fresh(later).assignee_id is None


def test_a_list_that_is_too_long_is_chosen_up_to_the_limit_and_says_so(
    world: World, nadia: Client, monkeypatch: Any
) -> None:
    some(world, 3)
    monkeypatch.setattr("entraide.agent.bulk.AT_MOST", 2)
    answer = nadia.get("/desk/bulk/matching?view=open")
    assert 'data-count="2"' in answer.content.decode()
    assert "The first 2 of this list" in text_of(answer)


def test_the_queries_of_the_box_do_not_grow_with_the_tickets(world: World, nadia: Client) -> None:
    def queries(n: int) -> int:
        tickets = some(world, n)
        with everything():
            for each in tickets:
                actions.resolve(each, code="solved", text="x", actor=world.as_(world.nils))
        send(nadia, tickets, "take", form=f"another-key-{n:05}")
        run = BulkRun.objects.first()
        assert run is not None
        with CaptureQueriesContext(connection) as caught:
            nadia.get(f"/desk/bulk/runs/{run.pk}/")
        return len(caught)

    assert queries(2) == queries(12)


@pytest.mark.django_db(transaction=True)
def test_the_request_and_the_job_at_once_do_each_ticket_once(world: World) -> None:
    tickets = some(world, 12)
    run = begin(world, tickets, "tag", tag="vpn")
    at_once(lambda: go_on(BulkRun.objects.get(pk=run.pk)), 3)
    run.refresh_from_db()
    assert run.finished_at is not None
    assert [step.state for step in steps(run)] == ["done"] * 12
    assert all(kinds(each).count("fields_edited") == 1 for each in tickets)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["bulk-step:3", "bulk-step-undecided:3", "recorded:3"])
def test_a_crash_in_the_middle_goes_on_where_it_stopped(world: World, place: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(desk, "WORKER", desk.WORKER.replace('["mail"]', '["bulk"]'))
    tickets = some(world, 6)
    run = begin(world, tickets, "tag", tag="vpn")
    assert desk.work(crash_at=place).returncode == -signal.SIGKILL
    left = {step.state for step in steps(run)}
    assert left == {"done", "waiting"}
    desk.rescue()
    desk.make_due()
    assert desk.work().returncode == 0
    assert [step.state for step in steps(run)] == ["done"] * 6
    assert all(kinds(each).count("fields_edited") == 1 for each in tickets)


def test_whoever_was_shown_the_door_does_nothing_more(world: World) -> None:
    run = begin(world, some(world, 1))
    with everything():
        world.nadia.is_active = False
        world.nadia.save()
    assert go_on(run)
    assert steps(run)[0].state == "refused"


def test_a_handover_that_waits_is_not_given_away_among_others(world: World) -> None:
    waits, plain = some(world, 2)
    with everything():
        actions.escalate(waits, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))
    run = begin(world, [fresh(waits), fresh(plain)], "assign", team=str(world.n1.pk), assignee=str(world.nils.pk))
    assert go_on(run)
    assert [(each.state, "handover" in each.why) for each in steps(run)] == [("refused", True), ("done", False)]
    assert (fresh(waits).team_id, fresh(waits).awaits_acceptance) == (world.n2.pk, True)
