"""Files are scanned before anybody is given them; what is harmful is held back and told of; without a scanner nothing is lost."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.outbox_jobs import send_all_due
from entraide.config.doctor import examine
from entraide.core import scanning
from entraide.core.clock import now
from entraide.core.scanning import CannotScan, ScannerAway
from entraide.notifications.models import Notification
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.models import Attachment, ScannedFile, Ticket
from entraide.tickets.scan_jobs import scan_due_files, scan_old_files
from entraide.tickets.third_parties import write_to_third_party
from entraide.tickets.uploads import keep_upload
from tests.api.caller import Caller, is_problem
from tests.hostile.clamd import EICAR, FOUND, LONGEST_BYTES, Clamd, FakeClamd, real_clamd  # noqa: F401 (a fixture)
from tests.jobs import do_jobs
from tests.mail_in.mails import mail, taken_in
from tests.mail_out.conftest import Server, server  # noqa: F401 (a fixture)
from tests.world import World, everything

QUEUES = ("files", "reactions", "mail")


@pytest.fixture
def clamd(real_clamd: Clamd, settings: Any) -> Clamd:
    scan_with(settings, real_clamd.place)
    return real_clamd


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeClamd]:
    pretended = FakeClamd()
    scan_with(settings, pretended.place)
    yield pretended
    pretended.stop()


def scan_with(settings: Any, place: str) -> None:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"clamd": place})


def upload(content: bytes, name: str = "facture.pdf") -> FileRef:
    return keep_upload(SimpleUploadedFile(name, content))


def with_file(world: World, content: bytes, name: str = "facture.pdf") -> tuple[Ticket, Attachment]:
    ticket = world.ticket(attachments=(upload(content, name),))
    with everything():
        return ticket, ticket.attachments.get()


def packed(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("facture.exe", content)
    return archive.getvalue()


# What clamd is asked


def test_a_real_clamd_finds_what_is_harmful_by_its_socket_and_by_tcp(clamd: Clamd, settings: Any) -> None:
    for place in (clamd.place, clamd.place.removeprefix("unix:"), clamd.by_tcp, f"tcp://{clamd.by_tcp}"):
        scan_with(settings, place)
        assert scanning.scan(io.BytesIO(b"Bonjour")) == ""
        assert scanning.scan(io.BytesIO(b"")) == ""
        assert FOUND in scanning.scan(io.BytesIO(EICAR))
        assert FOUND in scanning.scan(io.BytesIO(packed(EICAR)))
        assert scanning.version().startswith("ClamAV ")


def test_what_is_longer_than_clamd_takes_is_said(clamd: Clamd, settings: Any) -> None:
    for place in (clamd.place, clamd.by_tcp):
        scan_with(settings, place)
        for size in (LONGEST_BYTES + 1, 12 * LONGEST_BYTES):
            with translation.override("en"), pytest.raises(CannotScan, match="StreamMaxLength"):
                scanning.scan(io.BytesIO(b"\0" * size))


@pytest.mark.parametrize("answer", [None, b"", b"\0"])
def test_a_scanner_that_hangs_up_is_away(fake: FakeClamd, answer: bytes | None) -> None:
    fake.answer = answer
    with pytest.raises(ScannerAway):
        scanning.scan(io.BytesIO(b"a" * 300_000))


def test_a_scanner_that_never_answers_is_away(fake: FakeClamd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "ANSWER_S", 0.3)
    fake.answer = b"stream: "
    with pytest.raises(ScannerAway):
        scanning.scan(io.BytesIO(b"a"))


def test_a_scanner_that_is_not_there_is_away(settings: Any) -> None:
    for place in ("unix:/nowhere/clamd.ctl", "127.0.0.1:1"):
        scan_with(settings, place)
        with pytest.raises(ScannerAway):
            scanning.scan(io.BytesIO(b"a"))


# What becomes of files


@pytest.mark.django_db
def test_without_a_scanner_files_are_given_as_they_came(world: World, client: Client) -> None:
    ticket, file = with_file(world, b"Bonjour")
    client.force_login(world.alice.account)
    assert client.get(f"/tickets/{ticket.number}/attachments/{file.pk}/x").status_code == 200
    assert not ScannedFile.objects.exists()


@pytest.mark.django_db
def test_a_file_is_given_once_it_was_scanned_and_not_before(world: World, client: Client, clamd: Clamd) -> None:
    ticket, file = with_file(world, b"Bonjour")
    client.force_login(world.alice.account)
    address = f"/tickets/{ticket.number}/attachments/{file.pk}/x"
    early = client.get(address)
    assert (early.status_code, early["Retry-After"]) == (503, "10")
    assert "n’a pas encore été analysé" in early.content.decode()
    page = client.get(f"/tickets/{ticket.number}/").content.decode()
    assert "facture.pdf" in page and address[:-1] not in page and "pas encore analysé" in page
    do_jobs(queues=QUEUES)
    answer = client.get(address)
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"Bonjour")  # type: ignore[attr-defined]
    assert f"attachments/{file.pk}/facture.pdf" in client.get(f"/tickets/{ticket.number}/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("content", [EICAR, packed(EICAR)], ids=["plain", "packed"])
def test_a_harmful_file_is_given_to_nobody_by_any_door(
    world: World, client: Client, clamd: Clamd, content: bytes
) -> None:
    ticket, file = with_file(world, content)
    do_jobs(queues=QUEUES)
    doors = {
        world.alice: f"/tickets/{ticket.number}/attachments/{file.pk}/x",
        world.nadia: f"/desk/attachments/{file.pk}/x",
        world.sofia: f"/desk/attachments/{file.pk}/x",
    }
    for person, door in doors.items():
        client.force_login(person.account)
        answer = client.get(door)
        assert answer.status_code == 403, door
        assert content not in answer.content
    nadia = Caller(world.nadia)
    assert is_problem(nadia.get(f"/attachments/{file.pk}"), 403)
    entries = nadia.get(f"/tickets/{ticket.number}/timeline").json()["items"]
    assert [each["held"] for entry in entries for each in entry["attachments"]] == ["infected"]
    client.force_login(world.nadia.account)
    page = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert f"/desk/attachments/{file.pk}/" not in page
    assert "retenu" in page and FOUND in page


@pytest.mark.django_db
def test_a_harmful_file_by_mail_is_held_back_and_so_is_the_mail_as_it_came(
    world: World, client: Client, clamd: Clamd
) -> None:
    row = taken_in(mail(files=(("facture.pdf", "application/pdf", EICAR),)))
    do_jobs(queues=QUEUES)
    client.force_login(world.nadia.account)
    original = client.get(reverse("agent:original", args=[row.pk]), {"download": ""})
    assert original.status_code == 403
    with everything():
        file = Attachment.objects.get()
    assert client.get(f"/desk/attachments/{file.pk}/x").status_code == 403


@pytest.mark.django_db
def test_the_timeline_says_once_that_a_file_is_held_back_and_the_security_officer_is_told(
    world: World, clamd: Clamd
) -> None:
    ticket, _file = with_file(world, EICAR)
    with everything():
        actions.take(ticket, actor=world.as_(world.nadia))
    do_jobs(queues=QUEUES)
    again = upload(EICAR, "encore.pdf")
    with everything():
        actions.answer(ticket, text="Encore", attachments=(again,), actor=world.as_(world.alice))
    do_jobs(queues=QUEUES)
    with everything():
        told = [entry for entry in ticket.timeline() if entry.kind == "file_held_back"]
        assert [entry.event.name for entry in told] == ["facture.pdf", "encore.pdf"]
        assert not any(entry.is_public for entry in told)
        lines = Notification.objects.filter(kind="harmful_file").order_by("person__name")
        assert {line.person.name for line in lines} == {"Nadia Keller", "Sofia Blanc"}
        assert lines.count() == 4
        mails = OutgoingMail.objects.filter(template="harmful_file", recipient="sofia@lemanique.example")
        assert mails.count() == 2 and FOUND in mails[0].text


@pytest.mark.django_db
def test_a_file_is_taken_out_of_the_quarantine_with_a_reason_that_stays(
    world: World, client: Client, clamd: Clamd
) -> None:
    ticket, file = with_file(world, EICAR)
    do_jobs(queues=QUEUES)
    for person in (world.sofia, world.adam):
        client.force_login(person.account)
        assert "facture.pdf" in client.get("/desk/quarantine/").content.decode()
        refused = client.post(f"/desk/quarantine/{file.pk}/file", {"reason": " "})
        assert refused.status_code == 422 and EICAR not in refused.content
        answer = client.post(f"/desk/quarantine/{file.pk}/file", {"reason": "Envoyer à l'éditeur"})
        assert b"".join(answer.streaming_content) == EICAR  # type: ignore[attr-defined]
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == 'attachment; filename="facture.pdf"'
    with everything():
        taken = [entry for entry in ticket.timeline() if entry.kind == "held_file_taken"]
        assert [entry.actor_person for entry in taken] == [world.sofia, world.adam]
        assert {entry.event.reason for entry in taken} == {"Envoyer à l'éditeur"}


@pytest.mark.django_db
def test_a_clean_file_is_not_had_by_the_door_of_the_quarantine(world: World, client: Client, clamd: Clamd) -> None:
    _ticket, file = with_file(world, b"Bonjour")
    do_jobs(queues=QUEUES)
    client.force_login(world.adam.account)
    assert client.post(f"/desk/quarantine/{file.pk}/file", {"reason": "Curieux"}).status_code == 404


# While the scanner is away


@pytest.mark.django_db
def test_while_the_scanner_is_away_messages_are_taken_and_their_files_wait(
    world: World,
    client: Client,
    settings: Any,
    real_clamd: Clamd,
) -> None:
    scan_with(settings, "unix:/nowhere/clamd.ctl")
    row = taken_in(mail(files=(("plan.txt", "text/plain", b"Plan du reseau"),)))
    assert row.outcome == "ticket"
    do_jobs(queues=QUEUES)
    with everything():
        file = Attachment.objects.get()
    client.force_login(world.nadia.account)
    assert client.get(f"/desk/attachments/{file.pk}/x").status_code == 503
    verdict = ScannedFile.objects.get()
    assert (verdict.state, verdict.attempts) == ("waiting", 1) and verdict.next_at is not None
    for _time in range(8):
        with time_machine.travel(ScannedFile.objects.get().next_at or now(), tick=False):
            scan_due_files(timestamp=0)
            do_jobs(queues=("files",))
    assert ScannedFile.objects.get().attempts == 9
    scan_with(settings, real_clamd.place)
    with time_machine.travel(ScannedFile.objects.get().next_at or now(), tick=False):
        scan_due_files(timestamp=0)
        do_jobs(queues=QUEUES)
    assert client.get(f"/desk/attachments/{file.pk}/x").status_code == 200


@pytest.mark.django_db
def test_one_job_a_file_waits_however_often_it_is_due_and_a_scan_runs_once(world: World, fake: FakeClamd) -> None:
    with_file(world, b"Bonjour")
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        for _minute in range(3):
            scan_due_files(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'entraide.scan_file'")
        assert cursor.fetchone()[0] == 2, "that of the message, and that of the sweep"
    do_jobs(queues=QUEUES)
    assert fake.streams == [b"Bonjour"]


@pytest.mark.django_db
def test_a_file_that_is_too_long_is_held_back_with_the_reason_and_tried_again(
    world: World, client: Client, clamd: Clamd
) -> None:
    _ticket, file = with_file(world, b"\0" * (LONGEST_BYTES + 1), "journal.bin")
    do_jobs(queues=QUEUES)
    client.force_login(world.nadia.account)
    answer = client.get(f"/desk/attachments/{file.pk}/x")
    assert answer.status_code == 403 and "StreamMaxLength" in answer.content.decode()
    verdict = ScannedFile.objects.get()
    assert verdict.state == "failed" and verdict.next_at is not None
    assert any(each.what == "Files that the virus scanner refused: 1." for each in examine(settings_now()))
    client.force_login(world.sofia.account)
    assert "journal.bin" in client.get("/desk/quarantine/").content.decode()


@pytest.mark.django_db
def test_files_from_before_there_was_a_scanner_are_scanned_when_asked_for_and_little_by_little(
    world: World,
    client: Client,
    settings: Any,
    real_clamd: Clamd,
) -> None:
    _ticket, old = with_file(world, b"Vieux")
    _ticket, bad = with_file(world, EICAR, "vieux.exe")
    scan_with(settings, real_clamd.place)
    client.force_login(world.nadia.account)
    assert client.get(f"/desk/attachments/{old.pk}/x").status_code == 503
    do_jobs(queues=QUEUES)
    assert client.get(f"/desk/attachments/{old.pk}/x").status_code == 200
    scan_old_files(timestamp=0)
    do_jobs(queues=QUEUES)
    assert client.get(f"/desk/attachments/{bad.pk}/x").status_code == 403
    # What was found harmful stays held back when the scanner is taken away again.
    scan_with(settings, "")
    assert client.get(f"/desk/attachments/{bad.pk}/x").status_code == 403
    assert client.get(f"/desk/attachments/{old.pk}/x").status_code == 200


# Files that go out


@pytest.mark.django_db
def test_a_reply_waits_for_its_files_to_be_scanned_and_goes_without_the_harmful_one(
    world: World,
    server: Server,
    clamd: Clamd,
) -> None:
    files = (upload(b"Mode d'emploi", "bon.txt"), upload(EICAR, "mauvais.exe"))
    ticket = world.ticket()
    with everything():
        actions.reply(ticket, text="Voici.", attachments=files, actor=world.as_(world.nadia))
    do_jobs(queues=("reactions", "mail"))
    assert [each.get_content_type() for each in server.mails] == ["multipart/alternative"], "the acknowledgement alone"
    do_jobs(queues=("files",))
    with time_machine.travel(now() + timedelta(minutes=1)):
        send_all_due()
    [sent] = [each for each in server.mails if each.get_content_type() == "multipart/mixed"]
    assert [part.get_filename() for part in sent.iter_attachments()] == ["bon.txt"]


@pytest.mark.django_db
def test_a_third_party_gets_everything_or_nothing(world: World, server: Server, clamd: Clamd) -> None:
    ticket = world.ticket()
    with everything():
        write_to_third_party(
            ticket, to=["hotline@hp.example"], subject="Journal", text="Voici.", attachments=(upload(EICAR, "mauvais.exe"),),
            actor=world.as_(world.nadia),
        )  # fmt: skip
    do_jobs(queues=QUEUES)
    with time_machine.travel(now() + timedelta(minutes=1)):
        send_all_due()
    with everything():
        mail_row = OutgoingMail.objects.get(template="third_party")
    assert mail_row.state == OutgoingMail.State.FAILED
    assert "mauvais.exe" in mail_row.last_error
    assert not [each for each in server.mails if "hotline" in str(each["To"])]


@pytest.mark.django_db
def test_a_harmful_file_of_the_ticket_cannot_be_chosen_for_a_third_party(
    world: World, client: Client, clamd: Clamd
) -> None:
    ticket, file = with_file(world, EICAR)
    do_jobs(queues=QUEUES)
    client.force_login(world.nadia.account)
    assert f'value="{file.pk}"' not in client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    said = {"to": "hotline@hp.example", "subject": "x", "text": "Voici", "file": [str(file.pk)]}
    client.post(f"/desk/tickets/{ticket.number}/third-parties", said)
    with everything():
        assert not OutgoingMail.objects.filter(template="third_party").exists()


# Around


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_files(world: World, client: Client, fake: FakeClamd) -> None:
    ticket, _file = with_file(world, b"1")
    client.force_login(world.nadia.account)
    client.get(f"/desk/tickets/{ticket.number}/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(f"/desk/tickets/{ticket.number}/")
    for number in range(5):
        with everything():
            files = tuple(upload(f"{number} {each}".encode(), f"{each}.txt") for each in range(3))
            actions.note(ticket, text="Note", attachments=files, actor=world.as_(world.nadia))
    with CaptureQueriesContext(connection) as many:
        client.get(f"/desk/tickets/{ticket.number}/")
    assert len(many) <= len(few) + 1


@pytest.mark.django_db
def test_the_doctor_says_how_the_scanner_is(settings: Any, fake: FakeClamd) -> None:
    fake.answer = f"ClamAV 1.4.3/27500/{now() - timedelta(days=30):%a %b %d %H:%M:%S %Y}\0".encode()
    said = {each.what: each.verdict for each in examine(settings_now())}
    assert said["Its signatures are 30 days old."] == "warn"
    fake.stop()
    scan_with(settings, "127.0.0.1:1")
    assert ("bad", True) in {
        (each.verdict, "virus scanner does not answer" in each.what) for each in examine(settings_now())
    }
    scan_with(settings, "")
    assert any(each.what == "Files are not scanned for viruses." for each in examine(settings_now()))


def settings_now() -> Any:
    from django.conf import settings

    return settings.ENTRAIDE
