"""Who at the desk is told of what, once; by which channel, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from entraide.channels.email.models import OutgoingMail
from entraide.core.actor import Actor
from entraide.core.reactions import run_reaction
from entraide.core.scope import Scope, scoped
from entraide.notifications.choices import Channels, choose
from entraide.notifications.kinds import kinds
from entraide.notifications.models import Notification
from entraide.notifications.preferences import Quiet
from entraide.notifications.telling import mail_if_unread, tell
from entraide.people.models import Person
from entraide.people.rights import Role
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # 21:00 in Geneva
DOOR = Actor.system("intake")
MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
NIGHT = Quiet(time(19), time(7), frozenset(range(7)))


def lines() -> list[tuple[str, str]]:
    with everything():
        return [(each.kind, each.person.name.split()[0]) for each in Notification.objects.order_by("pk")]


def mails_to_staff() -> list[tuple[str, str]]:
    with everything():
        found = OutgoingMail.objects.filter(recipient__endswith="@lemanique.example").order_by("pk")
        return [(mail.template, mail.recipient.split("@")[0]) for mail in found]


def wishes(person: Person, quiet: Quiet | None = None, **channels: tuple[bool, bool]) -> None:
    with everything():
        choose(person, channels={kind: Channels(*each) for kind, each in channels.items()}, quiet=quiet)


def taken(world: World, **facts: Any) -> Ticket:
    """A ticket of Nadia's, of which nobody has been told anything yet."""
    ticket = world.ticket(**facts)
    actions.take(ticket, actor=world.as_(world.nadia))
    do_jobs()
    return ticket


def assign(world: World, ticket: Ticket) -> None:
    actions.assign(ticket, team=world.n1, assignee=world.nadia, actor=world.as_(world.nils))


def hand_over(world: World, ticket: Ticket) -> None:
    actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))


def send_back(world: World, ticket: Ticket) -> None:
    actions.take(ticket, actor=world.as_(world.nadia))
    hand_over(world, ticket)
    do_jobs()
    Notification.objects.all().delete()
    OutgoingMail.objects.filter(template="escalated").delete()
    actions.send_back(ticket, reason="Il manque le modèle", actor=world.as_(world.benoit))


def answer(world: World, ticket: Ticket) -> None:
    actions.take(ticket, actor=world.as_(world.nadia))
    actions.answer(ticket, text="Toujours rien", actor=world.as_(world.alice))


def a_stranger(world: World, ticket: Ticket) -> None:
    actions.take(ticket, actor=world.as_(world.nadia))
    actions.receive_from_stranger(
        ticket, text="Chez moi aussi", from_name="Eve", from_email="eve@x.example", actor=DOOR
    )


def reopen(world: World, ticket: Ticket) -> None:
    actions.take(ticket, actor=world.as_(world.nadia))
    actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nadia))
    actions.reopen(ticket, text="Non", actor=world.as_(world.alice))


def a_bounce(world: World, ticket: Ticket) -> None:
    actions.take(ticket, actor=world.as_(world.nadia))
    actions.receive_bounce(ticket, email="alice@helvetia.example", reason="550", is_permanent=True, actor=DOOR)


@pytest.mark.parametrize(
    ("happen", "kind", "template", "who"),
    [
        (assign, "assigned", "assigned", "nadia"),
        (hand_over, "handover", "escalated", "benoit"),
        (send_back, "handover_returned", "returned", "nadia"),
        (answer, "requester_answered", "requester_wrote", "nadia"),
        (a_stranger, "stranger_answered", "stranger_wrote", "nadia"),
        (reopen, "reopened", "reopened_for_you", "nadia"),
        (a_bounce, "undeliverable", "bounced", "nadia"),
    ],
)
def test_each_kind_tells_whom_it_must_once_even_when_the_job_runs_twice(
    world: World, happen: Callable[[World, Ticket], None], kind: str, template: str, who: str
) -> None:
    with everything():
        ticket = world.ticket()
        do_jobs()
        happen(world, ticket)
        do_jobs()
        entry = ticket.timeline().last()
    name = getattr(world, who).name.split()[0]
    assert lines() == [(kind, name)]
    assert mails_to_staff() == [(template, who)]
    (reaction,) = [each for each in _reactions_of(entry.kind) if each.startswith("entraide.notifications.")]
    run_reaction(reaction, "tickets.TicketEntry", entry.pk)
    do_jobs()
    assert lines() == [(kind, name)]
    assert mails_to_staff() == [(template, who)]


def _reactions_of(kind: str) -> list[str]:
    from entraide.core import reactions

    return list(reactions._by_kind[kind])


def test_every_kind_can_be_told_by_another_room(world: World) -> None:
    of_tickets = [kind for kind in kinds if kind.about == "ticket"]
    with everything():
        ticket = world.ticket()
        do_jobs()
        entry = ticket.timeline().get()
        # By mail only for who asks for it, unlike the others.
        wishes(world.carla, promise_in_danger=(True, True), promise_missed=(True, True))
        words = {"promise": "resolution", "due": MORNING.isoformat(), "rule": "P1 sans technicien"}
        for kind in of_tickets:
            for _ in range(2):
                tell([world.carla.pk, None], kind=kind.code, ticket=ticket, entry=entry, words=words)
    assert lines() == [(kind.code, "Carla") for kind in of_tickets]
    assert mails_to_staff() == [(kind.template, "carla") for kind in of_tickets]
    with everything():
        mail = OutgoingMail.objects.get(template="promise_warning")
    assert "échéance mercredi 25 novembre, 07:00" in mail.text


def test_two_rules_about_one_entry_are_two_tellings(world: World) -> None:
    with everything():
        ticket = world.ticket()
        entry = ticket.timeline().get()
        for once in ("rule:1", "rule:2", "rule:1"):
            tell([world.carla.pk], kind="escalation_rule", ticket=ticket, entry=entry, once=once)
    assert len(lines()) == len(mails_to_staff()) == 2


def test_what_has_no_entry_is_told_once_by_its_own_key_and_quotes_nobody(world: World) -> None:
    with everything():
        ticket = world.ticket(text="Secret de l'imprimante")
        for _ in range(2):
            tell([world.carla.pk], kind="escalation_rule", ticket=ticket, entry=None, words={"rule": "R"}, once="r1")
        with pytest.raises(ValueError):
            tell([world.carla.pk], kind="escalation_rule", ticket=ticket, entry=None)
        mail = OutgoingMail.objects.get(template="escalation_rule")
    assert lines() == [("escalation_rule", "Carla")]
    assert "« R »" in mail.text
    assert "Secret" not in mail.text


def test_an_unknown_kind_is_a_mistake_that_is_heard(world: World) -> None:
    with everything():
        ticket = world.ticket()
        with pytest.raises(KeyError):
            tell([world.carla.pk], kind="nonsense", ticket=ticket, entry=ticket.timeline().get())


def test_nobody_is_told_of_what_they_did_themselves(world: World) -> None:
    with everything():
        ticket = world.ticket()
        actions.assign(ticket, team=world.n1, assignee=world.nils, actor=world.as_(world.nils))
        world.n2.members.add(world.nils)
        actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nils))
    do_jobs()
    assert lines() == [("handover", "Benoît")]
    assert mails_to_staff() == [("escalated", "benoit")]


def test_requesters_the_inactive_and_those_who_may_not_read_it_are_passed_over(world: World) -> None:
    limited = world.add(world.lemanique, "Rita Roux", Role.TECHNICIAN, only_in=world.rousseau)
    with everything():
        Person.objects.filter(pk=world.nils.pk).update(is_active=False)
        ticket = world.ticket()
        do_jobs()
        everybody = [world.alice, world.claire, world.zoe, world.adam, world.nils, limited, world.sofia]
        tell(
            [each.pk for each in everybody], kind="assigned", ticket=ticket, entry=ticket.timeline().get(), urgent=True
        )
    assert lines() == [("assigned", "Sofia")]
    assert mails_to_staff() == [("assigned", "sofia")]


def test_a_kind_that_is_turned_off_is_not_told_by_that_channel(world: World) -> None:
    wishes(world.nadia, requester_answered=(True, False), reopened=(False, True), assigned=(False, False))
    with everything():
        ticket = taken(world)
        actions.answer(ticket, text="x", actor=world.as_(world.alice))
        actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.nadia))
        actions.reopen(ticket, text="x", actor=world.as_(world.alice))
        actions.assign(ticket, team=world.n1, assignee=None, actor=world.as_(world.nils))
        actions.assign(ticket, team=world.n1, assignee=world.nadia, actor=world.as_(world.nils))
        do_jobs()
        shown = list(Notification.objects.filter(in_console=True).values_list("kind", flat=True))
    assert shown == ["requester_answered"]
    assert mails_to_staff() == [("reopened_for_you", "nadia")]


def test_what_is_urgent_passes_every_choice(world: World) -> None:
    wishes(world.nadia, NIGHT, escalation_rule=(False, False))
    with everything(), time_machine.travel(EVENING, tick=False):
        Person.objects.filter(pk=world.nadia.pk).update(absent_until=date(2027, 1, 1))
        ticket = world.ticket()
        tell([world.nadia.pk], kind="escalation_rule", ticket=ticket, entry=ticket.timeline().get(), urgent=True)
        assert Notification.objects.get().in_console
    assert mails_to_staff() == [("escalation_rule", "nadia")]


def test_whoever_is_absent_finds_it_in_the_console(world: World) -> None:
    with everything(), time_machine.travel(EVENING, tick=False):
        Person.objects.filter(pk=world.nadia.pk).update(absent_until=EVENING.date())
        ticket = taken(world)
        actions.answer(ticket, text="x", actor=world.as_(world.alice))
        do_jobs()
    assert lines() == [("requester_answered", "Nadia")]
    assert mails_to_staff() == []


def waiting_mails() -> list[tuple[datetime, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at, args::text FROM procrastinate_jobs WHERE queue_name = 'notifications'")
        return cursor.fetchall()


def told_in_the_evening(world: World) -> Notification:
    wishes(world.nadia, NIGHT)
    with everything(), time_machine.travel(EVENING, tick=False):
        actions.answer(taken(world), text="Toujours rien", actor=world.as_(world.alice))
        do_jobs()
        return Notification.objects.get()


def test_in_quiet_hours_the_mail_waits_until_they_end_and_the_line_does_not(world: World) -> None:
    notification = told_in_the_evening(world)
    assert lines() == [("requester_answered", "Nadia")]
    assert mails_to_staff() == []
    ((at, arguments),) = waiting_mails()
    assert at == MORNING
    assert str(notification.pk) in str(arguments)
    with time_machine.travel(MORNING, tick=False):
        for _ in range(2):
            mail_if_unread(notification.pk)
    assert mails_to_staff() == [("requester_wrote", "nadia")]
    with everything():
        assert "Toujours rien" in OutgoingMail.objects.get(template="requester_wrote").text


def test_a_job_that_comes_too_early_waits_again(world: World) -> None:
    notification = told_in_the_evening(world)
    with time_machine.travel(MORNING - timedelta(minutes=1), tick=False):
        mail_if_unread(notification.pk)
    assert mails_to_staff() == []
    assert [at for at, _arguments in waiting_mails()] == [MORNING, MORNING]


@pytest.mark.parametrize("why", ["read", "no longer wanted", "absent", "no longer of the desk"])
def test_by_the_morning_the_mail_may_be_needless(world: World, why: str) -> None:
    notification = told_in_the_evening(world)
    with everything():
        if why == "read":
            Notification.objects.update(read_at=EVENING)
        elif why == "no longer wanted":
            choose(world.nadia, channels={"requester_answered": Channels(True, False)}, quiet=NIGHT)
        elif why == "absent":
            Person.objects.filter(pk=world.nadia.pk).update(absent_until=MORNING.date())
        else:
            world.nadia.roles.all().delete()
    with time_machine.travel(MORNING, tick=False):
        mail_if_unread(notification.pk)
    assert mails_to_staff() == []


def test_what_was_told_goes_along_with_a_moved_ticket(world: World) -> None:
    with everything():
        ticket = taken(world)
        actions.answer(ticket, text="x", actor=world.as_(world.alice))
        do_jobs()
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
    do_jobs()
    with scoped(Scope.of(world.rousseau.pk)):
        assert Notification.objects.count() == 1


def test_telling_a_whole_team_reads_its_people_and_choices_once(
    world: World, django_assert_max_num_queries: Any
) -> None:
    with everything():
        ticket = world.ticket()
        entry = ticket.timeline().get()
        staff = [world.add(world.lemanique, f"T{n} Test", Role.TECHNICIAN).pk for n in range(5)]
        wishes_off = {"handover": Channels(True, False)}
        for pk in staff:
            choose(Person.objects.get(pk=pk), channels=wishes_off, quiet=None)
        with django_assert_max_num_queries(6 + 6 * 5):
            tell(staff, kind="handover", ticket=ticket, entry=entry, words={"team": world.n2.pk})
    assert len(lines()) == 5


def test_nobody_is_told_of_what_comes_back_to_them(world: World) -> None:
    """Who undoes a bulk assignment writes no mail to those who had the tickets before."""
    ticket = world.ticket()
    with everything():
        actions.assign(ticket, team=world.n1, assignee=world.nadia, actor=world.as_(world.carla))
        actions.assign(ticket, team=world.n1, assignee=world.nils, actor=world.as_(world.carla))
        actions.assign(ticket, team=world.n1, assignee=world.nadia, takes_back=True, actor=world.as_(world.carla))
    do_jobs()
    assert lines() == [("assigned", "Nadia"), ("assigned", "Nils")]
