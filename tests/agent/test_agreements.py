"""Agreements at the desk: the table of promises, versions, places, and open tickets put under a newer version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from entraide.agent.agreement_words import calendars_used, differences, in_words
from entraide.agent.calendar_words import open_days
from entraide.contracts.holding import agreement_for
from entraide.core.clock import now
from entraide.people.models import Organisation, Site
from entraide.people.rights import Role
from entraide.sla.models import Agreement, AgreementAssignment, CoverageCalendar, Retargeting
from entraide.sla.problems import CoverageError, Problem
from entraide.sla.promises import read_targets
from entraide.sla.publishing import publish_agreement, publish_calendar
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from entraide.tickets.retargeting_jobs import do_batch, start, waiting
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def adam(world: World, client: Client) -> Client:
    """The administrator, who reads English."""
    client.force_login(world.adam.account)  # type: ignore[attr-defined]
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def office(world: World) -> Agreement:
    return Agreement.objects.get(is_default=True)


@pytest.fixture
def always(world: World) -> Agreement:
    return Agreement.objects.get(is_default=False)


def page_of(agreement: Agreement) -> str:
    return reverse("agent:agreement", args=[agreement.pk])


def form_of(agreement: Agreement, **changes: str) -> dict[str, str]:
    """Return what the page sends when nothing is changed but `changes`."""
    current = agreement.current
    document = current.document
    fields = {
        "seen": str(current.number),
        "name": agreement.name,
        "description": agreement.description,
        "is_active": "on" if agreement.is_active else "",
        "vip_raise": str(document["vip_raise"]),
        "warn_percent": str(document["warn_percent"]),
        "reason": "",
    }
    for target in read_targets(document):
        fields[f"promise-{target.metric}-{target.level}-{target.kind}-{target.priority}"] = str(target.minutes)
        fields[f"calendar_{target.priority}"] = str(target.calendar)
    for impact in (1, 2, 3):
        for urgency in (1, 2, 3):
            fields[f"matrix_{impact}_{urgency}"] = str(document["matrix"][impact - 1][urgency - 1])
    return {name: value for name, value in (fields | changes).items() if value or name not in changes}


def minutes_of(agreement: Agreement, metric: str, priority: int, kind: str = "", level: int = 0) -> int | None:
    found = {
        (each.metric, each.priority, each.kind, each.level): each.minutes
        for each in read_targets(agreement.current.document)
    }
    return found.get((metric, priority, kind, level))


def publish(agreement: Agreement, like: Agreement, **changes: Any) -> Any:
    document = like.current.document
    newest = agreement.versions.first()
    facts: dict[str, Any] = {
        "targets": read_targets(document),
        "matrix": document["matrix"],
        "vip_raise": document["vip_raise"],
        "warn_percent": document["warn_percent"],
    }
    return publish_agreement(agreement, **{**facts, **changes}, by=None, seen=newest.number if newest else 0)


def test_the_list_shows_what_is_promised_and_for_how_many(world: World, adam: Client, always: Agreement) -> None:
    with everything():
        AgreementAssignment.objects.create(agreement=always, organisation=world.helvetia)
        AgreementAssignment.objects.create(agreement=always, organisation=world.rousseau, site=world.carouge)
    page = adam.get("/desk/settings/agreements/").content.decode()
    assert "for everybody else" in page
    assert "30 min" in page and "48 h" in page
    assert "1 organisation · 1 site" in page
    assert "24/7 v1" in page


def test_the_list_asks_no_more_for_more_agreements(world: World, adam: Client, office: Agreement) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert adam.get("/desk/settings/agreements/").status_code == 200
        return len(asked)

    queries()
    few = queries()
    for n in range(5):
        copy = Agreement.objects.create(name=f"Contrat {n}")
        publish(copy, office)
        with everything():
            place = Organisation.objects.create(name=f"Client {n}")
            AgreementAssignment.objects.create(agreement=copy, organisation=place)
    assert queries() == few


def test_the_page_asks_no_more_for_more_places_and_versions(world: World, adam: Client, always: Agreement) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert adam.get(page_of(always)).status_code == 200
        return len(asked)

    with everything():
        # Where it holds for nobody there is nothing to ask about open tickets.
        AgreementAssignment.objects.create(agreement=always, organisation=world.rousseau)
    queries()
    few = queries()
    for n in range(4):
        publish(always, always, vip_raise=n % 2)
        with everything():
            place = Organisation.objects.create(name=f"Client {n}")
            site = Site.objects.create(organisation=place, name="Nord")
            AgreementAssignment.objects.create(agreement=always, organisation=place, site=site)
    assert queries() == few


def test_a_change_is_a_new_version_with_its_reason(world: World, adam: Client, office: Agreement) -> None:
    form = form_of(
        office, **{"promise-resolution-0--1": "2 h", "promise-first_response-0--1": "0:15", "reason": "Avenant 2"}
    )
    assert adam.post(page_of(office), form).status_code == 302
    current = office.current
    assert (current.number, current.reason, current.published_by_id) == (2, "Avenant 2", world.adam.pk)
    assert minutes_of(office, "resolution", 1) == 120
    assert minutes_of(office, "first_response", 1) == 15
    assert minutes_of(office, "resolution", 2) == 480
    assert office.versions.get(number=1).document["targets"] != current.document["targets"]


def test_saving_what_has_not_changed_makes_no_version(world: World, adam: Client, office: Agreement) -> None:
    assert adam.post(page_of(office), form_of(office, description="Pour tous")).status_code == 302
    office.refresh_from_db()
    assert (office.current.number, office.description) == (1, "Pour tous")


def test_hours_a_matrix_and_a_vip_are_chosen_per_agreement(world: World, adam: Client, office: Agreement) -> None:
    always = CoverageCalendar.objects.get(name="24/7")
    changes = {
        "calendar_1": str(always.pk),
        "matrix_3_1": "2",
        "matrix_2_2": "2",
        "vip_raise": "2",
        "warn_percent": "60",
    }
    assert adam.post(page_of(office), form_of(office, **changes)).status_code == 302
    document = office.current.document
    assert {each.calendar for each in read_targets(document) if each.priority == 1} == {always.pk}
    assert document["matrix"] == [[1, 2, 3], [2, 2, 3], [2, 3, 4]]
    assert (document["vip_raise"], document["warn_percent"]) == (2, 60)
    assert str(always.pk) in document["calendars"]


def test_a_row_for_one_kind_of_ticket_is_added_without_saving_and_then_saved(
    world: World, adam: Client, office: Agreement
) -> None:
    form = form_of(office, **{"promise-resolution-0--2": "bientôt"})
    answer = adam.post(page_of(office), form | {"add": "yes", "add_row": "take_over-2-incident"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="promise-take_over-2-incident-1"' in page
    assert 'value="bientôt"' in page
    assert office.current.number == 1
    form = form_of(office, **{"promise-take_over-2-incident-1": "10"})
    assert adam.post(page_of(office), form).status_code == 302
    assert minutes_of(office, "take_over", 1, "incident", 2) == 10
    assert 'name="promise-take_over-2-incident-1"' in adam.get(page_of(office)).content.decode()


def test_days_are_the_hours_that_the_chosen_calendar_opens_on_a_day(
    world: World, adam: Client, office: Agreement, always: Agreement
) -> None:
    round_the_clock = form_of(always)["calendar_1"]
    typed = {"promise-resolution-0--3": "2 j", "promise-resolution-0--1": "2 d", "calendar_1": round_the_clock}
    assert adam.post(page_of(office), form_of(office, **typed)).status_code == 302
    one_day = open_days(CoverageCalendar.objects.get(pk=form_of(office)["calendar_3"]).current.document["hours"])[0]
    assert one_day < 1440
    assert minutes_of(office, "resolution", 3) == 2 * one_day
    assert minutes_of(office, "resolution", 1) == 48 * 60


def test_an_emptied_row_promises_nothing(world: World, adam: Client, office: Agreement) -> None:
    emptied = {f"promise-resolution-0-request-{priority}": "" for priority in (1, 2, 3, 4)}
    assert adam.post(page_of(office), form_of(office, **emptied)).status_code == 302
    assert minutes_of(office, "resolution", 1, "request") is None
    assert 'name="promise-resolution-0-request-1"' not in adam.get(page_of(office)).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"promise-resolution-0--1": "soon"}, "“soon” is not a duration"),
        ({"promise-resolution-0--1": "0"}, "at least one minute"),
        ({"promise-resolution-0--1": "3 d", "calendar_1": ""}, "How long is a day in “3 d”?"),
        ({"promise-resolution-0--1": "9000 h"}, "more than a year"),
        ({"promise-first_response-0--1": "9 h"}, "P1: the first response may not take longer than the resolution."),
        ({"matrix_1_1": "4"}, "may not give a lower priority"),
        ({"matrix_1_1": "7"}, "Select a valid choice"),
        ({"warn_percent": "100"}, "less than or equal to 99"),
        ({"vip_raise": "9"}, "Select a valid choice"),
        ({"calendar_2": ""}, "This field is required"),
        ({"calendar_2": "999999"}, "Select a valid choice"),
        ({"name": "24/7 P1"}, "There is an agreement of this name already"),
        ({"name": ""}, "This field is required"),
        ({"is_active": ""}, "make another one the default first"),
    ],
)
def test_what_cannot_be_promised_is_refused_and_what_was_typed_is_kept(
    world: World, adam: Client, office: Agreement, changes: dict[str, str], words: str
) -> None:
    form = form_of(office, **{"promise-on_site_arrival-0--4": "77 h", "reason": "À moitié"}) | changes
    answer = adam.post(page_of(office), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="77 h"' in page and 'value="À moitié"' in page
    office.refresh_from_db()
    assert (office.current.number, office.name, office.is_active) == (1, "Heures ouvrables", True)


def test_a_priority_without_any_promise_is_refused(world: World, adam: Client, office: Agreement) -> None:
    form = {
        name: value
        for name, value in form_of(office).items()
        if not (name.startswith("promise-") and name.endswith("--3"))
    }
    answer = adam.post(page_of(office), form)
    assert answer.status_code == 422
    assert "Nothing is promised for P3" in answer.content.decode()


def test_the_names_inside_a_sentence_are_translated_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entraide.agent.agreement_words._", lambda text: {"Resolution": "Résolution"}.get(text, text))
    assert in_words(CoverageError(Problem("%(metric)s, %(x)s", {"metric": "Resolution", "x": "P1"}))) == [
        "Résolution, P1"
    ]


def test_whoever_was_slower_is_told_and_keeps_what_they_typed(world: World, adam: Client, office: Agreement) -> None:
    form = form_of(office, **{"promise-resolution-0--1": "3 h"})
    publish(office, office, vip_raise=1)
    answer = adam.post(page_of(office), form)
    assert answer.status_code == 409
    assert "Somebody else has just changed" in answer.content.decode()
    assert 'value="3 h"' in answer.content.decode()
    assert office.current.number == 2


def test_a_new_agreement_begins_with_its_first_version(world: World, adam: Client, office: Agreement) -> None:
    assert adam.get("/desk/settings/agreements/new").status_code == 200
    form = form_of(office, name="Or", seen="0")
    answer = adam.post("/desk/settings/agreements/new", form)
    made = Agreement.objects.get(name="Or")
    assert answer["Location"] == page_of(made)
    assert (made.current.number, made.is_default) == (1, False)


def test_nothing_is_left_of_a_new_agreement_that_was_refused(world: World, adam: Client, office: Agreement) -> None:
    answer = adam.post("/desk/settings/agreements/new", form_of(office, name="Or", **{"matrix_1_1": "4"}))
    assert answer.status_code == 422
    assert 'value="Or"' in answer.content.decode()
    assert not Agreement.objects.filter(name="Or").exists()


def test_the_default_passes_from_one_to_another(
    world: World, adam: Client, office: Agreement, always: Agreement
) -> None:
    assert adam.post(reverse("agent:agreement-default", args=[always.pk])).status_code == 302
    assert [each.pk for each in Agreement.objects.filter(is_default=True)] == [always.pk]
    office.refresh_from_db()
    assert adam.post(page_of(office), form_of(office, is_active="")).status_code == 302
    answer = adam.post(reverse("agent:agreement-default", args=[office.pk]), follow=True)
    assert "Only an active agreement can be the default." in answer.content.decode()
    assert Agreement.objects.get(is_default=True).pk == always.pk


def test_who_administers_one_organisation_reads_agreements_and_changes_none(
    world: World, client: Client, office: Agreement, always: Agreement
) -> None:
    limited = world.add(world.lemanique, "Léo Petit", Role.ADMINISTRATOR, only_in=world.helvetia)
    client.force_login(limited.account)  # type: ignore[attr-defined]
    assert client.get(page_of(office)).status_code == 200
    assert client.post(page_of(office), form_of(office, vip_raise="3")).status_code == 403
    assert client.post(reverse("agent:agreement-default", args=[always.pk])).status_code == 403
    assert client.post(reverse("agent:retargeting", args=[office.pk]), {"version": "1"}).status_code == 403
    places = reverse("agent:agreement-places", args=[always.pk])
    assert client.post(places, {"organisation": world.rousseau.pk}).status_code == 422
    assert client.post(places, {"organisation": world.helvetia.pk}).status_code == 302
    assert office.current.number == 1
    with everything():
        assert [each.organisation_id for each in AgreementAssignment.objects.all()] == [world.helvetia.pk]


def test_an_agreement_is_assigned_to_an_organisation_and_to_a_site(
    world: World, adam: Client, always: Agreement, office: Agreement
) -> None:
    places = reverse("agent:agreement-places", args=[always.pk])
    assert adam.post(places, {"organisation": world.helvetia.pk}).status_code == 302
    places_of_office = reverse("agent:agreement-places", args=[office.pk])
    assert (
        adam.post(places_of_office, {"organisation": world.helvetia.pk, "site": world.plainpalais.pk}).status_code
        == 302
    )
    with everything():
        assert agreement_for(world.helvetia.pk, site_id=None) == always
        assert agreement_for(world.helvetia.pk, site_id=world.plainpalais.pk) == office
        given = AgreementAssignment.objects.get(site=None)
    assert "Helvetia Fiduciaire" in adam.get(page_of(always)).content.decode()
    assert adam.post(places, {"remove": given.pk}).status_code == 302
    with everything():
        assert agreement_for(world.helvetia.pk, site_id=None) == office


@pytest.mark.parametrize("site", [False, True])
def test_two_agreements_for_one_place_are_refused_in_words(
    world: World, adam: Client, always: Agreement, office: Agreement, site: bool
) -> None:
    place = {"organisation": world.helvetia.pk} | ({"site": world.plainpalais.pk} if site else {})
    assert adam.post(reverse("agent:agreement-places", args=[always.pk]), place).status_code == 302
    answer = adam.post(reverse("agent:agreement-places", args=[office.pk]), place)
    assert answer.status_code == 409
    assert "has the agreement “24/7 P1” already" in answer.content.decode()
    with everything():
        assert AgreementAssignment.objects.get().agreement_id == always.pk


def test_a_site_of_another_organisation_is_refused(world: World, adam: Client, always: Agreement) -> None:
    place = {"organisation": world.helvetia.pk, "site": world.carouge.pk}
    answer = adam.post(reverse("agent:agreement-places", args=[always.pk]), place)
    assert answer.status_code == 422
    assert "Carouge is not a site of Helvetia Fiduciaire." in answer.content.decode()
    answer = adam.post(
        reverse("agent:organisation-agreement", args=[world.helvetia.pk]),
        {"agreement": always.pk, "site": world.carouge.pk},
    )
    assert answer.status_code == 422
    with everything():
        assert not AgreementAssignment.objects.exists()


def test_an_inactive_agreement_is_assigned_to_nobody(world: World, adam: Client, always: Agreement) -> None:
    Agreement.objects.filter(pk=always.pk).update(is_active=False)
    answer = adam.post(reverse("agent:agreement-places", args=[always.pk]), {"organisation": world.helvetia.pk})
    assert answer.status_code == 422
    assert "Only an active agreement can be assigned." in answer.content.decode()


def test_the_organisations_page_shows_and_chooses_its_agreement(
    world: World, adam: Client, always: Agreement, office: Agreement
) -> None:
    page = reverse("agent:organisation", args=[world.helvetia.pk])
    choose = reverse("agent:organisation-agreement", args=[world.helvetia.pk])
    assert "the agreement for everybody else" in adam.get(page).content.decode()
    assert adam.post(choose, {"agreement": always.pk}).status_code == 302
    assert "“24/7 P1” holds." in adam.get(page).content.decode()
    assert adam.post(choose, {"agreement": office.pk}).status_code == 409
    with everything():
        given = AgreementAssignment.objects.get()
    assert adam.post(choose, {"remove": given.pk}).status_code == 302
    assert "the agreement for everybody else" in adam.get(page).content.decode()


def test_a_coordinator_sees_an_organisations_agreement_without_choosing_it(
    world: World, client: Client, always: Agreement
) -> None:
    with everything():
        AgreementAssignment.objects.create(agreement=always, organisation=world.helvetia)
    client.force_login(world.carla.account)  # type: ignore[attr-defined]
    page = client.get(reverse("agent:organisation", args=[world.helvetia.pk])).content.decode()
    choose = reverse("agent:organisation-agreement", args=[world.helvetia.pk])
    assert "24/7 P1" in page
    assert choose not in page
    assert client.post(choose, {"agreement": always.pk}).status_code == 404


def test_an_earlier_version_can_be_read(world: World, adam: Client, office: Agreement) -> None:
    publish(office, office, vip_raise=2)
    page = adam.get(reverse("agent:agreement-version", args=[office.pk, 1])).content.decode()
    assert "version 1" in page and "<input" not in page.split("<main")[1].split("</main>")[0]
    page = adam.get(reverse("agent:agreement-version", args=[office.pk, 2])).content.decode()
    assert "A VIP raises the priority by 0 → 2" in page
    assert adam.get(reverse("agent:agreement-version", args=[office.pk, 3])).status_code == 404


def test_versions_differ_in_words(world: World, office: Agreement) -> None:
    calendar = CoverageCalendar.objects.get(name="24/7")
    office_hours = CoverageCalendar.objects.get(name="Heures ouvrables")
    before = office.current
    targets = [
        each.__class__(
            **{**vars(each), "minutes": 120}
            if each.metric == "resolution" and each.priority == 1 and not each.kind
            else vars(each)
        )
        for each in read_targets(before.document)
        if each.metric != "update_rhythm"
    ]
    targets = [
        each.__class__(**{**vars(each), "calendar": calendar.pk}) if each.priority == 4 else each for each in targets
    ]
    after = publish(office, office, targets=targets, matrix=[[1, 2, 3], [2, 2, 3], [3, 3, 4]], warn_percent=50)
    with translation.override("en"):
        words = differences(before.document, after.document, calendars_used([before.document, after.document]))
    assert words == [
        "P1 Update rhythm: 1 h → not promised",
        "P1 Resolution: 4 h → 2 h",
        "P4: calendar Heures ouvrables → 24/7",
        "Impact medium × urgency medium: P3 → P2",
        "Warning at 75 % → 50 %",
    ]
    publish_calendar(office_hours, {**office_hours.current.document, "holidays": ["2026-12-24"]}, by=None, seen=1)
    newest = office.current
    with translation.override("en"):
        words = differences(after.document, newest.document, calendars_used([after.document, newest.document]))
    assert words == ["Calendar Heures ouvrables: v1 → v2"]


@pytest.fixture
def stricter(world: World, office: Agreement) -> Callable[[], Any]:
    """Publish a version in which a P3 is solved in one hour and a P4 never."""

    def publish_it() -> Any:
        targets = [
            each
            for each in read_targets(office.current.document)
            if each.priority != 3 or each.metric != "resolution" or each.kind
        ]
        hour = next(
            each for each in read_targets(office.current.document) if each.priority == 3 and each.metric == "resolution"
        )
        targets = [each for each in targets if not (each.priority == 3 and each.metric == "first_response")]
        return publish(office, office, targets=[*targets, hour.__class__(**{**vars(hour), "kind": "", "minutes": 1})])

    return publish_it


def test_editing_an_agreement_leaves_open_tickets_alone(
    world: World, stricter: Callable[[], Any], office: Agreement
) -> None:
    ticket = world.ticket()
    stricter()
    with everything():
        standing = Ticket.objects.get(pk=ticket.pk)
    assert standing.agreement_version_id == office.versions.get(number=1).pk


def test_the_preview_says_what_would_change(
    world: World, adam: Client, office: Agreement, stricter: Callable[[], Any]
) -> None:
    monday = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Zurich"))
    with time_machine.travel(monday, tick=False):
        ticket = world.ticket()
        resolved = world.ticket()
        with everything():
            actions.resolve(resolved, code="solved", text="Fait", actor=world.as_(world.nadia))
        adam.force_login(world.adam.account)  # type: ignore[attr-defined]
    with time_machine.travel(monday + timedelta(minutes=30), tick=False):
        assert "open ticket" not in adam.get(page_of(office)).content.decode()
        stricter()
        assert "1 open ticket keeps" in adam.get(page_of(office)).content.decode()
        page = adam.get(reverse("agent:retargeting", args=[office.pk])).content.decode()
    assert ticket.reference in page
    assert resolved.reference not in page
    assert "First response" in page and "Resolution" in page
    assert "would miss a promise at once" in page
    assert "the new matrix is not applied" in page
    # The administrator sees numbers, not what people wrote.
    assert "Imprimante" not in page


def test_the_run_puts_open_tickets_under_the_newest_version(
    world: World, adam: Client, office: Agreement, stricter: Callable[[], Any]
) -> None:
    tickets = [world.ticket() for _n in range(3)]
    version = stricter()
    answer = adam.post(reverse("agent:retargeting", args=[office.pk]), {"version": str(version.number)})
    run = Retargeting.objects.get()
    assert answer["Location"] == reverse("agent:retargeting-run", args=[office.pk, run.pk])
    assert "0 of 3 are done" in adam.get(answer["Location"]).content.decode()
    do_jobs(queues=("upkeep",))
    page = adam.get(answer["Location"]).content.decode()
    assert "Done: 3 tickets." in page and "hx-trigger" not in page
    with everything():
        for ticket in tickets:
            ticket.refresh_from_db()
            assert ticket.agreement_version_id == version.pk
            assert [entry.kind for entry in ticket.timeline()].count("retargeted") == 1
    assert "there is nothing to do" in adam.get(reverse("agent:retargeting", args=[office.pk])).content.decode()


def test_a_preview_that_is_out_of_date_is_not_confirmed(
    world: World, adam: Client, office: Agreement, stricter: Callable[[], Any]
) -> None:
    world.ticket()
    seen = stricter()
    publish(office, office, vip_raise=3)
    answer = adam.post(reverse("agent:retargeting", args=[office.pk]), {"version": str(seen.number)})
    assert answer.status_code == 409
    assert "look again at what would change" in answer.content.decode()
    assert not Retargeting.objects.exists()


def test_a_run_that_crashes_goes_on_and_tells_each_ticket_once(
    world: World, office: Agreement, stricter: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entraide.tickets.retargeting_jobs.BATCH", 2)
    tickets = [world.ticket() for _n in range(5)]
    version = stricter()
    run = start(version, by=world.adam)
    reached: list[str] = []

    class Killed(BaseException):
        pass

    def die(place: str) -> None:
        reached.append(place)
        if len(reached) == 1:
            raise Killed

    monkeypatch.setattr("entraide.tickets.retargeting_jobs.reach", die)
    with pytest.raises(Killed):
        do_batch(run.pk)
    # Started again by hand as well: two chains of jobs run after one another.
    assert start(version, by=world.adam).pk == run.pk
    do_jobs(queues=("upkeep",))
    run.refresh_from_db()
    assert (run.total, run.done, run.left) == (5, 5, 0)
    assert run.finished_at is not None
    do_batch(run.pk)
    with everything():
        for ticket in tickets:
            assert [entry.kind for entry in ticket.timeline()].count("retargeted") == 1


def test_a_run_that_stands_still_can_be_started_again(
    world: World, adam: Client, office: Agreement, stricter: Callable[[], Any]
) -> None:
    world.ticket()
    run = start(stricter(), by=world.adam)
    page = reverse("agent:retargeting-run", args=[office.pk, run.pk])
    assert "Start again" not in adam.get(page).content.decode()
    Retargeting.objects.update(moved_at=now() - timedelta(minutes=5))
    assert "Start again" in adam.get(page).content.decode()


def test_a_long_preview_is_bounded_and_says_how_many_more(
    world: World, adam: Client, office: Agreement, stricter: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entraide.agent.retargeting.SHOWN_AT_MOST", 2)
    for _n in range(4):
        world.ticket()
    stricter()
    page = adam.get(reverse("agent:retargeting", args=[office.pk])).content.decode()
    assert page.count("<b>ENT-") == 2
    assert "and 2 more" in page


def test_an_agreement_reaches_the_open_tickets_of_whom_it_was_newly_assigned_to(
    world: World, always: Agreement, office: Agreement
) -> None:
    with everything():
        theirs, others, at_site = world.ticket(world.zoe), world.ticket(), world.ticket(site_id=world.plainpalais.pk)
        AgreementAssignment.objects.create(agreement=always, organisation=world.rousseau)
        AgreementAssignment.objects.create(agreement=always, organisation=world.helvetia, site=world.plainpalais)
        assert set(waiting(always.current)) == {theirs, at_site}
        assert not waiting(office.current).exists()
        do_batch(start(always.current, by=world.adam).pk)
        assert not waiting(always.current).exists()
        moved = {ticket.pk: ticket.agreement_version_id for ticket in Ticket.objects.all()}
        assert moved == {theirs.pk: always.current.pk, at_site.pk: always.current.pk, others.pk: office.current.pk}
        AgreementAssignment.objects.filter(organisation=world.rousseau).delete()
        assert set(waiting(office.current)) == {theirs}, "then the default holds for them again"


def test_an_interrupted_run_to_an_earlier_version_ends_when_a_newer_one_begins(world: World, always: Agreement) -> None:
    with everything():
        AgreementAssignment.objects.create(agreement=always, organisation=world.rousseau)
        world.ticket(world.zoe)
        earlier = start(always.current, by=world.adam)
        publish(always, always, vip_raise=2)
        newer = start(always.current, by=world.adam)
        assert newer.pk != earlier.pk
        earlier.refresh_from_db()
        assert earlier.finished_at is not None
        do_batch(newer.pk)
        assert not waiting(always.current).exists()
