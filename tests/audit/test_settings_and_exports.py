"""Settings, exports, refusals and teams: written down by doing the real thing; and the screen on which they are read."""

from __future__ import annotations

from contextvars import copy_context

from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.agent.calendar_feeds import feed_address
from entraide.audit.command import audit as audit_command
from entraide.audit.models import AuditEntry
from entraide.audit.writing import Subject, write_down
from entraide.channels.email.models import OutgoingMail
from entraide.config.command import COMMANDS, _act_as_operator
from entraide.config.doctor import examine
from entraide.config.figures import exposition
from entraide.notifications.jobs import verify_audit
from entraide.notifications.models import Notification
from entraide.people.models import RoleGrant
from entraide.sla.models import CoverageCalendar
from entraide.tickets.models import Category
from tests.audit.test_chain import tamper
from tests.mail_in.mails import mail, taken_in
from tests.world import World, everything


def newest(act: str) -> AuditEntry:
    found = AuditEntry.objects.filter(act=act).first()
    assert found is not None, f"no {act} was written down"
    return found


def signed_in(world: World, name: str) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(getattr(world, name).account)
    return client


def test_a_setting_made_changed_and_removed_is_written_down_field_by_field(world: World) -> None:
    adam = signed_in(world, "adam")
    adam.post("/desk/settings/categories/new", {"name": "Badges", "is_active": "on"})
    made = newest("setting_made")
    assert (made.actor_id, made.subject_kind, made.subject_name) == (world.adam.pk, "tickets.category", "Badges")
    row = Category.objects.get(name="Badges")
    adam.post(f"/desk/settings/categories/{row.pk}/", {"name": "Badges", "approval": "any", "is_active": "on"})
    assert newest("setting_changed").details == {"changes": {"approval": ["", "any"]}}
    adam.post(f"/desk/settings/categories/{row.pk}/", {"delete": "yes"})
    assert (newest("setting_removed").subject_id, newest("setting_removed").subject_name) == (row.pk, "Badges")


def test_a_form_that_changes_nothing_writes_nothing(world: World) -> None:
    adam = signed_in(world, "adam")
    before = AuditEntry.objects.count()
    adam.post(f"/desk/settings/categories/{world.network.pk}/", {"name": "Réseau", "is_active": "on"})
    assert AuditEntry.objects.count() == before


def test_a_mailboxs_password_is_not_kept(world: World) -> None:
    signed_in(world, "adam").post("/desk/settings/mailboxes/new", {
        "name": "Support", "address": "support@lemanique.example", "host": "imap.example", "port": "993", "security": "tls",
        "username": "support", "password": "sesame-42", "folder": "INBOX", "after": "seen", "is_active": "on",
    })  # fmt: skip
    made = newest("setting_made")
    assert made.subject_kind == "email.mailbox"
    assert "sesame" not in str(made.details) and made.details["values"]["secret"] == "…"


def test_who_joins_and_leaves_a_team_is_written_down(world: World) -> None:
    signed_in(world, "carla").post(
        f"/desk/directory/teams/{world.n2.pk}/",
        {"name": "Systèmes", "level": "2", "is_active": "on", "members": [world.nils.pk]},
    )
    entry = newest("members_changed")
    assert entry.details == {"added": ["Nils Favre"], "removed": ["Benoît Rey"]}


def test_each_report_that_is_taken_away_is_written_down(world: World) -> None:
    marc = signed_in(world, "marc")
    for address in ("/desk/reports/promises/", "/desk/reports/levels/", "/desk/reports/ratings/", "/desk/audit/"):
        for format in ("csv", "xlsx"):
            before = AuditEntry.objects.filter(act="exported").count()
            answer = marc.get(f"{address}?as={format}")
            assert answer.status_code == 200, address
            assert AuditEntry.objects.filter(act="exported").count() == before + 1, address
            assert newest("exported").subject_name.endswith(f".{format}")
        marc.get(address)
        assert AuditEntry.objects.filter(act="exported").count() == before + 1, "looking is not taking away"


def test_a_calendars_feed_is_written_down_once_a_day(world: World) -> None:
    address = feed_address(CoverageCalendar.objects.all()[0])
    for _turn in range(3):
        assert Client(REMOTE_ADDR="192.0.2.77").get(address).status_code == 200
    entry = AuditEntry.objects.get(act="exported")
    assert (entry.actor_kind, entry.address, entry.details) == ("nobody", "192.0.2.77", {"format": "ics"})


def test_what_somebody_was_refused_is_written_down_once_for_each_page(world: World) -> None:
    nadia = signed_in(world, "nadia")
    for number in range(901, 906):
        assert nadia.get(f"/desk/tickets/{number}/").status_code == 404
    assert nadia.get("/desk/settings/categories/").status_code == 404
    assert nadia.get("/there-is-no-such-page").status_code == 404
    rows = AuditEntry.objects.filter(act="refused").order_by("pk")
    assert [each.subject_name for each in rows] == ["agent:ticket 404", "agent:settings 404"]
    assert rows[0].details == {"method": "GET", "path": "/desk/tickets/901/"}


def test_the_screen_shows_who_did_what_and_narrows(world: World) -> None:
    adam, sofia = signed_in(world, "adam"), signed_in(world, "sofia")
    adam.post("/desk/settings/categories/new", {"name": "Badges", "is_active": "on"})
    signed_in(world, "nadia").get("/desk/tickets/901/")
    whole = sofia.get("/desk/audit/").content.decode()
    assert "Adam Muller" in whole and "Badges" in whole and "192.0.2.9" in whole and "a ajouté" in whole
    for query, has in (
        ("who=muller", True), ("who=keller", False), ("act=setting_made", True), ("act=exported", False),
        ("about=badg", True), ("about=zzz", False), ("from=2099-01-01", False), ("to=2000-01-01", False), ("from=x", True),
    ):  # fmt: skip
        assert ("<strong>Badges</strong>" in sofia.get(f"/desk/audit/?{query}").content.decode()) == has, query


def test_the_screen_is_paged_and_its_queries_do_not_grow_with_rows(world: World) -> None:
    sofia = signed_in(world, "sofia")
    for number in range(120):
        write_down("viewed", Subject("tickets.ticket", number, f"ENT-{number}"))
    sofia.get("/desk/audit/")
    with CaptureQueriesContext(connection) as of_fifty:
        first = sofia.get("/desk/audit/?act=viewed")
    with CaptureQueriesContext(connection) as of_none:
        sofia.get("/desk/audit/?act=exported")
    assert len(of_fifty) == len(of_none)
    assert "ENT-119" in first.content.decode() and "ENT-60<" not in first.content.decode()
    assert "after=" in first.content.decode()


def test_who_answers_for_one_organisation_reads_what_is_of_that_one(world: World) -> None:
    RoleGrant.objects.filter(person=world.sofia).delete()
    RoleGrant.objects.create(person=world.sofia, role="security_officer", organisation=world.rousseau)
    write_down("viewed", Subject("tickets.ticket", 1, "ENT-HELVETIA"), organisation_id=world.helvetia.pk)
    write_down("viewed", Subject("tickets.ticket", 2, "ENT-ROUSSEAU"), organisation_id=world.rousseau.pk)
    page = signed_in(world, "sofia").get("/desk/audit/").content.decode()
    assert "ENT-ROUSSEAU" in page and "ENT-HELVETIA" not in page


def test_the_nightly_verification_tells_administrators_and_security_officers_of_a_break_once(world: World) -> None:
    verify_audit(0)
    with everything():
        assert not Notification.objects.exists()
    assert "entraide_audit_broken 0.0" in exposition().decode()
    tamper("UPDATE audit_entry SET actor_name = 'Mallory' WHERE seq = 2")
    for _night in range(2):
        verify_audit(0)
    with everything():
        told = Notification.objects.select_related("person")
        assert sorted(each.person.name for each in told) == ["Adam Muller", "Sofia Blanc"]
        mails = OutgoingMail.objects.filter(key__startswith="audit:")
        assert len(mails) == 2 and all("Row 2 does not match its hash" in each.text for each in mails)
    assert "entraide_audit_broken 1.0" in exposition().decode()
    from django.conf import settings

    assert any(each.verdict == "bad" and "audit does not hold" in each.what for each in examine(settings.ENTRAIDE))
    sofia = signed_in(world, "sofia")
    assert "Row 2 does not match its hash" in sofia.get("/desk/audit/").content.decode()
    with everything():
        line = Notification.objects.get(person=world.sofia)
    assert sofia.get(f"/desk/notifications/{line.pk}/")["Location"] == "/desk/audit/"
    assert "audit" in sofia.get("/desk/notifications/").content.decode()


def test_a_verification_is_bounded_in_memory_and_follows_an_index(world: World) -> None:
    some = CliRunner().invoke(audit_command, ["verify"])
    assert some.exit_code == 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM audit_entry WHERE seq > 5 AND seq IS NOT NULL ORDER BY seq LIMIT 5000")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan" in plan


def test_what_a_command_does_is_its_operators_doing(world: World) -> None:
    def as_the_command() -> None:
        _act_as_operator(COMMANDS["user"])
        write_down("exported")

    copy_context().run(as_the_command)
    entry = newest("exported")
    assert (entry.channel, entry.actor_kind) == ("command", "system") and entry.actor_name.startswith("operator ")
    copy_context().run(_act_as_operator, COMMANDS["web"])
    write_down("exported")
    assert newest("exported").channel == "job"


def test_somebody_whom_a_mail_brought_was_added_by_mail(world: World) -> None:
    taken_in(mail("Paul Rochat <paul@it.helvetia.example>"))
    entry = AuditEntry.objects.filter(act="setting_made", subject_kind="people.person").first()
    assert entry is not None
    assert (entry.channel, entry.actor_name, entry.subject_name) == ("mail", "Entraide", "Paul Rochat")
