"""The screens of escalation rules and of their dry runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.automation.models import DryRun, EscalationRule, Firing, Rota
from entraide.core.clock import now
from entraide.people.models import Organisation, RoleGrant
from entraide.people.rights import Role
from entraide.tickets.events.rules import HierarchicallyEscalated
from tests.world import World, everything

pytestmark = pytest.mark.django_db

ALL = "/desk/settings/escalation/"
NEW = f"{ALL}new"
TYPED: dict[str, Any] = {
    "name": "Résolution en danger", "is_active": "on", "position": "10", "trigger": "percent", "metric": "resolution",
    "percent": "75", "duration": "10 min", "priorities": ["1", "2"], "recipients": ["role:coordinator"], "by_mail": "on",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_rules(world: World) -> None:
    with everything():
        EscalationRule.objects.all().delete()
    Rota.objects.all().delete()


@pytest.fixture
def adam(world: World, client: Client) -> Client:
    client.force_login(world.adam.account)  # type: ignore[attr-defined]
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def rule(adam: Client) -> EscalationRule:
    adam.post(NEW, TYPED)
    return EscalationRule.objects.get()


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return " ".join(text.split())


def at(rule: EscalationRule) -> str:
    return f"{ALL}{rule.pk}/"


def fires(rule: EscalationRule, world: World, *, ago: timedelta) -> None:
    with everything():
        ticket = world.ticket()
        Firing.objects.create(
            organisation_id=ticket.organisation_id, rule=rule, rule_name=rule.name, ticket=ticket, instant=now() - ago, fired_at=now() - ago, since=now() - ago
        )  # fmt: skip


def test_a_new_rule_is_kept_as_it_was_typed_and_stands_in_the_list_as_a_sentence(adam: Client, world: World) -> None:
    answer = adam.post(NEW, {**TYPED, "levels": ["2"], "kinds": ["incident"], "organisation_ids": [str(world.helvetia.pk)],
                             "team_ids": [str(world.n2.pk)], "recipients": ["role:coordinator", f"person:{world.benoit.pk}"]})  # fmt: skip
    assert answer.status_code == 302 and answer["Location"] == ALL
    made = EscalationRule.objects.get()
    assert (made.trigger, made.metric, made.percent, made.priorities, made.levels) == ("percent", "resolution", 75, [1, 2], [2])  # fmt: skip
    assert (made.kinds, made.organisation_ids, made.team_ids) == (["incident"], [world.helvetia.pk], [world.n2.pk])
    assert made.recipients == ["role:coordinator", f"person:{world.benoit.pk}"] and made.by_mail
    shown = page(adam.get(ALL))
    assert "When 75 % of “Resolution” is used up, for P1–P2, N2, Incident, Helvetia Fiduciaire, Systèmes: tell the coordinator and Benoît Rey, by mail, too" in shown  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"trigger": "missed", "metric": "", "priorities": []}, "When any promise is missed: tell the coordinator"),
        ({"trigger": "missed", "metric": "take_over:2", "priorities": ["1", "3"]}, "When “Taking over at N2” is missed, for P1, P3: tell"),
        ({"trigger": "unassigned", "duration": "10"}, "When nobody has taken the ticket for 10 min, for P1–P2: tell"),
        ({"trigger": "unaccepted", "duration": "1h30", "in_coverage": "on"}, "When a handover has not been answered for 1 h 30 of open time,"),
        ({"trigger": "silent", "duration": "2 h", "recipients": ["rota:level:2"]}, "has been waiting for an answer for 2 h, for P1–P2: tell whoever is on call at N2"),
    ],
)  # fmt: skip
def test_each_trigger_has_its_sentence(adam: Client, world: World, typed: dict[str, Any], sentence: str) -> None:
    assert adam.post(NEW, {**TYPED, **typed}).status_code == 302
    assert sentence in page(adam.get(ALL))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"trigger": ""}, "Choose what the rule waits for."),
        ({"percent": "201"}, "Ensure this value is less than or equal to 200."),
        ({"percent": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"percent": ""}, "Say how much of the promise, in percent."),
        ({"trigger": "unassigned", "duration": "soon"}, "“soon” is not a duration in whole minutes"),
        ({"trigger": "unassigned", "duration": ""}, "Say for how long."),
        ({"recipients": []}, "Choose at least one who is told."),
        ({"recipients": ["role:god"]}, "Select a valid choice. role:god is not one of the available choices."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_what_was_typed_is_kept(
    adam: Client, world: World, typed: dict[str, Any], sentence: str
) -> None:
    answer = adam.post(NEW, {**TYPED, "position": "77", **typed})
    shown = page(answer)
    assert answer.status_code == 422 and sentence in shown
    assert 'value="77"' in shown and 'value="2" id="id_priorities_1" checked' in shown
    assert not EscalationRule.objects.exists()


def test_what_the_trigger_does_not_look_at_is_not_complained_about_and_stays_as_it_was(
    adam: Client, rule: EscalationRule
) -> None:
    assert adam.post(at(rule), {**TYPED, "trigger": "silent", "percent": "9999", "duration": "45"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.trigger, rule.percent, rule.metric, rule.minutes) == ("silent", 75, "resolution", 45)


def test_two_rules_do_not_share_a_name(adam: Client, rule: EscalationRule) -> None:
    answer = adam.post(NEW, TYPED)
    assert answer.status_code == 422 and "There is a rule of this name already." in page(answer)
    assert adam.post(at(rule), {**TYPED, "percent": "80"}).status_code == 302
    assert EscalationRule.objects.get().percent == 80


def test_the_editor_shows_what_is_stored(adam: Client, rule: EscalationRule) -> None:
    shown = page(adam.get(at(rule)))
    assert 'value="role:coordinator" id="recipient-role-coordinator" checked' in shown
    assert 'value="percent"' in shown and 'name="percent" value="75"' in shown
    assert '<option value="resolution" selected>' in shown


def test_somebody_who_left_can_still_be_seen_and_taken_away(adam: Client, world: World, rule: EscalationRule) -> None:
    EscalationRule.objects.update(recipients=[f"person:{world.nils.pk}"])
    with everything():
        world.nils.is_active = False
        world.nils.save()
    shown = page(adam.get(at(rule)))
    assert "No longer there" in shown.split(f'value="person:{world.nils.pk}"')[0]
    assert "tell Nils Favre" in page(adam.get(ALL))
    assert adam.post(at(rule), {**TYPED, "recipients": [f"person:{world.nils.pk}", "assignee"]}).status_code == 302
    assert adam.post(at(rule), {**TYPED, "recipients": ["assignee"]}).status_code == 302


def test_deleting_a_rule_keeps_what_it_did_with_its_name(adam: Client, world: World, rule: EscalationRule) -> None:
    fires(rule, world, ago=timedelta(days=1))
    assert adam.post(at(rule), {"delete": "yes"}).status_code == 302
    assert not EscalationRule.objects.exists()
    with everything():
        assert Firing.objects.get().rule_name == "Résolution en danger"


def test_the_list_counts_what_each_rule_did_in_the_past_thirty_days(
    adam: Client, world: World, rule: EscalationRule
) -> None:
    fires(rule, world, ago=timedelta(days=29))
    fires(rule, world, ago=timedelta(days=2))
    fires(rule, world, ago=timedelta(days=31))
    assert "<b>2</b> <span>times in 30 days" in page(adam.get(ALL))


def test_the_list_asks_no_more_questions_for_more_rules(adam: Client, world: World, rule: EscalationRule) -> None:
    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            adam.get(ALL)
        return len(asked)

    EscalationRule.objects.update(
        recipients=["person:9999", "team:9999", "rota:9999"], organisation_ids=[world.rousseau.pk]
    )
    questions()
    before = questions()
    for number in range(5):
        adam.post(NEW, {**TYPED, "name": f"Règle {number}", "organisation_ids": [str(world.rousseau.pk)], "recipients": ["assignee", f"team:{world.n1.pk}"]})  # fmt: skip
    assert questions() == before


def test_who_may_edit_in_one_organisation_only_reads_the_rules_of_all(
    client: Client, world: World, rule: EscalationRule
) -> None:
    RoleGrant.objects.filter(person=world.adam).update(organisation=world.helvetia)
    assert client.get(ALL).status_code == 200
    assert "What would it have done?" not in page(client.get(at(rule)))
    for sent in ({**TYPED, "percent": "99"}, {**TYPED, "try": "yes"}, {"delete": "yes"}):
        assert client.post(at(rule), sent).status_code == 403
    rule.refresh_from_db()
    assert rule.percent == 75 and not DryRun.objects.exists()


def test_a_dry_run_tries_what_is_typed_and_saves_nothing(adam: Client, world: World) -> None:
    with everything():
        world.ticket()
    answer = adam.post(NEW, {**TYPED, "trigger": "unassigned", "duration": "1 min", "priorities": [], "try": "yes"})
    run = DryRun.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"{ALL}runs/{run.pk}/"
    assert (run.rule, run.rule_document["trigger"], run.started_by_id) == (None, "unassigned", world.adam.pk)
    assert not EscalationRule.objects.exists()
    back = page(adam.get(f"{NEW}?run={run.pk}"))
    assert 'value="Résolution en danger"' in back and 'value="1 min"' in back, "what was tried can be gone on with"


def test_a_dry_run_that_cannot_be_is_refused_like_saving(adam: Client, rule: EscalationRule) -> None:
    assert adam.post(at(rule), {**TYPED, "recipients": [], "try": "yes"}).status_code == 422
    assert not DryRun.objects.exists()


def run_of(world: World, rule: EscalationRule | None, **facts: Any) -> DryRun:
    document = {**TYPED, "percent": 75, "minutes": 10, "in_coverage": False, "priorities": [1], "levels": [], "kinds": [],
                "organisation_ids": [], "team_ids": [], "by_mail": True}  # fmt: skip
    return DryRun.objects.create(rule=rule, rule_document=document, started_at=now(), started_by=world.adam, **facts)


def test_a_run_shows_how_far_it_is_until_it_is_done(adam: Client, world: World, rule: EscalationRule) -> None:
    run = run_of(world, rule, total=400, done=100)
    shown = page(adam.get(f"{ALL}runs/{run.pk}/"))
    assert '<progress value="100" max="400"' in shown and 'hx-trigger="every 2s"' in shown
    assert "100 of 400 tickets are looked at. You may leave this page" in shown
    assert "still running" in page(adam.get(at(rule)))


def test_a_finished_run_shows_the_weeks_the_people_and_each_time(
    adam: Client, world: World, rule: EscalationRule
) -> None:
    with everything():
        number = world.ticket().number
    ten = datetime(2026, 3, 2, 9, tzinfo=UTC)
    instant = ten.isoformat()
    event = HierarchicallyEscalated(1, rule.name, "percent", ten, (), metric="resolution", percent=75, since=ten)
    result = {
        "weeks": [["2026-W09", 0], ["2026-W10", 4], ["2026-W11", 1]], "recipients": [["Carla Meier", 5]],
        "firings": [[number, instant, event.as_data()], [number, instant, "une phrase d'avant"]], "firings_total": 5,
    }  # fmt: skip
    run = run_of(world, rule, total=9, done=9, finished_at=now(), result=result)
    shown = page(adam.get(f"{ALL}runs/{run.pk}/"))
    assert "hx-trigger" not in shown.split('id="run"')[1].split("</main>")[0]
    assert "It would have spoken <b>5</b> times." in shown
    assert '<rect class="bar-fired" y="0" width="20" height="60"/>' in shown and "2.3." in shown
    assert '<th scope="row">Carla Meier</th><td>5</td>' in shown
    assert "75 % of “Resolution” was used up on 2 March 2026, 10:00" in shown and "une phrase d" in shown
    adam.cookies["django_language"] = "fr"
    assert "75 % de « Résolution » étaient écoulés le 02/03/2026 10:00" in page(adam.get(f"{ALL}runs/{run.pk}/"))
    adam.cookies["django_language"] = "en"
    assert f"-{number}</td>" in shown and f"/desk/tickets/{number}/" not in shown, "an administrator sees no tickets"
    assert "5 times" in page(adam.get(at(rule)))
    RoleGrant.objects.create(person=world.adam, role=Role.TECHNICIAN)
    assert f'href="/desk/tickets/{number}/"' in page(adam.get(f"{ALL}runs/{run.pk}/"))


def test_the_run_is_not_shown_to_who_edits_in_one_organisation(client: Client, world: World, adam: Client) -> None:
    run = run_of(world, None)
    RoleGrant.objects.filter(person=world.adam).update(organisation=world.helvetia)
    assert adam.get(f"{ALL}runs/{run.pk}/").status_code == 403
    assert adam.get(f"{ALL}runs/999999/").status_code == 404


def test_the_page_stays_light_with_many_organisations(adam: Client, rule: EscalationRule) -> None:
    Organisation.objects.bulk_create(Organisation(name=f"Client {number:03}") for number in range(200))
    assert len(adam.get(at(rule)).content) < 100 * 1024
