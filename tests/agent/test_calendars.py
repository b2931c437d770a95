"""The screens of coverage calendars."""

from __future__ import annotations

from typing import Any

import icalendar
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.people.models import Person, RoleGrant
from entraide.people.rights import Role
from entraide.sla.defaults import OFFICE_HOURS
from entraide.sla.models import Agreement, AgreementVersion, CalendarVersion, CoverageCalendar
from entraide.sla.publishing import publish_calendar
from tests.world import World, everything

pytestmark = pytest.mark.django_db

WEEK = {
    "mon": "08:00-12:00, 13:30-18:00", "tue": "08:00-12:00", "wed": "", "thu": "", "fri": "22:00-30:00", "sat": "", "sun": "",
}  # fmt: skip
TYPED = {
    "name": "Nuit", "is_active": "on", "tz": "Europe/Zurich", **WEEK, "country": "CH", "region": "GE", "closed": "2026-05-15",
    "breaks": "2026-12-24 12:00-18:00", "overrides": "2026-08-01 09:00-12:00\n2026-07-03", "reason": "Nouveau contrat", "seen": "0",
    "worked": ["2026-12-31"],
}  # fmt: skip


@pytest.fixture
def adam(world: World, client: Client) -> Client:
    client.force_login(world.adam.account)  # type: ignore[attr-defined]
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def office(world: World) -> CoverageCalendar:
    return CoverageCalendar.objects.get(name=OFFICE_HOURS)


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return " ".join(text.split())


def at(calendar: CoverageCalendar) -> str:
    return f"/desk/settings/calendars/{calendar.pk}/"


def stored(calendar: CoverageCalendar, **changes: Any) -> dict[str, Any]:
    """What a browser would send back for the office hours, with some of it changed."""
    week = {day: "08:00-12:00, 13:30-18:00" for day in ("mon", "tue", "wed", "thu", "fri")}
    return {
        "name": calendar.name, "is_active": "on", "tz": "Europe/Zurich", **week, "sat": "", "sun": "", "country": "CH",
        "region": "GE", "closed": "", "breaks": "", "overrides": "", "reason": "", "seen": "1", **changes,
    }  # fmt: skip


def test_a_new_calendar_is_published_as_it_was_typed(adam: Client, world: World) -> None:
    answer = adam.post("/desk/settings/calendars/new", TYPED)
    made = CoverageCalendar.objects.get(name="Nuit")
    assert answer.status_code == 302 and answer["Location"] == at(made)
    assert made.current.document == {
        "tz": "Europe/Zurich",
        "hours": {"mon": [["08:00", "12:00"], ["13:30", "18:00"]], "tue": [["08:00", "12:00"]], "fri": [["22:00", "30:00"]]},
        "holidays": {"country": "CH", "subdivision": "GE", "dates": ["2026-05-15"]},
        "holiday_exceptions": ["2026-12-31"],
        "breaks": {"2026-12-24": [["12:00", "18:00"]]},
        "overrides": {"2026-07-03": [], "2026-08-01": [["09:00", "12:00"]]},
    }  # fmt: skip
    assert (made.current.number, made.current.reason, made.current.published_by_id) == (1, "Nouveau contrat", world.adam.pk)  # fmt: skip


def test_the_form_shows_what_is_stored_and_saving_it_unchanged_publishes_nothing(adam: Client) -> None:
    adam.post("/desk/settings/calendars/new", TYPED)
    made = CoverageCalendar.objects.get(name="Nuit")
    shown = page(adam.get(at(made)))
    for text in ('value="22:00-30:00"', "2026-12-24 12:00-18:00", "2026-07-03 2026-08-01 09:00-12:00", 'value="2026-12-31" checked'):  # fmt: skip
        assert text in shown
    adam.post(at(made), {**TYPED, "seen": "1", "name": "Nuits"})
    made.refresh_from_db()
    assert (made.name, made.current.number) == ("Nuits", 1)


def test_a_change_is_a_new_version_and_the_agreements_follow(adam: Client, office: CoverageCalendar) -> None:
    before = AgreementVersion.objects.count()
    assert adam.post(at(office), stored(office, sat="9-12")).status_code == 302
    assert office.current.number == 2
    assert office.current.document["hours"]["sat"] == [["09:00", "12:00"]]
    assert AgreementVersion.objects.count() == before + 2
    shown = page(adam.get(f"{at(office)}versions/2/"))
    assert "Saturday: closed → 09:00-12:00" in shown
    assert "Monday" not in shown.split("What changed")[1].split("</ul>")[0]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"mon": "08:00-12:00, 11:00-14:00"}, "id_mon", "overlap; make them one interval."),
        ({"mon": "22:00-06:00"}, "id_mon", "does not end after it starts; if it passes midnight, write 22:00-30:00."),
        (
            {"mon": "22:00-30:00", "tue": "05:00-12:00"},
            "id_mon",
            "passes midnight and overlaps 05:00-12:00 in &quot;Tuesday&quot;",
        ),
        ({"tue": "matin"}, "id_tue", "“matin” is not an interval"),
        ({"tue": "08:00-99:00"}, "id_tue", "&quot;99:00&quot; in &quot;Tuesday&quot; is not a time"),
        ({"tz": "Europe/Geneve"}, "id_tz", "There is no time zone “Europe/Geneve”"),
        ({"tz": ""}, "id_tz", "A calendar needs a time zone, such as Europe/Zurich."),
        ({"country": "XX"}, "id_country", "There are no public holidays known for country"),
        ({"closed": "demain"}, "id_closed", "&quot;demain&quot; in &quot;Own closed dates&quot; is not a date"),
        ({"breaks": "2026-02-30 08:00-09:00"}, "id_breaks", "is not a date"),
        ({"breaks": "2026-02-20"}, "id_breaks", "has no hours"),
        ({"overrides": "2026-08-01 12:00-09:00"}, "id_overrides", "does not end after it starts"),
        ({"name": ""}, "id_name", "This field is required."),
        ({"name": "24/7"}, "id_name", "There is a calendar of this name already."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_what_was_typed_is_kept(
    adam: Client, office: CoverageCalendar, change: dict[str, str], field: str, reason: str
) -> None:
    answer = adam.post(at(office), stored(office, reason="Essai gardé", **change))
    assert answer.status_code == 422
    shown = page(answer)
    error = shown.split(f'id="{field}_error">')[1].split("</p>")[0]
    assert reason in error
    assert "Essai gardé" in shown and all(not text or text in shown for text in change.values())
    assert office.current.number == 1


def test_everything_wrong_is_said_at_once_also_without_a_zone(adam: Client) -> None:
    shown = page(adam.post("/desk/settings/calendars/new", {**TYPED, "tz": "", "mon": "10:00-09:00", "closed": "x"}))
    assert shown.count('class="field-error"') == 3
    assert not CoverageCalendar.objects.filter(name="Nuit").exists()


def test_a_calendar_that_never_opens_is_refused(adam: Client) -> None:
    answer = adam.post("/desk/settings/calendars/new", {"name": "Jamais", "tz": "Europe/Zurich", "seen": "0"})
    assert answer.status_code == 422
    assert page(answer).count('class="field-error"') == 1
    assert "five years" in page(answer)
    assert not CoverageCalendar.objects.filter(name="Jamais").exists()


def test_two_people_at_once_the_second_is_told_and_keeps_what_was_typed(adam: Client, office: CoverageCalendar) -> None:
    publish_calendar(office, {**office.current.document, "tz": "Europe/Paris"}, by=None, seen=1)
    answer = adam.post(at(office), stored(office, sat="09:00-12:00"))
    assert answer.status_code == 409
    shown = page(answer)
    assert "Somebody else has just changed" in shown and 'value="09:00-12:00"' in shown and 'name="seen" value="1"' in shown  # fmt: skip
    assert office.current.number == 2
    assert adam.post(at(office), stored(office)).status_code == 409, "nor is the old state put back"


def test_a_calendar_in_use_cannot_be_deactivated_until_no_active_agreement_uses_it(
    adam: Client, office: CoverageCalendar
) -> None:
    sent = stored(office)
    del sent["is_active"]
    answer = adam.post(at(office), sent)
    assert answer.status_code == 422 and "Agreements in force use this calendar" in page(answer)
    office.refresh_from_db()
    assert office.is_active
    Agreement.objects.update(is_active=False)
    assert adam.post(at(office), sent).status_code == 302
    office.refresh_from_db()
    assert not office.is_active


def test_the_list_tells_of_each_calendar(adam: Client, office: CoverageCalendar) -> None:
    publish_calendar(office, {**office.current.document, "tz": "Europe/Paris"}, by=None, seen=1)
    shown = page(adam.get("/desk/settings/calendars/"))
    for text in (OFFICE_HOURS, "Europe/Paris", "42 h 30", "168 h", "version 2", "24/7 P1"):
        assert text in shown


def test_the_list_and_the_page_ask_no_more_of_the_database_for_more_rows(
    adam: Client, office: CoverageCalendar, world: World
) -> None:
    def queries(url: str) -> int:
        adam.get(url)
        with CaptureQueriesContext(connection) as asked:
            adam.get(url)
        return len(asked)

    publish_calendar(office, office.current.document, by=world.adam, seen=1)
    urls = ("/desk/settings/calendars/", at(office))
    before = [queries(url) for url in urls]
    for n in range(6):
        publish_calendar(CoverageCalendar(name=f"Extra {n}"), office.current.document, by=world.adam)
        publish_calendar(office, office.current.document, by=world.adam, seen=office.current.number)
    assert [queries(url) for url in urls] == before


def test_whoever_may_edit_for_one_organisation_alone_reads_calendars(
    world: World, client: Client, office: CoverageCalendar
) -> None:
    with everything():
        keeper: Person = world.add(world.lemanique, "Karim Haddad")
        RoleGrant.objects.create(person=keeper, role=Role.ADMINISTRATOR, organisation=world.lemanique)
    client.force_login(keeper.account)  # type: ignore[attr-defined]
    assert client.get(at(office)).status_code == 200
    assert client.post(at(office), stored(office, sat="09:00-12:00")).status_code == 403
    assert office.current.number == 1


def test_when_it_would_be_due_is_said_for_what_is_typed_now(adam: Client, office: CoverageCalendar) -> None:
    asked = {**stored(office, sat="08:00-10:00"), "try": "yes", "start": "2026-03-27T17:00", "duration": "4h"}
    shown = page(adam.post(at(office), asked))
    assert "Monday 30 March 2026, 09:00 (CEST)" in shown
    for text in ("Fri 27 March 17:00 – 18:00", "Sat 28 March 08:00 – 10:00", "Mon 30 March 08:00 – 09:00"):
        assert text in shown
    assert office.current.number == 1
    paused = page(adam.post(at(office), {**asked, "pauses": "2026-03-27 17:30 - 18:00\n2026-03-30 08:30 - 2026-03-30 10:00"}))  # fmt: skip
    assert "Monday 30 March 2026, 10:30 (CEST)" not in paused.split("due-answer")[0]
    assert "Monday 30 March 2026, 10:30" not in paused and "Monday 30 March 2026, 11:00" not in shown
    assert "Fri 27 March 17:00 – 17:30" in paused and "Mon 30 March 08:00 – 08:30" in paused


def test_htmx_gets_the_answer_alone(adam: Client, office: CoverageCalendar) -> None:
    asked = {**stored(office), "try": "yes", "start": "2026-03-27T17:00", "duration": "1h30"}
    answer = adam.post(at(office), asked, headers={"HX-Request": "true", "HX-Target": "due-answer"})
    assert page(answer).startswith('<div id="due-answer"') and "Monday 30 March 2026, 08:30" in page(answer)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"duration": "bientôt"}, "is not a duration"),
        ({"start": ""}, "Say from when"),
        ({"pauses": "hier"}, "is not a pause"),
        ({"pauses": "2026-03-27 12:00 - 11:00"}, "The pause “2026-03-27 12:00 - 11:00” ends before it starts"),
        ({"duration": "2 d", "fri": "08:00-12:00"}, "so “2 d” is not clear; write hours"),
        ({"mon": "10:00-09:00"}, "The calendar itself cannot be used yet"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(
    adam: Client, office: CoverageCalendar, change: dict[str, str], sentence: str
) -> None:
    asked = {**stored(office), "try": "yes", "start": "2026-03-27T17:00", "duration": "4h", **change}
    answer = adam.post(at(office), asked)
    assert answer.status_code == 200
    assert sentence in page(answer).split('id="due-answer"')[1].split("</section>")[0]


def test_the_holidays_and_regions_of_a_country_are_shown_before_it_is_saved(
    adam: Client, office: CoverageCalendar
) -> None:
    headers = {"HX-Request": "true", "HX-Target": "holidays"}
    shown = page(adam.post(at(office), {**stored(office, country="FR", region="GE"), "look": "yes"}, headers=headers))
    assert (shown.startswith('<div id="holidays"') and "Alsace" in shown and "Bastille" in shown) or "National" in shown
    assert "Geneva" not in shown and office.current.number == 1
    assert "Genevan Fast" in page(adam.get(at(office)))


def test_the_week_is_drawn_as_it_is_typed(adam: Client, office: CoverageCalendar) -> None:
    headers = {"HX-Request": "true", "HX-Target": "week"}
    sent = {**stored(office, mon="22:00-30:00", tue="nonsense"), "look": "yes"}
    shown = page(adam.post(at(office), sent, headers=headers))
    assert '<rect class="bar-open" x="1320" width="120"' in shown and '<rect class="bar-spilled" x="0" width="360"' in shown  # fmt: skip


ICS = b"\r\n".join(
    [b"BEGIN:VCALENDAR", b"BEGIN:VEVENT", b"DTSTART;VALUE=DATE:19901224", b"RRULE:FREQ=YEARLY", b"SUMMARY:Veille <b>", b"END:VEVENT",
     b"BEGIN:VEVENT", b"DTSTART;TZID=Europe/Zurich:20301105T110000", b"DURATION:PT3H", b"END:VEVENT", b"END:VCALENDAR", b""]
)  # fmt: skip


def test_a_file_is_seen_first_then_stands_in_the_fields_and_is_saved_by_saving(
    adam: Client, office: CoverageCalendar
) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        sent = stored(office, closed="2026-05-15", breaks="2030-11-05 13:00-15:00")
        seen = adam.post(at(office), {**sent, "import": "yes", "file": SimpleUploadedFile("jours.ics", ICS)})
    shown = page(seen)
    assert seen.status_code == 200 and "5 closed dates" in shown and "Veille &lt;b&gt;" in shown
    found = {name: shown.split(f'name="found_{name}" rows="5" readonly>')[1].split("</textarea>")[0] for name in ("closed", "breaks")}  # fmt: skip
    assert found["closed"].split()[0] == "2026-12-24" and found["breaks"] == "2030-11-05 11:00-14:00"
    assert office.current.number == 1
    with time_machine.travel("2026-11-24T10:05:00Z", tick=False):
        taken = adam.post(at(office), {**sent, "take": "yes", "found_closed": found["closed"], "found_breaks": found["breaks"]})  # fmt: skip
    fields = page(taken)
    assert "2026-05-15 2026-12-24" in fields and "2030-11-05 11:00-15:00" in fields, "the two breaks are one"
    assert office.current.number == 1


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"PK\x03\x04", "This is not an iCalendar file"),
        (ICS + b" " * 1_000_000, "larger than 1 MB"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 2001, "more than 2000 events"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_words(
    adam: Client, office: CoverageCalendar, raw: bytes, sentence: str
) -> None:
    answer = adam.post(at(office), {**stored(office, sat="09:00-10:00"), "import": "yes", "file": SimpleUploadedFile("x.ics", raw)})  # fmt: skip
    assert answer.status_code == 422
    assert sentence in page(answer) and 'value="09:00-10:00"' in page(answer)
    assert "Choose a file first." in page(adam.post(at(office), {**stored(office), "import": "yes"}))


def test_the_feed_tells_calendar_programs_of_the_dates(adam: Client) -> None:
    adam.post("/desk/settings/calendars/new", TYPED)
    made = CoverageCalendar.objects.get(name="Nuit")
    address = page(adam.get(at(made))).split('class="feed-address" tabindex="0">')[1].split("<")[0]
    path = "/desk/" + address.split("/desk/", 1)[1]
    anybody = Client()
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        answer = anybody.get(path)
    assert answer.status_code == 200 and answer["Content-Type"] == "text/calendar; charset=utf-8"
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    days = {each["DTSTART"].dt.isoformat() for each in events}
    assert {"2026-05-15", "2026-09-10", "2027-12-25", "2028-01-01", "2026-07-03"} <= days
    assert "2026-12-31" not in days, "worked although it is a holiday"
    assert {"2026-12-24T11:00:00+00:00", "2026-08-01T07:00:00+00:00"} <= days and "2026-08-01" not in days
    assert len({str(each["UID"]) for each in events}) == len(events)
    with time_machine.travel("2026-11-25T10:00:00Z", tick=False):
        assert anybody.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
        assert anybody.get(path, headers={"If-Modified-Since": answer["Last-Modified"]}).status_code == 304
        publish_calendar(made, {**made.current.document, "overrides": {}}, by=None, seen=1)
        assert anybody.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_a_feed_address_that_was_not_given_out_shows_nothing(office: CoverageCalendar) -> None:
    for token in ("forged", str(office.pk), f"{office.pk}.AAAA"):
        assert Client().get(f"/desk/settings/calendars/feed/{token}.ics").status_code == 410


def test_an_unknown_calendar_or_version_is_not_found(adam: Client, office: CoverageCalendar) -> None:
    assert adam.get("/desk/settings/calendars/999999/").status_code == 404
    assert adam.get(f"{at(office)}versions/9/").status_code == 404
    assert CalendarVersion.objects.filter(calendar=office).count() == 1
