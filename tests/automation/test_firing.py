"""Escalation rules at work: when they speak, to whom, and once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from entraide.automation import firing
from entraide.automation.candidates import candidates
from entraide.automation.defaults import add_defaults
from entraide.automation.documents import document_of, pure
from entraide.automation.firing import fire_what_is_due
from entraide.automation.jobs import fire_rules
from entraide.automation.models import EscalationRule, Firing, Rota
from entraide.channels.email.models import OutgoingMail
from entraide.core.clock import now
from entraide.notifications.models import Notification, QuietHours
from entraide.notifications.wording import sentence_of
from entraide.people.models import Person
from entraide.tickets import actions
from entraide.tickets.clocks import differences
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.names import Names
from tests.automation.rules import FIRED, NINE, a_rule, fired_on
from tests.clocks.test_telling import start_worker
from tests.jobs import do_jobs
from tests.world import World, everything

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    firing.forget()
    yield
    firing.forget()


@pytest.fixture
def monday(world: World) -> Iterator[Any]:
    """Nine o'clock on a Monday; time stands still until it is moved."""
    with everything():
        EscalationRule.objects.all().delete()
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


def whom(event: Any) -> set[str]:
    return set(Person.objects.filter(pk__in=event.recipient_ids).values_list("name", flat=True))


@pytest.mark.django_db
def test_a_ticket_that_nobody_takes_is_told_of_after_ten_minutes_and_once_for_each_silence(
    world: World, monday: Any
) -> None:
    a_rule()
    ticket = world.ticket()
    monday.move_to(NINE + 10 * MINUTE - timedelta(seconds=1))
    assert fire_what_is_due() == 0
    monday.move_to(NINE + 10 * MINUTE + timedelta(seconds=7))
    assert fire_what_is_due() == 1
    assert fire_what_is_due() == 0
    (event,) = fired_on(ticket)
    assert event.instant == NINE + 10 * MINUTE, "the instant at which it became true, not that of the sweep"
    assert whom(event) == {"Carla Meier"}
    actions.take(ticket, actor=world.as_(world.nadia))
    monday.move_to(NINE + timedelta(hours=1))
    actions.assign(ticket, team=world.n1, actor=world.as_(world.nadia))
    assert fire_what_is_due() == 0
    # Given back, nobody takes it again: another silence.
    monday.shift(timedelta(hours=5))
    assert [fire_what_is_due() for _n in range(3)] == [1, 0, 0]
    assert [(each.instant, each.since) for each in fired_on(ticket)] == [
        (NINE + 10 * MINUTE, NINE),
        (NINE + timedelta(hours=1, minutes=10), NINE + timedelta(hours=1)),
    ]
    assert differences(Ticket.objects.get(pk=ticket.pk)) == []


@pytest.mark.django_db
def test_each_answer_that_is_missed_is_told_of_once_and_no_fired_ticket_is_read_again(
    world: World, monday: Any
) -> None:
    rule = a_rule(trigger="missed", metric="next_response", recipients=["role:manager"])
    ticket = world.ticket(impact=1, urgency=1)
    for day in (0, 1):
        monday.move_to(NINE + timedelta(days=day))
        actions.reply(ticket, text="Nous regardons.", actor=world.as_(world.nadia))
        actions.answer(ticket, text="Alors ?", actor=world.as_(world.alice))
        monday.shift(timedelta(hours=2))
        assert [fire_what_is_due() for _n in range(3)] == [1, 0, 0]
        asked = pure(document_of(rule), since=rule.active_since)
        assert not candidates(asked, rule_id=rule.pk, now=now()).exists()
    assert [event.instant for event in fired_on(ticket)] == [NINE + timedelta(days=day, hours=1) for day in (0, 1)]
    assert Firing.objects.filter(ticket=ticket).values("step").distinct().count() == 2


@pytest.mark.django_db
def test_a_reopened_ticket_whose_resolution_was_missed_is_told_of_again(world: World, monday: Any) -> None:
    rule = a_rule(trigger="missed", metric="resolution")
    ticket = world.ticket(impact=1, urgency=1)
    actions.take(ticket, actor=world.as_(world.nadia))
    monday.shift(timedelta(hours=7))
    assert fire_what_is_due() == 1
    actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
    monday.shift(timedelta(hours=1))
    actions.reopen(ticket, text="Non.", actor=world.as_(world.alice))
    assert [fire_what_is_due() for _n in range(3)] == [1, 0, 0]
    first, second = fired_on(ticket)
    assert first.since == second.since == first.instant and second.instant == NINE + timedelta(hours=8)
    assert not candidates(pure(document_of(rule), since=rule.active_since), rule_id=rule.pk, now=now()).exists()


@pytest.mark.django_db
def test_one_silence_that_breaks_two_promises_is_one_entry_and_one_line(world: World, monday: Any) -> None:
    a_rule(trigger="missed")
    ticket = world.ticket(impact=1, urgency=1)
    do_jobs(queues=("reactions",))
    monday.shift(31 * MINUTE)
    assert [fire_what_is_due() for _n in range(2)] == [1, 0]
    (event,) = fired_on(ticket)
    assert (event.metric, event.also) == ("first_response", ("in_hand:1",))
    assert Firing.objects.filter(ticket=ticket).count() == 2
    do_jobs(queues=("reactions",))
    line = Notification.objects.select_related("entry").get(ticket=ticket, kind="escalation_rule")
    with translation.override("fr"):
        assert sentence_of(line, names=Names(), now=now()) == (
            "La règle « Sans personne » demande votre attention : "
            "« Première réponse » et « En traitement N1 » ont été manquées le 02/03/2026 09:30."
        )
    with translation.override("en"):
        assert event.why() == "“First response” and “In hand N1” were missed on 2 March 2026, 09:30"


@pytest.mark.django_db
def test_what_a_rule_said_before_there_were_steps_stands_for_all_until_then(world: World, monday: Any) -> None:
    rule = a_rule(trigger="missed", metric="next_response")
    ticket = world.ticket(impact=1, urgency=1)
    until = NINE + timedelta(hours=3)
    Firing.objects.create(
        rule=rule, rule_name=rule.name, ticket=ticket, organisation=world.helvetia, instant=NINE, fired_at=NINE, since=until
    )  # fmt: skip
    for day, fires in ((0, 0), (1, 1)):
        monday.move_to(NINE + timedelta(days=day))
        actions.reply(ticket, text="Nous regardons.", actor=world.as_(world.nadia))
        actions.answer(ticket, text="Alors ?", actor=world.as_(world.alice))
        monday.shift(timedelta(hours=4))
        assert fire_what_is_due() == fires


@pytest.mark.django_db
def test_the_worked_rules_do_what_they_say(world: World, monday: Any) -> None:
    add_defaults(apps)
    for level, who in ((2, world.benoit), (3, world.elena)):
        Rota.objects.create(
            name=f"N{level}", level=level, starts_on=date(2026, 3, 2), handover_weekday=0,
            handover_time=clock_time(8), person_ids=[who.pk],
        )  # fmt: skip
    ticket = world.ticket(impact=1, urgency=1)
    calm = world.ticket(subject="Peut attendre")
    told: list[tuple[int, str, set[str]]] = []
    for minute in range(0, 10 * 60, 5):
        monday.move_to(NINE + minute * MINUTE)
        fire_what_is_due()
        events = fired_on(ticket)
        told += [(minute, event.trigger, whom(event)) for event in events[len(told) :]]
    assert told == [
        (10, "unassigned", {"Benoît Rey", "Elena Rossi"}),
        # The first response of a P1 was due after half an hour.
        (30, "missed", {"Marc Dubois"}),
        # Three quarters of four hours are three: 09:00 to 12:00, exactly at the beginning of the break.
        (180, "percent", {"Carla Meier"}),
        # The four hours themselves: a second promise of the same ticket.
        (330, "missed", {"Marc Dubois"}),
    ]
    assert [event.trigger for event in fired_on(calm)] == ["missed"], "a P3's only matter is the missed response"


@pytest.mark.django_db
def test_of_several_rotas_each_is_asked_and_whoever_is_away_is_passed_over(world: World, monday: Any) -> None:
    facts = {"starts_on": date(2026, 3, 2), "handover_weekday": 0, "handover_time": clock_time(8), "level": 2}
    rota = Rota.objects.create(name="Jour", person_ids=[world.nadia.pk, world.nils.pk], **facts)
    a_rule(recipients=[f"rota:{rota.pk}"], priorities=[1])
    Person.objects.filter(pk=world.nadia.pk).update(absent_until=date(2026, 3, 4))
    ticket = world.ticket(impact=1, urgency=1)
    monday.shift(11 * MINUTE)
    fire_what_is_due()
    (event,) = fired_on(ticket)
    assert whom(event) == {"Nils Favre"}
    assert event.on_call_ids == (world.nils.pk,)


@pytest.mark.django_db
def test_coordinators_are_told_when_nobody_whom_the_rule_names_can_be_reached(world: World, monday: Any) -> None:
    a_rule(recipients=["rota:level:3", "assignee", f"person:{world.alice.pk}", "team:999", "rota:999"])
    ticket = world.ticket()
    monday.shift(11 * MINUTE)
    fire_what_is_due()
    (event,) = fired_on(ticket)
    assert event.is_fallback and whom(event) == {"Carla Meier"}
    sentence = TicketEntry.objects.get(ticket=ticket, kind=FIRED)
    from entraide.tickets.names import Names

    assert "Carla Meier" in sentence.event.describe(Names())


@pytest.mark.django_db
def test_a_role_in_one_organisation_is_told_of_its_tickets_only(world: World, monday: Any) -> None:
    from entraide.people.rights import Role

    world.add(world.lemanique, "Rosa Blanc", Role.MANAGER, only_in=world.rousseau)
    a_rule(recipients=["role:manager"])
    ours, theirs = world.ticket(), world.ticket(world.zoe)
    monday.shift(11 * MINUTE)
    fire_what_is_due()
    assert whom(fired_on(ours)[0]) == {"Marc Dubois"}
    assert whom(fired_on(theirs)[0]) == {"Marc Dubois", "Rosa Blanc"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        ({"priorities": [3]}, True), ({"priorities": [1, 2]}, False), ({"levels": [1]}, True), ({"levels": [2, 3]}, False),
        ({"kinds": ["incident"]}, True), ({"kinds": ["request"]}, False),
    ],
)  # fmt: skip
def test_a_rule_speaks_of_the_tickets_that_it_is_for(world: World, monday: Any, condition: Any, fires: bool) -> None:
    a_rule(**condition)
    world.ticket()
    monday.shift(11 * MINUTE)
    assert fire_what_is_due() == (1 if fires else 0)


@pytest.mark.django_db
def test_a_rule_may_be_for_organisations_and_teams(world: World, monday: Any) -> None:
    a_rule(organisation_ids=[world.rousseau.pk], team_ids=[world.n1.pk])
    ours, theirs = world.ticket(), world.ticket(world.zoe)
    elsewhere = world.ticket(world.zoe, team=world.n2)
    monday.shift(11 * MINUTE)
    assert fire_what_is_due() == 1
    assert fired_on(theirs) and not fired_on(ours) and not fired_on(elsewhere)


@pytest.mark.django_db
def test_a_ticket_that_becomes_a_p1_after_long_silence_is_told_of_at_once(world: World, monday: Any) -> None:
    a_rule(priorities=[1])
    ticket = world.ticket()
    monday.shift(timedelta(hours=1))
    assert fire_what_is_due() == 0
    actions.set_priority(ticket, priority=1, reason="Paie", actor=world.as_(world.carla))
    monday.shift(timedelta(seconds=10))
    assert fire_what_is_due() == 1
    assert fired_on(ticket)[0].instant == NINE + timedelta(hours=1)


@pytest.mark.django_db
def test_a_new_or_changed_rule_leaves_the_past_alone(world: World, monday: Any) -> None:
    rule = a_rule(active_since=NINE + timedelta(hours=1))
    old = world.ticket()
    monday.shift(timedelta(hours=2))
    assert fire_what_is_due() == 0, "it had waited for ten minutes before there was the rule"
    new = world.ticket()
    monday.shift(11 * MINUTE)
    assert fire_what_is_due() == 1
    assert fired_on(new) and not fired_on(old)
    rule.minutes = 5
    rule.save()
    assert rule.active_since == NINE + timedelta(hours=2, minutes=11)
    rule.name = "Autre nom"
    monday.shift(MINUTE)
    rule.save()
    assert rule.active_since == NINE + timedelta(hours=2, minutes=11)


@pytest.mark.django_db
def test_what_was_left_alone_is_looked_up_in_its_timeline_once(world: World, monday: Any, monkeypatch: Any) -> None:
    a_rule(active_since=NINE + timedelta(hours=1))
    ticket = world.ticket()
    monday.shift(timedelta(hours=2))
    looked_at = []
    life_of = firing.life_of
    monkeypatch.setattr(firing, "life_of", lambda found: looked_at.append(found.pk) or life_of(found))
    fire_what_is_due()
    assert looked_at == [], "nothing has happened to it since there is the rule"
    for touched in (1, 2):
        actions.note(ticket, text="Vu.", actor=world.as_(world.nadia))
        for _n in range(3):
            fire_what_is_due()
            monday.shift(timedelta(seconds=10))
        assert looked_at == [ticket.pk] * touched and not fired_on(ticket)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts",
    [
        {"trigger": "unassigned"}, {"trigger": "silent"}, {"trigger": "missed", "percent": 150},
        {"trigger": "percent", "metric": "first_response"},
    ],
)  # fmt: skip
def test_what_was_over_before_the_rule_is_not_even_read(world: World, monday: Any, facts: Any) -> None:
    rule = a_rule(**facts, active_since=NINE + timedelta(hours=20))
    old = world.ticket(impact=1, urgency=1)
    monday.shift(timedelta(hours=21))
    late = world.ticket(impact=1, urgency=1)
    monday.shift(timedelta(hours=4))
    assert list(candidates(pure(document_of(rule), since=rule.active_since), rule_id=rule.pk, now=now())) == [late]
    # Touched, it may have changed its priority or its team: then it is looked at.
    actions.note(old, text="Vu.", actor=world.as_(world.nadia))
    assert fire_what_is_due() == 1 and fired_on(late) and not fired_on(old)


@pytest.mark.django_db
def test_a_ticket_that_a_rule_cannot_fire_on_keeps_no_other_from_it(
    world: World, monday: Any, monkeypatch: Any, caplog: Any
) -> None:
    a_rule(position=1)
    a_rule(name="Suivante", position=2)
    broken, whole = world.ticket(impact=1, urgency=1), world.ticket()
    monday.shift(11 * MINUTE)
    life_of = firing.life_of

    def life_or_trouble(ticket: Ticket) -> Any:
        if ticket.pk == broken.pk:
            raise RuntimeError("This timeline cannot be read.")
        return life_of(ticket)

    monkeypatch.setattr(firing, "life_of", life_or_trouble)
    assert fire_what_is_due() == 2
    assert len(fired_on(whole)) == 2 and not fired_on(broken)
    assert [record.ticket for record in caplog.records if record.name == "entraide.rules"] == [broken.reference] * 2


@pytest.mark.django_db
def test_an_inactive_rule_and_a_resolved_ticket_are_quiet(world: World, monday: Any) -> None:
    rule = a_rule(is_active=False)
    ticket = world.ticket()
    monday.shift(11 * MINUTE)
    assert fire_what_is_due() == 0
    EscalationRule.objects.filter(pk=rule.pk).update(is_active=True)
    actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
    assert fire_what_is_due() == 0


@pytest.mark.django_db
def test_a_handover_that_nobody_answers(world: World, monday: Any) -> None:
    a_rule(trigger="unaccepted", minutes=15, recipients=["team:ticket"])
    ticket = world.ticket()
    actions.take(ticket, actor=world.as_(world.nadia))
    monday.shift(timedelta(hours=1))
    assert fire_what_is_due() == 0
    actions.escalate(ticket, team=world.n2, observed="X", tried="Y", asked="Z", actor=world.as_(world.nadia))
    monday.shift(14 * MINUTE)
    assert fire_what_is_due() == 0
    monday.shift(MINUTE)
    assert fire_what_is_due() == 1
    assert whom(fired_on(ticket)[0]) == {"Benoît Rey"}


@pytest.mark.django_db
def test_a_requester_who_waits_is_counted_from_their_first_unanswered_word(world: World, monday: Any) -> None:
    a_rule(trigger="silent", minutes=60, recipients=["assignee"])
    ticket = world.ticket()
    actions.reply(ticket, text="Quel modèle ?", actor=world.as_(world.nadia))
    monday.shift(timedelta(hours=3))
    assert fire_what_is_due() == 0, "it is the requester's turn"
    actions.answer(ticket, text="Un 4050", actor=world.as_(world.alice))
    monday.shift(40 * MINUTE)
    actions.answer(ticket, text="Alors ?", actor=world.as_(world.alice))
    actions.note(ticket, text="Un mot entre nous ne compte pas.", actor=world.as_(world.nadia))
    monday.shift(20 * MINUTE)
    assert fire_what_is_due() == 1
    (event,) = fired_on(ticket)
    assert event.instant == NINE + timedelta(hours=4) and whom(event) == {"Nadia Keller"}


@pytest.mark.django_db
def test_a_silence_may_count_open_time_only(world: World, monday: Any) -> None:
    a_rule(minutes=60, in_coverage=True)
    monday.move_to(datetime(2026, 3, 2, 16, 30, tzinfo=UTC))  # 17:30: half an hour before closing
    ticket = world.ticket()
    monday.shift(timedelta(hours=10))
    assert fire_what_is_due() == 0
    monday.move_to(datetime(2026, 3, 3, 7, 30, tzinfo=UTC))
    assert fire_what_is_due() == 1
    assert fired_on(ticket)[0].instant == datetime(2026, 3, 3, 7, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_more_than_all_of_a_promise_and_one_level_of_it(world: World, monday: Any) -> None:
    a_rule(trigger="percent", metric="first_response", percent=200, priorities=[1])
    a_rule(name="Reprise N2", trigger="percent", metric="take_over:2", percent=50)
    ticket = world.ticket(impact=1, urgency=1)
    monday.shift(59 * MINUTE)
    assert fire_what_is_due() == 0
    monday.shift(MINUTE)
    assert fire_what_is_due() == 1
    assert fired_on(ticket)[0].instant == NINE + timedelta(hours=1)
    actions.escalate(ticket, team=world.n2, observed="X", tried="Y", asked="Z", actor=world.as_(world.nadia))
    monday.shift(8 * MINUTE)
    assert fire_what_is_due() == 1
    assert fired_on(ticket)[1].metric == "take_over"


@pytest.mark.django_db
def test_a_promise_that_was_kept_in_time_is_nobodys_matter(world: World, monday: Any) -> None:
    a_rule(trigger="percent", metric="first_response", percent=50)
    a_rule(name="Manqué", trigger="missed", metric="first_response")
    ticket = world.ticket(impact=1, urgency=1)
    monday.shift(14 * MINUTE)
    actions.reply(ticket, text="Nous regardons.", actor=world.as_(world.nadia))
    monday.shift(timedelta(days=2))
    assert fire_what_is_due() == 0


@pytest.mark.django_db
def test_whoever_is_on_call_for_a_p1_is_told_at_once_and_by_mail_in_their_language(world: World, monday: Any) -> None:
    Person.objects.filter(pk=world.elena.pk).update(language="en")
    quiet = {"begins": clock_time(0), "ends": clock_time(23, 59), "days": list(range(7))}
    for person in (world.elena, world.carla):
        QuietHours.objects.create(person=person, organisation=world.lemanique, **quiet)
    Rota.objects.create(
        name="N3", level=3, starts_on=date(2026, 3, 2), handover_weekday=0, handover_time=clock_time(8),
        person_ids=[world.elena.pk],
    )  # fmt: skip
    a_rule(recipients=["rota:level:3", "role:coordinator"])
    ticket = world.ticket(impact=1, urgency=1)
    do_jobs(queues=("reactions",))
    OutgoingMail.objects.all().delete()
    monday.shift(11 * MINUTE)
    fire_what_is_due()
    do_jobs(queues=("reactions",))
    told = {each.person_id: each for each in Notification.objects.filter(ticket=ticket, kind="escalation_rule")}
    assert set(told) == {world.elena.pk, world.carla.pk}
    assert told[world.elena.pk].is_urgent and not told[world.carla.pk].is_urgent
    assert "Nobody had taken it for 10 min" in told[world.elena.pk].words["message"]
    mail = OutgoingMail.objects.get(person=world.elena)
    assert "Sans personne" in mail.text and "Nobody had taken it" in mail.text
    assert not OutgoingMail.objects.filter(person=world.carla).exists(), "Carla's quiet hours hold"


@pytest.mark.django_db
def test_a_rule_may_stay_in_the_console(world: World, monday: Any) -> None:
    a_rule(by_mail=False)
    ticket = world.ticket()
    do_jobs(queues=("reactions",))
    OutgoingMail.objects.all().delete()
    monday.shift(11 * MINUTE)
    fire_what_is_due()
    do_jobs(queues=("reactions",))
    assert Notification.objects.get(ticket=ticket, kind="escalation_rule").person_id == world.carla.pk
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_what_a_rule_did_goes_along_when_the_ticket_moves(world: World, monday: Any) -> None:
    a_rule()
    ticket = world.ticket()
    monday.shift(11 * MINUTE)
    fire_what_is_due()
    actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
    do_jobs(queues=("reactions",))
    assert Firing.objects.get(ticket=ticket).organisation_id == world.rousseau.pk
    assert fire_what_is_due() == 0


@pytest.mark.django_db
def test_a_deleted_rule_leaves_its_entry_and_its_name(world: World, monday: Any) -> None:
    rule = a_rule()
    ticket = world.ticket()
    monday.shift(11 * MINUTE)
    fire_what_is_due()
    rule.delete()
    assert Firing.objects.get(ticket=ticket).rule_name == "Sans personne"
    assert fired_on(ticket)[0].rule_name == "Sans personne"


@pytest.mark.django_db
def test_the_questions_of_a_sweep_do_not_grow_with_the_tickets(world: World, monday: Any) -> None:
    a_rule(trigger="percent", metric="resolution", percent=75)

    def count() -> int:
        firing.forget()
        with CaptureQueriesContext(connection) as queries:
            fire_what_is_due()
        return len(queries)

    world.ticket()
    monday.shift(timedelta(days=1, hours=1))
    few = count()
    monday.move_to(NINE)
    for _n in range(8):
        world.ticket()
    monday.move_to(NINE + timedelta(days=1, hours=1))
    assert count() <= few


def test_the_sweep_comes_every_ten_seconds() -> None:
    from procrastinate.contrib.django import app

    assert app.periodic_registry.periodic_tasks[(fire_rules.name, "")].cron == "* * * * * */10"


SWEEP = "from entraide.automation.firing import fire_what_is_due as tell_what_is_due"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["recorded:2", "rule-fired:2"])
def test_two_workers_one_of_them_killed_fire_everything_once(world: World, place: str, monkeypatch: Any) -> None:
    """Each worker is a process of its own; the first is killed by SIGKILL before or after it commits its second entry."""
    from tests.clocks import test_telling

    monkeypatch.setattr(
        test_telling,
        "WORKER",
        test_telling.WORKER.replace("from entraide.tickets.clock_jobs import tell_what_is_due", SWEEP),
    )
    assert SWEEP in test_telling.WORKER
    with everything(), time_machine.travel(NINE, tick=False):
        a_rule()
        for _n in range(25):
            world.ticket()
    at = {"ENTRAIDE_CLOCK": (NINE + 11 * MINUTE).isoformat()}
    doomed = start_worker({**at, "ENTRAIDE_CRASH_AT": place})
    other = start_worker(at)
    for worker in (doomed, other):
        assert worker.stdout.readline() == b"ready\n"
    # The doomed one has a head start, else the other may leave it nothing to die at.
    doomed.stdin.close()
    until = time.monotonic() + 30
    while not told() and time.monotonic() < until:
        pass
    other.stdin.close()
    assert doomed.wait(60) == -9
    assert other.wait(60) == 0
    last = start_worker(at)
    last.stdin.close()
    assert last.wait(60) == 0
    assert len(told()) == 25 and set(told().values()) == {1}
    with everything():
        assert Firing.objects.count() == 25
        # And each coordinator hears of each ticket once, however often the job of the entry runs.
        for entry in TicketEntry.objects.filter(kind=FIRED):
            from entraide.automation.reactions import tell_of_rule

            tell_of_rule(entry)
        do_jobs(queues=("reactions",))
        assert Notification.objects.filter(kind="escalation_rule").count() == 25


def told() -> Counter[int]:
    """Return how often rules fired on each ticket."""
    with everything():
        return Counter(TicketEntry.objects.filter(kind=FIRED).values_list("ticket_id", flat=True))
