"""The mail listener, spoken to by real SMTP."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from entraide.channels.email import listener as listener_module
from entraide.channels.email.listener import Listener
from entraide.channels.email.models import IncomingMail, Mailbox
from tests.mail_in import desk
from tests.mail_in.certificates import certificate_for
from tests.mail_in.mails import SUPPORT, mail

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def listening() -> Iterator[Listener]:
    """Run a listener on a free port in a thread of its own."""
    loop = asyncio.new_event_loop()
    listener = Listener(host="127.0.0.1", port=0)
    loop.run_until_complete(listener.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listener
    finally:
        asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture
def client(server: Listener) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as smtp:
        smtp.ehlo()
        yield smtp


def test_a_mail_is_kept_before_250_with_its_plus_address(client: smtplib.SMTP) -> None:
    refused = client.sendmail("alice@helvetia.example", [SUPPORT, "Support+Imprimante@Entraide.LOCALHOST"], mail())
    assert refused == {}
    row = IncomingMail.objects.get()
    assert row.envelope_to == ["support+imprimante@entraide.localhost", SUPPORT]
    assert bytes(row.raw) == mail()
    assert row.door == "smtp"


def test_several_mails_in_one_conversation(client: smtplib.SMTP) -> None:
    for number in range(3):
        client.sendmail("alice@helvetia.example", [SUPPORT], mail(message_id=f"<{number}@x.example>"))
    assert IncomingMail.objects.count() == 3


def test_a_bounce_without_sender_is_taken(client: smtplib.SMTP) -> None:
    client.sendmail("", [SUPPORT], mail())
    assert IncomingMail.objects.get().envelope_from == "<>"


def test_an_unknown_address_is_refused_with_a_clear_word(client: smtplib.SMTP) -> None:
    client.mail("alice@helvetia.example")
    code, said = client.rcpt("compta@entraide.localhost")
    assert code == 550
    assert b"no such address at this desk" in said
    assert SUPPORT.encode() in said


def test_mail_to_other_domains_is_never_relayed(client: smtplib.SMTP) -> None:
    client.mail("alice@helvetia.example")
    for address in ("bob@gmail.example", "support%gmail.example@other.example", "support@entraide.localhost@x.example"):
        code, _said = client.rcpt(address)
        assert code in (550, 553), address
    assert client.docmd("DATA")[0] == 503


def test_a_mailbox_address_and_postmaster_are_ours(client: smtplib.SMTP) -> None:
    Mailbox.objects.create(name="Compta", address="Aide@Clinique.example", host="x", username="x")
    client.mail("alice@helvetia.example")
    assert client.rcpt("aide+urgent@clinique.example")[0] == 250
    assert client.rcpt("postmaster@entraide.localhost")[0] == 250
    assert client.rcpt("autre@clinique.example")[0] == 550


def test_the_size_limit_is_announced_and_kept(settings: Any) -> None:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"smtp_size_limit": 20_000})
    with listening() as server, smtplib.SMTP("127.0.0.1", server.port, timeout=20) as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == "20000"
        assert smtp.docmd("MAIL", "FROM:<a@b.example> SIZE=20001")[0] == 552
        smtp.mail("a@b.example")
        smtp.rcpt(SUPPORT)
        code, _said = smtp.data(mail(text="x" * 70 + "\n" + ("y" * 70 + "\n") * 400))
        assert code == 552
        assert smtp.noop()[0] == 250
    assert not IncomingMail.objects.exists()


def test_long_lines_8_bit_and_utf8_addresses_are_taken(client: smtplib.SMTP) -> None:
    raw = mail(text="court") + b"\r\n" + b"z" * 50_000 + "\r\né".encode() + b"\xe9\r\n"
    assert {"8bitmime", "smtputf8"} <= set(client.esmtp_features)
    client.sendmail("zoé@rousseau.example", [SUPPORT], raw, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    row = IncomingMail.objects.get()
    assert bytes(row.raw) == raw
    assert row.envelope_from == "zoé@rousseau.example"


def test_a_line_with_a_dot_and_a_bare_line_feed_do_not_end_the_message(client: smtplib.SMTP) -> None:
    client.mail("a@b.example")
    client.rcpt(SUPPORT)
    client.docmd("DATA")
    client.send(b"Subject: x\r\n\r\n..point\r\nun\n.\nMAIL FROM:<evil@x.example>\n\r\n.\r\n")
    assert client.getreply()[0] == 250
    assert b".point\r\nun\n.\nMAIL" in bytes(IncomingMail.objects.get().raw)


def test_nothing_is_lost_when_the_database_is_away(client: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: Any, **_named: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(listener_module, "keep", away)
        with pytest.raises(smtplib.SMTPDataError) as error:
            client.sendmail("a@b.example", [SUPPORT], mail())
        assert error.value.smtp_code == 451
    with monkeypatch.context() as patch:
        patch.setattr(listener_module, "is_ours", away)
        client.mail("a@b.example")
        assert client.rcpt(SUPPORT)[0] == 451
        client.rset()
    client.sendmail("a@b.example", [SUPPORT], mail())
    assert IncomingMail.objects.count() == 1


def test_an_empty_message_is_refused(client: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPDataError) as error:
        client.sendmail("a@b.example", [SUPPORT], b"")
    assert error.value.smtp_code == 554


def test_too_many_connections_are_told_to_come_back(server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "CONNECTIONS_OF_ONE_PEER", 2)
    first, second = (smtplib.SMTP("127.0.0.1", server.port, timeout=20) for _ in range(2))
    with pytest.raises(smtplib.SMTPConnectError) as error:
        smtplib.SMTP("127.0.0.1", server.port, timeout=20)
    assert error.value.smtp_code == 421
    first.quit()
    second.quit()


def test_who_says_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "SECONDS_PER_COMMAND", 0.2)
    with listening() as server, socket.create_connection(("127.0.0.1", server.port), timeout=20) as silent:
        assert silent.recv(100).startswith(b"220 ")
        assert silent.recv(100) == b""


def test_who_hangs_up_in_the_middle_leaves_nothing_behind(server: Listener) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as rude:
        rude.recv(100)
        for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<support@entraide.localhost>", b"DATA"):
            rude.sendall(line + b"\r\n")
            rude.recv(1000)
        rude.sendall(b"Subject: half\r\n")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as smtp:
        smtp.sendmail("a@b.example", [SUPPORT], mail())
    assert IncomingMail.objects.count() == 1


def test_starttls_is_offered_when_there_is_a_certificate(settings: Any, tmp_path: Path) -> None:
    certificate, key = certificate_for("localhost", tmp_path)
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"smtp_tls_cert": certificate, "smtp_tls_key": key})
    trusting = ssl.create_default_context(cafile=str(certificate))
    with listening() as server, smtplib.SMTP("localhost", server.port, timeout=20) as smtp:
        smtp.ehlo()
        smtp.starttls(context=trusting)
        smtp.ehlo()
        assert "auth" not in smtp.esmtp_features
        smtp.sendmail("a@b.example", [SUPPORT], mail())
    assert IncomingMail.objects.count() == 1


def test_without_a_certificate_starttls_is_not_offered(client: smtplib.SMTP) -> None:
    assert not client.has_extn("starttls")
    assert settings.ENTRAIDE.smtp_tls_cert is None


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = desk.run("mail", ENTRAIDE_SMTP_PORT=str(port))
    assert done.returncode not in (0, None)
    (line,) = done.stderr.decode().strip().splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "ENTRAIDE_SMTP_PORT" in line


def test_a_missing_certificate_and_its_key_are_told_in_a_line_each(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere.pem")
    done = desk.run("mail", ENTRAIDE_SMTP_TLS_CERT=nowhere, ENTRAIDE_SMTP_TLS_KEY=nowhere, ENTRAIDE_SMTP_PORT="1")
    assert done.returncode not in (0, None)
    certificate, key = done.stderr.decode().strip().splitlines()
    assert "ENTRAIDE_SMTP_TLS_CERT" in certificate
    assert "ENTRAIDE_SMTP_TLS_KEY" in key
