"""Mailboxes, emptied over a real IMAP server."""

from __future__ import annotations

import imaplib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import OperationalError, connection

from entraide.channels.email import imap, oauth
from entraide.channels.email.imap import MAILBOX_LOCK, Memory, poll
from entraide.channels.email.models import IncomingMail, Mailbox
from entraide.channels.email.secrets import conceal, reveal
from entraide.core.secrets import SecretLost
from tests.mail_in.certificates import certificate_for
from tests.mail_in.dovecot import PASSWORD, Dovecot, needs_dovecot
from tests.mail_in.mailboxes import flags_in, mailbox, put, signed_in
from tests.mail_in.mails import mail

pytestmark = [pytest.mark.django_db(transaction=True), needs_dovecot]
TOKEN = "ya29.a-good-token"


class Tokens(BaseHTTPRequestHandler):
    """Knows one good token (RFC 7662) and gives it for one refresh token (RFC 6749)."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        answer: dict[str, Any] = {"active": "false"}
        if form.get("token") == [TOKEN]:
            answer = {"active": "true", "user": "support@helvetia.example"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    tokens = ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=tokens.serve_forever, daemon=True).start()
    folder = tmp_path_factory.mktemp("dovecot")
    dovecot = Dovecot(
        folder, certificate=certificate_for("localhost", folder), token_server=f"http://127.0.0.1:{tokens.server_port}/"
    )
    dovecot.start()
    yield dovecot
    dovecot.stop()
    tokens.shutdown()


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    """A mailbox of its own for each test, by its name."""
    return f"{request.node.name[:40].lower()}@helvetia.example"


def numbered(*numbers: int) -> list[bytes]:
    return [mail(message_id=f"<{n}@x.example>", subject=f"Panne {n}", text=f"Panne numéro {n}.") for n in numbers]


def test_what_is_unseen_is_taken_in_and_marked(server: Dovecot, user: str) -> None:
    put(server, user, *numbered(1, 2))
    put(server, user, *numbered(3), flags=r"(\Seen)")
    box = mailbox(server, user)
    assert poll(box)
    rows = IncomingMail.objects.order_by("pk")
    assert [bytes(row.raw) for row in rows] == numbered(1, 2)
    assert {row.door for row in rows} == {"imap"}
    assert rows[0].envelope_to == sorted([user, "support@entraide.localhost"])
    assert all("\\Seen" in flags for flags in flags_in(server, user))
    box.refresh_from_db()
    assert box.checked_at is not None
    assert box.last_error == ""


def test_a_second_poll_takes_in_only_what_is_new(server: Dovecot, user: str) -> None:
    put(server, user, *numbered(1))
    box = mailbox(server, user)
    poll(box)
    put(server, user, *numbered(2))
    poll(Mailbox.objects.get(pk=box.pk))
    assert IncomingMail.objects.count() == 2


def test_what_somebody_opened_first_is_not_lost(server: Dovecot, user: str) -> None:
    put(server, user, *numbered(1))
    box = mailbox(server, user)
    poll(box)
    put(server, user, *numbered(2), flags=r"(\Seen)")
    poll(Mailbox.objects.get(pk=box.pk))
    assert IncomingMail.objects.count() == 2


def test_a_folder_numbered_anew_makes_no_second_entries(server: Dovecot, user: str) -> None:
    put(server, user, *numbered(1, 2))
    box = mailbox(server, user)
    poll(box)
    with signed_in(server, user) as client:
        client.store("1:*", "-FLAGS", r"(\Seen)")
    Mailbox.objects.filter(pk=box.pk).update(uid_validity=1, last_uid=999_999)
    poll(Mailbox.objects.get(pk=box.pk))
    assert IncomingMail.objects.count() == 2
    box.refresh_from_db()
    assert box.uid_validity != 1
    assert box.last_uid == 2


def test_messages_are_moved_when_the_mailbox_says_so(server: Dovecot, user: str) -> None:
    put(server, user, *numbered(1, 2))
    put(server, user, *numbered(3), flags=r"(\Seen)")
    poll(mailbox(server, user, after="move", move_to="Traités"))
    assert IncomingMail.objects.count() == 3
    assert flags_in(server, user) == []
    assert len(flags_in(server, user, '"Trait&AOk-s"')) == 3


def test_messages_are_moved_without_the_move_extension(
    server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, user, *numbered(1), flags=r"(\Deleted)")
    put(server, user, *numbered(2))
    sign_in = imap._sign_in

    def without_move(connected: Any, box: Mailbox) -> None:
        sign_in(connected, box)
        connected.client.capabilities = ("IMAP4REV1", "UIDPLUS")

    monkeypatch.setattr(imap, "_sign_in", without_move)
    assert poll(mailbox(server, user, after="move", move_to="Done"))
    assert IncomingMail.objects.count() == 1
    assert len(flags_in(server, user, "Done")) == 1
    # What somebody else had marked for deletion is theirs to expunge.
    assert len(flags_in(server, user)) == 1


def test_a_folder_other_than_the_inbox(server: Dovecot, user: str) -> None:
    with signed_in(server, user) as client:
        client.create("Support")
    put(server, user, *numbered(1), folder="Support")
    put(server, user, *numbered(2))
    poll(mailbox(server, user, folder="Support"))
    assert [row.envelope_to[-1] for row in IncomingMail.objects.all()] == [user]


def test_nothing_is_marked_before_it_is_kept(server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(server, user, *numbered(1))

    def away(*_given: Any, **_named: Any) -> None:
        raise OperationalError("connection refused")

    box = mailbox(server, user)
    with monkeypatch.context() as patch:
        patch.setattr(imap, "keep", away)
        with pytest.raises(OperationalError):
            poll(box)
    assert "\\Seen" not in flags_in(server, user)[0]
    poll(Mailbox.objects.get(pk=box.pk))
    assert IncomingMail.objects.count() == 1


def test_a_poisoned_message_does_not_block_the_rest(
    server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, user, *numbered(1, 2, 3))
    keep = imap.keep

    def choking(raw: bytes, **named: Any) -> Any:
        if b"Panne 2" in raw:
            raise ValueError("this one hurts")
        return keep(raw, **named)

    box, memory = mailbox(server, user), Memory()
    with monkeypatch.context() as patch:
        patch.setattr(imap, "keep", choking)
        assert not poll(box, memory=memory)
    box.refresh_from_db()
    assert box.last_error == "Message 2: this one hurts"
    assert IncomingMail.objects.count() == 2
    assert ["\\Seen" in flags for flags in flags_in(server, user)] == [True, False, True]
    assert poll(box, memory=memory)
    assert IncomingMail.objects.count() == 2, "it is left alone for a while"
    assert poll(box, memory=Memory())
    assert IncomingMail.objects.count() == 3


def test_a_server_that_hangs_up_over_one_message_does_not_stop_the_others(
    server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, user, *numbered(1, 2, 3))
    put_away = imap._put_away

    def hanging_up(connected: Any, box: Mailbox, uid: int) -> None:
        if uid == 1:
            raise imaplib.IMAP4.abort("socket error: EOF")
        put_away(connected, box, uid)

    monkeypatch.setattr(imap, "_put_away", hanging_up)
    box, memory = mailbox(server, user), Memory()
    assert not poll(box, memory=memory)
    assert poll(box, memory=memory)
    assert IncomingMail.objects.count() == 3


def test_a_big_mailbox_is_taken_in_whole(server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "BATCH", 7)
    put(server, user, *numbered(*range(1, 31)))
    box = mailbox(server, user)
    assert poll(box, is_stopping=lambda: IncomingMail.objects.count() >= 9)
    assert IncomingMail.objects.count() == 9
    assert poll(Mailbox.objects.get(pk=box.pk))
    assert IncomingMail.objects.count() == 30


def test_two_processes_do_not_poll_the_same_mailbox(server: Dovecot, user: str) -> None:
    put(server, user, *numbered(1))
    box = mailbox(server, user)
    held, done = threading.Event(), threading.Event()

    def other_process() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [MAILBOX_LOCK, box.pk])
        held.set()
        done.wait()
        # Closing alone would let go only when the server has noticed.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [MAILBOX_LOCK, box.pk])
        connection.close()

    other = threading.Thread(target=other_process)
    other.start()
    held.wait()
    poll(box)
    assert not IncomingMail.objects.exists()
    done.set()
    other.join()
    poll(box)
    assert IncomingMail.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"secret": conceal("faux")}, "Authentication failed"),
        ({"port": 1}, "refused"),
        ({"host": "nowhere.invalid"}, "known"),
        ({"folder": "Nulle part"}, "Mailbox doesn't exist"),
        ({"secret": "not ours"}, "enter the mailbox's password again"),
        ({"security": "starttls"}, "certificate"),
    ],
    ids=["password", "port", "host", "folder", "key", "certificate"],
)
def test_what_is_wrong_with_a_mailbox_is_kept_with_it(server: Dovecot, wrong: dict[str, Any], said: str) -> None:
    box = mailbox(server, "wrong@helvetia.example", **wrong)
    assert not poll(box)
    box.refresh_from_db()
    assert said in box.last_error
    assert PASSWORD not in box.last_error
    assert box.checked_at is not None


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_tls_is_checked_and_works(server: Dovecot, user: str, security: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(server, "tls@helvetia.example", *numbered(1))
    port = server.tls_port if security == "tls" else server.port
    box = mailbox(server, "tls@helvetia.example", host="localhost", port=port, security=security)
    assert not poll(box), "nobody trusts this certificate"
    assert server.certificate is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate[0]))
    with signed_in(server, "tls@helvetia.example") as client:
        client.store("1:*", "-FLAGS", r"(\Seen)")
    assert poll(box)
    assert IncomingMail.objects.count() == 1


def test_xoauth2_signs_in_with_a_token(server: Dovecot) -> None:
    put(server, "support@helvetia.example", *numbered(1))
    box = mailbox(server, "support@helvetia.example", uses_oauth=True, secret=conceal(TOKEN))
    assert poll(box), Mailbox.objects.get(pk=box.pk).last_error
    assert IncomingMail.objects.count() == 1
    Mailbox.objects.filter(pk=box.pk).update(secret=conceal("expired"))
    assert not poll(Mailbox.objects.get(pk=box.pk))


def test_a_token_is_asked_for_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []

    def answering(wanted: dict[str, str]) -> dict[str, Any]:
        asked.append(wanted)
        return {"access_token": TOKEN, "expires_in": 3600}

    monkeypatch.setattr(oauth, "_ask", answering)
    monkeypatch.setattr(oauth, "_kept", {})
    secret = json.dumps({"token_url": "https://login.example/token", "client_id": "c", "refresh_token": "r"})
    assert [oauth.access_token(secret) for _ in range(2)] == [TOKEN, TOKEN]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("{not json", "not JSON"),
        ('{"token_url": "https://x.example"}', "client_id, refresh_token"),
        ('{"token_url": "http://x.example", "client_id": "c", "refresh_token": "r"}', "https"),
    ],
)
def test_wrong_token_settings_say_what_is_wrong(secret: str, said: str) -> None:
    with pytest.raises(oauth.NoToken, match=said):
        oauth.access_token(secret)


def test_a_password_is_kept_concealed(settings: Any) -> None:
    concealed = conceal(PASSWORD)
    assert PASSWORD not in concealed
    assert reveal(concealed) == PASSWORD
    settings.SECRET_KEY = "another"
    with pytest.raises(SecretLost):
        reveal(concealed)


def test_the_address_of_delivery_is_read_from_the_headers(server: Dovecot, user: str) -> None:
    raw = b"Return-Path: <Bob@helvetia.example>\r\nDelivered-To: support+vpn@entraide.localhost\r\n" + numbered(1)[0]
    put(server, user, raw)
    poll(mailbox(server, user))
    row = IncomingMail.objects.get()
    assert row.envelope_from == "bob@helvetia.example"
    assert row.envelope_to == sorted(["support+vpn@entraide.localhost", user])
