"""Without a mail server each outgoing mail is a file that a mail program opens."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage, get_connection


def test_each_mail_is_a_file_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = tmp_path / "outgoing-mail"
    server = get_connection("entraide.config.mail_files.EmailBackend")
    mails = [EmailMessage("Été", "Bonjour", "desk@example.ch", [to]) for to in ("zoe@example.ch", "bob@example.ch")]
    assert server.send_messages(mails) == 2
    files = sorted((tmp_path / "outgoing-mail").iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    read = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
    assert {mail["To"] for mail in read} == {"zoe@example.ch", "bob@example.ch"}
    assert read[0]["Subject"] == "Été"
