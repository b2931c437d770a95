"""What has to be true of a desk when the dust has settled."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter

from tests.crash.desk import MailServer, MortalDesk
from tests.crash.load import Load

# A killed worker is missed after 30 s, looked for each minute, and a mail is tried again a minute after its first failure.
SETTLING_TAKES_S = 900.0
TOKEN = re.compile(r"\b(?:mail-[ab]|reply)-\d{5}\b")


def settle(desk: MortalDesk) -> float:
    """Wait until the desk has nothing left to do, and return how many seconds that took."""
    began = time.monotonic()
    while left := work_left(desk):
        if time.monotonic() - began > SETTLING_TAKES_S:
            raise AssertionError(f"Still to do after {SETTLING_TAKES_S} s: {left}\n" + "\n".join(desk.said[-40:]))
        time.sleep(1)
    return time.monotonic() - began


def work_left(desk: MortalDesk) -> dict[str, int]:
    found = {
        "jobs": "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name IN ('mail', 'reactions')",
        "incoming": "SELECT count(*) FROM email_incomingmail WHERE outcome = 'waiting'",
        "outgoing": "SELECT count(*) FROM email_outgoingmail WHERE state IN ('waiting', 'failing')",
    }
    counted = {name: int(desk.ask(question)[0][0]) for name, question in found.items()}
    return {name: count for name, count in counted.items() if count}


def nothing_is_lost(desk: MortalDesk, load: Load, server: MailServer) -> dict[str, int]:
    """Compare what people were told with what the desk has; return the figures."""
    assert not desk.ask("SELECT id, last_error FROM email_outgoingmail WHERE state NOT IN ('sent')")
    assert not desk.ask("SELECT task_name, args FROM procrastinate_jobs WHERE status IN ('failed', 'aborted')")
    _each_mail_is_there_once(desk, load)
    _each_word_is_there_once(desk, load)
    _each_file_is_there(desk)
    _each_letter_went_out(desk, server)
    replayed = desk.command("sla", "replay", "--check")
    escalated = desk.ask("SELECT count(*) FROM tickets_ticketentry WHERE kind = 'escalated'")[0][0]
    assert escalated == len(load.escalated)
    return {
        "mails": len(load.mails),
        "replies": len(load.replies),
        "escalations": int(escalated),
        "tickets": int(replayed.split()[0]),
        "sent": len(server.received),
        "sent twice": sum(times > 1 for times in server.received.values()),
    }


def _each_mail_is_there_once(desk: MortalDesk, load: Load) -> None:
    kept = Counter(
        token for (raw,) in desk.ask("SELECT message_id FROM email_incomingmail") for token in TOKEN.findall(raw)
    )
    assert set(kept) >= load.mails, f"Accepted and lost: {sorted(load.mails - set(kept))}"
    assert not [token for token, times in kept.items() if times > 1]
    assert not desk.ask(
        "SELECT id FROM email_incomingmail WHERE outcome NOT IN ('ticket', 'followup') OR entry_id IS NULL"
    )


def _each_word_is_there_once(desk: MortalDesk, load: Load) -> None:
    written: Counter[str] = Counter()
    for (said,) in desk.ask("SELECT data->>'text' FROM tickets_ticketentry WHERE data->>'text' IS NOT NULL"):
        written.update(set(TOKEN.findall(said)))
    accepted = load.mails | load.replies
    assert set(written) >= accepted, f"Accepted and not on a timeline: {sorted(accepted - set(written))}"
    assert not {token: times for token, times in written.items() if times > 1}
    assert set(written) <= load.begun


def _each_file_is_there(desk: MortalDesk) -> None:
    for (digest,) in desk.ask("SELECT DISTINCT digest FROM tickets_attachment"):
        content = (desk.data_dir / "files" / digest[:2] / digest[2:4] / digest).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest


def _each_letter_went_out(desk: MortalDesk, server: MailServer) -> None:
    """Each mail that is noted as sent was received, under its one Message-ID, and nothing else was."""
    noted = {
        (message_id, recipient)
        for message_id, recipient in desk.ask("SELECT message_id, recipient FROM email_outgoingmail")
    }
    received = set(server.received)
    assert noted <= received, f"Noted as sent and never received: {sorted(noted - received)[:5]}"
    assert received <= noted, f"Received and not known: {sorted(received - noted)[:5]}"
    replies = desk.ask("SELECT count(*) FROM tickets_ticketentry WHERE kind = 'replied'")[0][0]
    letters = desk.ask("SELECT count(DISTINCT entry_id) FROM email_outgoingmail WHERE template = 'reply'")[0][0]
    assert letters == replies
