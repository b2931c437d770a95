"""What the desk stands on goes away for a while and comes back: it is told, survived and caught up."""

from __future__ import annotations

import json
import os
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.desk import DatabaseElsewhere, MailServer, MortalDesk
from tests.crash.load import Load
from tests.crash.verdict import nothing_is_lost, settle
from tests.mail_in.mails import mail

# `make crashes` takes the minute that an operator may need.
AWAY_S = float(os.environ.get("AWAY_S", "8"))


@contextmanager
def under_load(desk: MortalDesk, seed: int) -> Iterator[Load]:
    """People write and work during the block, and get every answer they wait for after it."""
    load = Load(web_port=desk.web_port, smtp_port=desk.smtp_port, token=desk.people_and_token(), seed=seed)
    load.start()
    time.sleep(3)
    yield load
    time.sleep(3)
    load.stop()


def deliver(desk: MortalDesk) -> tuple[int, bytes]:
    """Return what the mail listener says to one more mail."""
    with smtplib.SMTP("127.0.0.1", desk.smtp_port, timeout=60) as door:
        try:
            door.sendmail(
                "late@client-a.example", ["support@entraide.localhost"], mail(message_id="<late@client.example>")
            )
        except smtplib.SMTPRecipientsRefused as refused:
            [answer] = refused.recipients.values()
            return answer
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code, bytes(refused.smtp_error)
    return 250, b""


@pytest.mark.timeout(900)
def test_the_database_is_away(data_dir: Path, server: MailServer) -> None:
    data_dir.chmod(0o755)  # the database runs as another user
    elsewhere = DatabaseElsewhere(data_dir / "elsewhere" / "postgres")
    address = elsewhere.start_with_a_database()
    desk = MortalDesk(data_dir / "desk", server.port, DATABASE_URL=address)
    try:
        with under_load(desk, seed=1) as load:
            elsewhere.go_away()
            assert desk.page("/readyz") == (503, "The database does not answer.\n")
            assert desk.page("/healthz")[0] == 200
            status, said = desk.page("/desk/", Cookie="sessionid=" + "x" * 32)
            assert status == 503 and "pas joignable pour le moment</h1>" in said
            status, said = desk.page("/api/v1/tickets", Authorization=f"Bearer {load.token}")
            assert status == 503 and json.loads(said)["status"] == 503
            assert deliver(desk)[0] == 451
            time.sleep(AWAY_S)
            before = load.interruptions
            elsewhere.come_back(address)
            desk.wait_until_ready()
        assert before > 0, "nobody noticed that the database was away"
        settle(desk)
        print(nothing_is_lost(desk, load, server))
    finally:
        desk.stop()
        elsewhere.stop()


@pytest.mark.timeout(900)
def test_the_disk_is_full(small_disk: Path, server: MailServer) -> None:
    desk = MortalDesk(small_disk, server.port)
    ballast = small_disk / "ballast"
    try:
        with under_load(desk, seed=2) as load:
            with ballast.open("wb") as heavy, pytest.raises(OSError, match="No space"):
                while True:
                    heavy.write(b"x" * 65536)
                    heavy.flush()
            time.sleep(AWAY_S)
            before = load.interruptions
            told = deliver(desk) if desk.page("/healthz")[0] else (451, b"")
            ballast.unlink()
            desk.wait_until_ready(seconds=180)
        print("full disk:", told, *desk.said[-30:], sep="\n")
        assert before > 0
        settle(desk)
        print(nothing_is_lost(desk, load, server))
    finally:
        desk.stop()
