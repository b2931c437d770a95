"""Rule 1: what happens to a ticket is an event, and record() is the only writer."""

from __future__ import annotations

import ast
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

import entraide
from entraide.core.clock import now
from entraide.core.events import Conflict, Event, NotAllowed, Refused, event_from, event_kinds
from entraide.core.story import OneWriterOnly
from entraide.sla.defaults import ALWAYS_FOR_P1
from entraide.sla.models import Agreement
from entraide.tickets import actions, approving, filling, forgetting, linking, merging, quarantine, third_parties
from entraide.tickets.clock_jobs import tell_what_is_due
from entraide.tickets.clocks import differences
from entraide.tickets.events.rules import HierarchicallyEscalated
from entraide.tickets.models import Attachment, Ticket, TicketEntry
from entraide.tickets.rating import rate
from entraide.tickets.standing_down import share_standing_down
from entraide.tickets.uploads import keep_upload
from entraide.tickets.working import log_work, withdraw_work
from tests.world import World, everything

SOURCE = Path(entraide.__file__).parent


def live_a_full_life(world: World) -> Ticket:
    """Take one ticket through every verb there is, in the week of a Monday morning."""
    with time_machine.travel(datetime(2026, 3, 2, 8, 0, tzinfo=UTC), tick=True) as traveller:
        return _live(world, traveller)


def _live(world: World, traveller: Any) -> Ticket:
    nadia, benoit, elena, carla = (world.as_(p) for p in (world.nadia, world.benoit, world.elena, world.carla))
    alice = world.as_(world.alice)
    system = actions.Actor.system("test")
    ticket = world.ticket(category=world.wifi, tags=("imprimante",))
    first = ticket.clocks.get(metric="first_response")
    for instant in (first.warn_at, first.due_at):
        traveller.move_to(instant + timedelta(seconds=1))
        tell_what_is_due()
    fired = HierarchicallyEscalated(1, "Règle", "unassigned", first.due_at, (world.carla.pk,), minutes=10)
    actions.escalate_to(ticket, told=fired, once=f"rule:1:{ticket.pk}")
    actions.take(ticket, actor=nadia)
    actions.reply(ticket, text="Avez-vous redémarré ?", actor=nadia, seen=ticket.last_message_number)
    actions.hold(ticket, reason="requester", actor=nadia)
    actions.answer(ticket, text="Oui, deux fois.", actor=alice)
    floor = {"floor": 2, "model": "HP 4050", "who": world.bob.pk}
    filling.fill(ticket, version=world.printer_form, answers=floor, actor=nadia)
    actions.note(ticket, text="Toner vérifié, @benoit : un avis ?", actor=nadia)
    people = [world.claire, world.benoit]
    first_ask = approving.ask(ticket, question="50 CHF ?", people=people, rule="all", actor=nadia)
    approving.approve(ticket, number=first_ask.number, text="Oui.", actor=benoit)
    second = approving.ask(ticket, question="Samedi ?", people=people, rule="any", holds=True, actor=nadia)
    approving.refuse(ticket, number=second.number, text="Non.", actor=world.as_(world.claire))
    approving.withdraw(ticket, number=first_ask.number, actor=nadia)
    until = now() + timedelta(hours=2)
    third = approving.ask(ticket, question="Dimanche ?", people=people, rule="all", until=until, actor=nadia)
    approving.remind(third.approval, actor=system)
    approving.expire(third.approval, actor=system)
    logged = log_work(ticket, person=world.nadia, minutes=25, text="Toner", actor=nadia)
    log_work(ticket, person=world.nils, minutes=90, activity="travel", actor=carla)
    withdraw_work(ticket, entry_number=logged.number, reason="Autre ticket", actor=nadia)
    actions.edit(ticket, changes={"impact": 1, "urgency": 2, "site_id": world.plainpalais.pk}, actor=nadia)
    actions.set_priority(ticket, priority=1, reason="Jour de paie", actor=nadia)
    actions.watch(ticket, person=world.bob, actor=nadia)
    actions.confide(ticket, actor=nadia)
    actions.lift_confidentiality(ticket, actor=carla)
    actions.escalate(ticket, team=world.n2, observed="Bac bloqué", tried="Redémarrage", asked="Pilote ?", actor=nadia)
    actions.send_back(ticket, reason="Il manque le modèle.", actor=benoit)
    actions.escalate(ticket, team=world.n3, observed="HP 4050", tried="Tout", asked="Pilote", why="P1", actor=nadia)
    actions.accept(ticket, actor=elena)
    major = {"lead": world.elena, "teams": [world.n2], "contacts": [world.claire], "rhythm_minutes": 30}
    actions.declare_major(ticket, text="Plus rien ne s'imprime.", actor=elena, **major)
    actions.update_major(ticket, text="Nous remplaçons le pilote.", actor=elena)
    actions.change_major(ticket, actor=carla, **{**major, "lead": world.benoit})
    actions.stand_down(ticket, reason="Une seule imprimante.", actor=carla)
    other = world.ticket(world.zoe, impact=1, urgency=1)
    actions.declare_major(other, text="Le serveur d'impression est arrêté.", actor=carla, **{**major, "contacts": []})
    actions.follow(ticket, major=other, actor=carla)
    actions.share_major_update(ticket, major_number=other.number, text="Il redémarre.", actor=system)
    actions.unfollow(ticket, actor=carla)
    actions.follow(ticket, major=other, actor=carla)
    share_standing_down(ticket, major=other, reason="Un seul service.", actor=system)
    twin, later = world.ticket(world.bob), world.ticket(world.bob)
    linking.link(ticket, other=later, relation="child", actor=elena)
    merging.merge(twin, into=ticket, actor=elena)
    merging.unmerge(twin, actor=elena)
    linking.unlink(ticket, other=later, actor=elena)
    merging.merge(ticket, into=later, actor=elena)
    merging.unmerge(ticket, actor=elena)
    actions.unwatch(ticket, person=world.bob, actor=elena)
    actions.receive_from_stranger(ticket, text="Chez moi aussi", from_name="X", from_email="x@y.example", actor=system)
    actions.receive_automatic_answer(ticket, text="Absente", from_email="alice@helvetia.example", actor=system)
    actions.receive_bounce(ticket, email="alice@helvetia.example", reason="pleine", is_permanent=False, actor=system)
    actions.edit(ticket, changes={"mode": "on_site"}, actor=elena)
    actions.arrive(ticket, actor=elena)
    beginning = third_parties.write_to_third_party(
        ticket, to=["hotline@hp.example"], subject="Pilote HP 4050", text="Existe-t-il un correctif ?", actor=elena
    )
    actions.hold(ticket, reason="third_party", actor=elena)
    third_parties.receive_from_third_party(
        ticket, conversation=f"{ticket.number}-{beginning.number}", text="Oui, la 4.2.", from_name="HP", actor=system,
        from_email="hotline@hp.example",
    )  # fmt: skip
    file = keep_upload(SimpleUploadedFile("pilote.exe", b"MZ"))
    actions.note(ticket, text="Trouvé ceci.", attachments=(file,), actor=elena)
    quarantine.hold_back(ticket.attachments.get(), found="Eicar")
    quarantine.take_out(ticket.attachments.get(), reason="Analyse", actor=world.as_(world.sofia))
    actions.resolve(ticket, code="solved", text="Pilote remplacé.", actor=elena)
    actions.reopen(ticket, text="Encore bloquée.", actor=alice)
    actions.hold(ticket, reason="supplier", actor=elena)
    actions.resume(ticket, actor=elena)
    actions.put_back_to_new(ticket, actor=elena)
    actions.assign(ticket, team=world.n1, assignee=world.nils, actor=elena)
    actions.set_priority(ticket, priority=None, actor=elena)
    always = Agreement.objects.get(name=ALWAYS_FOR_P1).current
    actions.retarget(ticket, version_id=always.pk, actor=carla)
    actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=carla)
    actions.resolve(ticket, code="workaround", text="Autre imprimante.", actor=nadia)
    actions.confirm(ticket, actor=world.as_(world.zoe))
    actions.reopen(ticket, text="Non.", actor=world.as_(world.zoe))
    actions.set_priority(ticket, priority=1, reason="Encore", actor=nadia)
    actions.declare_major(ticket, text="Encore.", actor=carla, **{**major, "contacts": []})
    actions.resolve(ticket, code="solved", text="Oui.", actor=nadia)
    actions.review_major(ticket, happened="a", why="b", changes="c", actor=carla)
    actions.close(ticket, actor=carla)
    rate(ticket, person=world.zoe, mark=2, words="Trop long.", actor=world.as_(world.zoe))
    forgetting.redact(ticket, passage="deux fois", reason="Trop précis", actor=carla)
    file = Attachment.objects.get(ticket=ticket)
    forgetting.take_file_away(ticket, attachment=file, reason="Mauvais plan", actor=carla)
    told = ticket.timeline().filter(kind="requester_wrote")
    forgetting.erase_words(ticket, basis="person", actor=system, entries=list(told))
    return ticket


@pytest.mark.django_db
def test_a_ticket_is_what_its_timeline_says_column_by_column(world: World) -> None:
    with everything():
        ticket = live_a_full_life(world)
        assert Ticket.objects.get(pk=ticket.pk).replayed().columns() == Ticket.objects.get(pk=ticket.pk).columns()
        assert differences(Ticket.objects.get(pk=ticket.pk)) == []
        assert ticket.columns() == Ticket.objects.get(pk=ticket.pk).columns(), (
            "the caller's copy was brought up to date"
        )


@pytest.mark.django_db
def test_the_full_life_uses_every_event_there_is(world: World) -> None:
    with everything():
        used = {entry.kind for entry in live_a_full_life(world).timeline()}
    of_contracts = {kind for kind in event_kinds() if kind.startswith("contract_")}
    assert used == set(event_kinds()) - of_contracts, "those of contracts are lived in tests/contracts"


@pytest.mark.django_db
def test_an_event_survives_the_way_to_the_database_and_back(world: World) -> None:
    with everything():
        for entry in live_a_full_life(world).timeline():
            assert event_from(entry.kind, entry.data).as_data() == entry.data


@pytest.mark.django_db
def test_erasing_an_event_empties_its_personal_words_and_keeps_its_figures(world: World) -> None:
    with everything():
        opened: Any = world.ticket(attachments=()).timeline()[0].event
    erased = opened.erase()
    assert "imprimante" not in str(erased.as_data()).lower()
    assert erased.number == opened.number and erased.requester_id == opened.requester_id


@pytest.mark.django_db
@pytest.mark.parametrize(
    "write",
    [
        lambda t: t.save(),
        lambda t: t.delete(),
        lambda t: Ticket.objects.filter(pk=t.pk).update(subject="x"),
        lambda t: Ticket.objects.filter(pk=t.pk).delete(),
        lambda t: Ticket.objects.bulk_update([t], ["subject"]),
        lambda t: Ticket.objects.bulk_create([t]),
        lambda t: TicketEntry.objects.filter(ticket=t).update(data={}),
        lambda t: t.timeline().first().delete(),
        lambda t: Ticket.objects.create(number=1),
    ],
)
def test_nobody_else_can_write_a_ticket(world: World, write: Any) -> None:
    with everything():
        ticket = world.ticket()
        with pytest.raises(OneWriterOnly):
            write(ticket)


def test_only_verbs_call_record_and_only_the_writer_opens_the_fence() -> None:
    callers, openers, rewriters = set(), set(), set()
    for path in SOURCE.rglob("*.py"):
        name = str(path.relative_to(SOURCE))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "entraide.core.writer":
                callers.add(name)
                if any(alias.name == "rewrite" for alias in node.names):
                    rewriters.add(name)
            if isinstance(node, ast.ImportFrom) and any(alias.name == "writing" for alias in node.names):
                openers.add(name)
    assert callers == {
        "contracts/actions.py", "tickets/actions.py", "tickets/approving.py", "tickets/filling.py", "tickets/forgetting.py", "tickets/linking.py",
        "tickets/merging.py", "tickets/quarantine.py", "tickets/rating.py", "tickets/standing_down.py", "tickets/third_parties.py", "tickets/working.py",
    }  # fmt: skip
    assert openers == {"core/writer.py"}
    assert rewriters == {"tickets/forgetting.py"}, (
        "what happened is told anew by what takes words out, and by nothing else"
    )


@pytest.mark.django_db
def test_a_refused_act_changes_nothing(world: World) -> None:
    with everything():
        ticket = world.ticket()
        before = Ticket.objects.get(pk=ticket.pk).columns()
        with pytest.raises(Refused):
            actions.resolve(ticket, code="no such code", text="x", actor=world.as_(world.nadia))
        with pytest.raises(NotAllowed):
            actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.alice))
        assert Ticket.objects.get(pk=ticket.pk).columns() == before
        assert ticket.timeline().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_closings_at_once_give_one_success_and_one_refusal(world: World) -> None:
    with everything():
        ticket = world.ticket()
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def close() -> None:
        try:
            with everything():
                mine = Ticket.objects.get(pk=ticket.pk)
                ready.wait(timeout=10)
                try:
                    actions.close(mine, actor=world.as_(world.carla))
                    outcomes.append("closed")
                except Conflict:
                    outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=close) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == ["closed", "refused"]
    with everything():
        assert [entry.kind for entry in ticket.timeline()].count("ticket_closed") == 1


@pytest.mark.django_db
def test_the_same_key_writes_once(world: World) -> None:
    with everything():
        first = world.ticket(once="mail:1")
        again = world.ticket(once="mail:1")
        assert first.pk == again.pk
        one = actions.answer(first, text="Bonjour", actor=world.as_(world.alice), once="mail:2")
        two = actions.answer(first, text="Bonjour", actor=world.as_(world.alice), once="mail:2")
        assert one.pk == two.pk
        assert first.timeline().count() == 2


def test_every_event_can_say_what_it_is_and_who_may_do_it() -> None:
    for kind, cls in event_kinds().items():
        assert cls.right and cls.kind == kind
        assert cls.describe is not Event.describe, kind
        assert cls.apply is not Event.apply, kind
