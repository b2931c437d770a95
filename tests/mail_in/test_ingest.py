"""`entraide ingest`, as a mail server's pipe runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entraide.channels.email.addresses import ticket_address
from entraide.channels.email.models import IncomingMail
from tests.mail_in import desk
from tests.mail_in.mails import SUPPORT, entries, mail, tickets
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = [
    "outcome", "ticket", "message_id", "title", "from_email", "from_name", "body_text", "body_html", "attachments",
    "auto_reply", "is_bounce",
]  # fmt: skip


def answered(raw: bytes, *options: str) -> dict[str, Any]:
    done = desk.ingest(raw, "--json", *options)
    assert done.returncode == 0, done.stderr.decode()
    (line,) = done.stdout.decode().splitlines()
    answer: dict[str, Any] = json.loads(line)
    assert list(answer) == KEYS
    return answer


def test_it_answers_one_line_that_says_what_became_of_the_mail(world: World) -> None:
    raw = mail(
        html='<p>Le VPN <b onclick="x()">ne répond plus</b><script>alert(1)</script></p>',
        files=(("journal é.txt", "text/plain", b"une ligne\n"),),
    )
    answer = answered(raw, "--to", "support+vpn@entraide.localhost", "--from", "alice@helvetia.example")
    (ticket,) = tickets()
    assert answer == {
        "outcome": "ticket",
        "ticket": ticket.reference,
        "message_id": "<vpn-1@helvetia.example>",
        "title": "Le VPN ne répond plus",
        "from_email": "alice@helvetia.example",
        "from_name": "Alice Martin",
        "body_text": "Bonjour,\n\nle VPN ne répond plus depuis ce matin.",
        "body_html": answer["body_html"],
        "attachments": [{"filename": "journal é.txt", "mime": "text/plain", "size": 10, "inline": False}],
        "auto_reply": True,
        "is_bounce": False,
    }
    assert "ne répond plus" in answer["body_html"]
    assert "alert" not in answer["body_html"]
    assert "onclick" not in answer["body_html"]
    row = IncomingMail.objects.get()
    assert row.envelope_to == ["support+vpn@entraide.localhost"]
    assert row.envelope_from == "alice@helvetia.example"
    assert row.outcome == "ticket", "it was read at once"
    desk.work()
    assert len(tickets()) == 1
    assert desk.jobs_left() == []


def test_the_same_mail_again_says_the_same_and_makes_nothing_new(world: World) -> None:
    assert answered(mail()) == answered(mail())
    assert len(tickets()) == 1


def test_an_answer_says_its_ticket(world: World) -> None:
    ticket = world.ticket()
    answer = answered(mail(to=ticket_address(ticket), message_id="<2@x.example>"))
    assert (answer["outcome"], answer["ticket"]) == ("followup", ticket.reference)
    assert len(entries(ticket)) == 2
    assert ticket_address(ticket) in IncomingMail.objects.get().envelope_to


def test_what_is_set_aside_or_in_quarantine_is_kept_so_the_status_is_0(world: World) -> None:
    absent = answered(mail(subject="Absence", Auto_Submitted="auto-replied"))
    assert (absent["outcome"], absent["ticket"], absent["auto_reply"]) == ("ignored", None, False)
    ours = answered(mail(SUPPORT, message_id="<3@x.example>"))
    assert (ours["outcome"], ours["ticket"]) == ("error", None)
    assert set(IncomingMail.objects.values_list("outcome", flat=True)) == {"ignored", "quarantined"}


def test_nothing_on_standard_input_is_refused_with_a_clear_word(world: World) -> None:
    done = desk.ingest(b"", "--json")
    assert done.returncode == 65
    assert "empty" in done.stderr.decode() or "vide" in done.stderr.decode()
    answer = json.loads(done.stdout)
    assert list(answer) == KEYS
    assert answer["outcome"] == "refused"
    assert not IncomingMail.objects.exists()


@pytest.mark.parametrize("raw", [bytes(range(256)) * 40, b"\x00", b"\xff\xfe" * 500, b":\n" * 1000], ids=range(4))
def test_any_bytes_are_kept(world: World, raw: bytes) -> None:
    # Nothing in them names a sender: somebody has to look at them.
    assert answered(raw)["outcome"] == "error"
    assert bytes(IncomingMail.objects.get().raw) == raw


def test_without_json_a_sentence_says_what_became_of_it(world: World) -> None:
    done = desk.ingest(mail())
    assert done.returncode == 0
    assert tickets()[0].reference in done.stdout.decode()


def test_a_database_that_is_away_makes_the_mail_server_keep_the_mail(world: World) -> None:
    done = desk.ingest(mail(), "--json", DATABASE_URL="postgresql://nobody@127.0.0.1:1/x", ENTRAIDE_DATABASE_WAIT="0")
    assert done.returncode == 75
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.decode().strip().splitlines()) == 1
