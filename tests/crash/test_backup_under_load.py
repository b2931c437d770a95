"""A backup while people write: what it holds is one instant, and every message that was accepted before it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg
import pytest

from entraide.config.environment import EMBEDDED
from tests.crash.desk import MailServer, MortalDesk
from tests.crash.load import Load
from tests.crash.verdict import TOKEN, nothing_is_lost, settle
from tests.runtime.desk import entraide

# `make crashes` makes more of them.
BACKUPS = int(os.environ.get("BACKUPS", "2"))


@pytest.mark.timeout(900)
def test_a_backup_while_people_write_holds_all_that_was_accepted(
    data_dir: Path, server: MailServer, tmp_path: Path
) -> None:
    desk = MortalDesk(data_dir / "desk", server.port)
    try:
        load = Load(
            web_port=desk.web_port, smtp_port=desk.smtp_port, token=desk.people_and_token(), seed=7, pause_s=0.1
        )
        load.start()
        for number in range(BACKUPS):
            time.sleep(4)
            accepted = set(load.mails | load.replies)
            desk.command("backup", "--to", str(tmp_path / f"backup-{number}"))
        load.stop()
        [archive] = (tmp_path / f"backup-{BACKUPS - 1}").iterdir()
        _restored_holds(accepted, archive, desk, tmp_path)
        settle(desk)
        print(nothing_is_lost(desk, load, server))
    finally:
        desk.stop()


def _restored_holds(accepted: set[str], archive: Path, desk: MortalDesk, tmp_path: Path) -> None:
    """Restore the archive into a database elsewhere, which replays all of it, and look for what was accepted before it was made."""
    admin = os.environ["DATABASE_URL"].rpartition("/")[0]
    with psycopg.connect(f"{admin}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored_under_load")
    try:
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        (fresh / "secret_key").write_bytes((desk.data_dir / "secret_key").read_bytes())
        done = entraide(
            "restore",
            str(archive),
            data_dir=fresh,
            seconds=300,
            DATABASE_URL=f"{admin}/restored_under_load",
            **{EMBEDDED: ""},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert ", 0 differ from their timeline" in done.stdout
        with psycopg.connect(f"{admin}/restored_under_load", autocommit=True) as connection:
            kept = connection.execute("SELECT message_id FROM email_incomingmail").fetchall()
            written = connection.execute("SELECT data->>'text' FROM tickets_ticketentry WHERE data ? 'text'").fetchall()
            digests = connection.execute("SELECT DISTINCT digest FROM tickets_attachment").fetchall()
        there = {token for (text,) in [*kept, *written] for token in TOKEN.findall(text or "")}
        assert len(accepted) > 5 and accepted <= there, sorted(accepted - there)
        for (digest,) in digests:
            assert (fresh / "files" / digest[:2] / digest[2:4] / digest).is_file()
    finally:
        with psycopg.connect(f"{admin}/postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE restored_under_load WITH (FORCE)")
