"""Major incidents: who may declare them, whom they tell, what follows them, and the review before the closing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from entraide.channels.email.models import OutgoingMail
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.core.scope import Scope, scoped
from entraide.notifications.models import Notification
from entraide.tickets import actions, queries
from entraide.tickets.clock_jobs import tell_what_is_due
from entraide.tickets.clocks import differences
from entraide.tickets.jobs import close_resolved_tickets
from entraide.tickets.models import Ticket
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Geneva


@pytest.fixture
def major(world: World) -> Ticket:
    """Alice's P1, led by Elena for the second level, with Claire as client contact, told of every half hour."""
    with everything():
        ticket = world.ticket(impact=1, urgency=1, subject="Plus de réseau")
        do_jobs()
        declare(world, ticket)
    return ticket


def declare(world: World, ticket: Ticket, **facts: Any) -> Any:
    known = {
        "lead": world.elena, "teams": [world.n2], "contacts": [world.claire], "rhythm_minutes": 30,
        "text": "Le réseau de Plainpalais est coupé.", "actor": world.as_(world.carla),
    }  # fmt: skip
    return actions.declare_major(ticket, **{**known, **facts})


def mails(template: str) -> set[str]:
    with everything():
        return {mail.recipient.split("@")[0] for mail in OutgoingMail.objects.filter(template=template)}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"text": "  "}, "text"),
        ({"rhythm_minutes": 4}, "rhythm_minutes"),
        ({"rhythm_minutes": 1441}, "rhythm_minutes"),
    ],
)
def test_what_is_missing_is_said_by_field(world: World, facts: dict[str, Any], field: str) -> None:
    with everything():
        ticket = world.ticket(impact=1, urgency=1)
        with pytest.raises(Refused) as refused:
            declare(world, ticket, **facts)
        assert refused.value.field == field
        assert Ticket.objects.get(pk=ticket.pk).major_since is None


def test_only_an_open_p1_is_declared_and_only_once(world: World, major: Ticket) -> None:
    with everything():
        with pytest.raises(Refused, match="P1"):
            declare(world, world.ticket(impact=1, urgency=2))
        with pytest.raises(Conflict):
            declare(world, major)
        with pytest.raises(NotAllowed):
            declare(world, world.ticket(impact=1, urgency=1), actor=world.as_(world.alice))


def test_a_coordinator_of_one_client_names_a_lead_of_the_desk(world: World) -> None:
    with everything():
        ticket = world.ticket(impact=1, urgency=1)
    cora = world.add(world.lemanique, "Cora Petit", "coordinator", only_in=world.helvetia)
    with scoped(Scope.of(world.helvetia.pk)):
        declare(world, ticket, actor=world.as_(cora))
        assert ticket.major_lead_id == world.elena.pk


def test_the_lead_the_teams_the_requester_and_the_contacts_are_told_once(world: World, major: Ticket) -> None:
    do_jobs()
    do_jobs()
    with everything():
        told = {(each.kind, each.person.name.split()[0]) for each in Notification.objects.filter(kind="major_incident")}
    assert told == {("major_incident", "Elena"), ("major_incident", "Benoît")}
    assert mails("major_declared") == {"elena", "benoit"}
    assert mails("major_update") == {"alice"}
    assert mails("major_news") == {"claire"}
    with everything():
        assert "/t/" not in OutgoingMail.objects.get(template="major_news").text, "the link is for who is on the ticket"


def test_of_another_rhythm_nobody_is_told_again_and_of_another_lead_or_team_only_those(
    world: World, major: Ticket
) -> None:
    def told_by(**change: Any) -> set[str]:
        known = {"lead": world.elena, "teams": [world.n2], "contacts": [world.claire], "rhythm_minutes": 30}
        with everything():
            Notification.objects.all().delete()
            actions.change_major(major, **{**known, **change}, actor=world.as_(world.carla))
            do_jobs()
            return {each.person.name.split()[0] for each in Notification.objects.filter(kind="major_incident")}

    do_jobs()
    assert told_by(rhythm_minutes=60) == set()
    assert told_by(lead=world.benoit, rhythm_minutes=60) == {"Benoît"}
    assert "Nadia" in told_by(lead=world.benoit, teams=[world.n1, world.n2], rhythm_minutes=60)


def test_the_public_is_owed_a_word_in_the_promised_rhythm(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        declare(world, ticket)
        due = [row.due_at for row in ticket.clocks.filter(metric="update_rhythm", state="running")]
        assert due == [NINE + timedelta(minutes=30)]
        traveller.shift(timedelta(minutes=20))
        actions.update_major(ticket, text="Un câble est coupé.", actor=world.as_(world.elena))
        rounds = {row.state: row.due_at for row in ticket.clocks.filter(metric="update_rhythm")}
        assert rounds["running"] == NINE + timedelta(minutes=50)
        assert "met" in rounds
        traveller.shift(timedelta(minutes=31))
        tell_what_is_due()
        missed = [entry.event for entry in ticket.timeline().filter(kind="clock_breached")]
        assert "update_rhythm" in {event.metric for event in missed}
        actions.stand_down(ticket, reason="Un seul poste.", actor=world.as_(world.carla))
        assert not ticket.clocks.filter(metric="update_rhythm", state="running").exists()
        assert differences(Ticket.objects.get(pk=ticket.pk)) == []


def test_a_reply_to_one_requester_is_no_update_of_the_public(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        declare(world, ticket)
        traveller.shift(timedelta(minutes=20))
        actions.reply(ticket, text="Redémarrez le boîtier ?", actor=world.as_(world.nadia))
        (clock,) = ticket.clocks.filter(metric="update_rhythm")
        assert (clock.state, clock.due_at) == ("running", NINE + timedelta(minutes=30))
        traveller.shift(timedelta(minutes=5))
        actions.resolve(ticket, code="solved", text="Rétabli.", actor=world.as_(world.elena))
        assert [each.state for each in ticket.clocks.filter(metric="update_rhythm")] == ["met"]
        assert differences(Ticket.objects.get(pk=ticket.pk)) == []


def test_an_open_major_stays_a_p1(world: World, major: Ticket) -> None:
    carla = world.as_(world.carla)
    with everything():
        with pytest.raises(Refused, match="incident majeur est un P1") as refused:
            actions.set_priority(major, priority=3, reason="Moins grave", actor=carla)
        assert refused.value.field == "priority"
        with pytest.raises(Refused, match="incident majeur est un P1"):
            actions.edit(major, changes={"impact": 3}, actor=carla)
        actions.set_priority(major, priority=1, reason="Un incident majeur", actor=carla)
        actions.edit(major, changes={"impact": 3}, actor=carla)
        with pytest.raises(Refused, match="incident majeur est un P1"):
            actions.set_priority(major, priority=None, actor=carla)
        actions.stand_down(major, reason="Un seul poste.", actor=carla)
        actions.set_priority(major, priority=3, reason="Moins grave", actor=carla)
        assert Ticket.objects.get(pk=major.pk).priority == 3


def test_the_rhythm_is_the_agreements_unless_the_lead_chooses_another(world: World) -> None:
    with everything():
        ticket = world.ticket(impact=1, urgency=1)
        declare(world, ticket, rhythm_minutes=None)
        assert Ticket.objects.get(pk=ticket.pk).major_rhythm_minutes == 60


def test_a_ticket_that_follows_hears_the_news_and_is_resolved_with_the_major(world: World, major: Ticket) -> None:
    with everything():
        other = world.ticket(world.zoe, subject="Pas d'Internet")
        actions.follow(other, major=major, actor=world.as_(world.nadia))
        do_jobs()
        actions.update_major(major, text="Un câble est coupé.", actor=world.as_(world.elena))
        do_jobs()
        do_jobs()
        shared = [entry.event.text for entry in other.timeline().filter(kind="major_update_shared")]
        assert shared == ["Le réseau de Plainpalais est coupé.", "Un câble est coupé."]
        assert "zoe" in mails("major_update")
        actions.resolve(major, code="solved", text="Le câble est remplacé.", actor=world.as_(world.elena))
        do_jobs()
        do_jobs()
        followed = Ticket.objects.get(pk=other.pk)
        assert (followed.status, followed.resolution) == ("resolved", "Le câble est remplacé.")
        assert followed.timeline().filter(kind="resolved").count() == 1
        assert mails("resolved") >= {"alice", "zoe"}
        assert differences(followed) == []


def test_a_ticket_that_cannot_be_resolved_with_the_major_says_why_it_stays_open(world: World, major: Ticket) -> None:
    with everything():
        other, nadia = world.ticket(world.zoe), world.as_(world.nadia)
        actions.follow(other, major=major, actor=nadia)
        actions.escalate(other, team=world.n2, observed="a", tried="b", asked="c", actor=nadia)
        actions.resolve(major, code="solved", text="Fait.", actor=world.as_(world.elena))
        do_jobs()
        do_jobs()
        assert Ticket.objects.get(pk=other.pk).is_open
        notes = [entry.event.text for entry in other.timeline().filter(kind="note_added")]
        assert len(notes) == 1 and major.reference in notes[0]


def test_a_ticket_that_was_unlinked_stays_open(world: World, major: Ticket) -> None:
    with everything():
        other = world.ticket(world.zoe)
        actions.follow(other, major=major, actor=world.as_(world.nadia))
        actions.unfollow(other, actor=world.as_(world.nadia))
        actions.resolve(major, code="solved", text="Fait.", actor=world.as_(world.elena))
        do_jobs()
        assert Ticket.objects.get(pk=other.pk).is_open


def test_standing_down_is_told_to_each_once_and_shown_where_they_look(world: World, major: Ticket) -> None:
    with everything():
        other = world.ticket(world.zoe, subject="Pas d'Internet")
        actions.follow(other, major=major, actor=world.as_(world.nadia))
        actions.take(other, actor=world.as_(world.nadia))
        do_jobs()
        Notification.objects.all().delete()
        actions.stand_down(major, reason="Un seul poste était débranché.", actor=world.as_(world.carla))
        do_jobs()
        do_jobs()
        told = [(each.template, each.person.name.split()[0]) for each in Notification.objects.order_by("pk")]
    assert sorted(told) == [
        ("major_follower_staff", "Nadia"), ("major_stood_down_staff", "Benoît"), ("major_stood_down_staff", "Elena"),
    ]  # fmt: skip
    assert mails("major_stood_down_staff") == {"elena", "benoit"}
    assert mails("major_stood_down") == {"alice"}
    assert mails("major_stood_down_news") == {"claire"}
    assert mails("major_stood_down_follower") == {"zoe"}
    with everything():
        words = OutgoingMail.objects.get(template="major_stood_down_news").text
        assert "Un seul poste était débranché." in words and "/t/" not in words
        assert OutgoingMail.objects.filter(template__startswith="major_stood_down").count() == 5
    for person, ticket, kind in (
        (world.alice, major, "major_stood_down"), (world.zoe, other, "major_standing_down_shared"),
    ):  # fmt: skip
        with world.scope_of(person):
            seen = queries.timeline_for(ticket, actor=world.as_(person)).filter(kind=kind)
            assert [each.event.reason for each in seen] == ["Un seul poste était débranché."]


def test_who_watches_and_leads_gets_one_mail_of_the_standing_down(world: World, major: Ticket) -> None:
    with everything():
        actions.watch(major, person=world.elena, actor=world.as_(world.carla))
        actions.stand_down(major, reason="Un seul poste.", actor=world.as_(world.carla))
        do_jobs()
        mails_to_elena = OutgoingMail.objects.filter(
            recipient__startswith="elena@", template__startswith="major_stood_down"
        )
        assert [mail.template for mail in mails_to_elena] == ["major_stood_down_staff"]


def test_a_ticket_that_was_unlinked_before_hears_nothing_of_the_standing_down(world: World, major: Ticket) -> None:
    with everything():
        other = world.ticket(world.zoe)
        actions.follow(other, major=major, actor=world.as_(world.nadia))
        actions.unfollow(other, actor=world.as_(world.nadia))
        actions.stand_down(major, reason="Un seul poste.", actor=world.as_(world.carla))
        do_jobs()
    assert mails("major_stood_down_follower") == set()


def test_standing_down_lets_the_followers_go(world: World, major: Ticket) -> None:
    with everything():
        other = world.ticket(world.zoe)
        actions.follow(other, major=major, actor=world.as_(world.nadia))
        actions.stand_down(major, reason="Un seul poste.", actor=world.as_(world.carla))
        do_jobs()
        assert Ticket.objects.get(pk=other.pk).follows_id is None


def test_nothing_follows_itself_a_follower_or_what_is_no_major(world: World, major: Ticket) -> None:
    with everything():
        nadia = world.as_(world.nadia)
        plain, second = world.ticket(), world.ticket(impact=1, urgency=1)
        declare(world, second)
        for ticket, target in ((major, major), (second, major), (plain, world.ticket())):
            with pytest.raises(Refused):
                actions.follow(ticket, major=target, actor=nadia)
        actions.follow(plain, major=major, actor=nadia)
        with pytest.raises(Conflict):
            actions.follow(plain, major=major, actor=nadia)


def test_a_major_is_not_closed_by_anybody_before_its_review(world: World, major: Ticket) -> None:
    with everything():
        carla, alice = world.as_(world.carla), world.as_(world.alice)
        with pytest.raises(Refused):
            actions.review_major(major, happened="a", why="b", changes="c", actor=carla)
        actions.resolve(major, code="solved", text="Fait.", actor=world.as_(world.elena))
        for close in (lambda: actions.close(major, actor=carla), lambda: actions.confirm(major, actor=alice)):
            with pytest.raises(Refused) as refused:
                close()
            assert refused.value.field == "review"
        with pytest.raises(Refused) as refused:
            actions.review_major(major, happened="Câble coupé", why=" ", changes="c", actor=carla)
        assert refused.value.field == "why"
        actions.review_major(major, happened="Câble coupé", why="Chantier", changes="Second câble", actor=carla)
        actions.review_major(major, happened="Câble coupé", why="Chantier", changes="Deux liens", actor=carla)
        review = queries.review_of(major)
        assert review is not None and review.changes == "Deux liens"
        actions.close(major, actor=carla)
        assert Ticket.objects.get(pk=major.pk).status == "closed"


def test_reopening_asks_for_another_review(world: World, major: Ticket) -> None:
    with everything():
        carla = world.as_(world.carla)
        actions.resolve(major, code="solved", text="Fait.", actor=carla)
        actions.review_major(major, happened="a", why="b", changes="c", actor=carla)
        actions.reopen(major, text="Encore coupé.", actor=world.as_(world.alice))
        actions.resolve(major, code="solved", text="Fait.", actor=carla)
        with pytest.raises(Refused):
            actions.close(major, actor=carla)


def test_the_automatic_closing_leaves_it_and_closes_the_others(world: World, major: Ticket) -> None:
    with everything():
        other = world.ticket()
        for ticket in (major, other):
            actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.elena))
        with time_machine.travel(datetime.now(UTC) + timedelta(days=90)):
            assert close_resolved_tickets() == 1
        assert Ticket.objects.get(pk=major.pk).status == "resolved"


def test_a_major_concerns_the_organisations_of_the_tickets_that_follow_it(world: World, major: Ticket) -> None:
    with everything():
        actions.follow(world.ticket(world.zoe), major=major, actor=world.as_(world.nadia))
    for person, concerned in ((world.alice, True), (world.bob, True), (world.zoe, True), (world.nadia, True)):
        with world.scope_of(person):
            found = queries.majors_for(world.as_(person))
        assert ([each.pk for each in found] == [major.pk]) is concerned, person.name
    with everything():
        stranger = world.add(world.lemanique, "Yves Noir")
    with world.scope_of(stranger):
        assert queries.majors_for(world.as_(stranger)) == []
