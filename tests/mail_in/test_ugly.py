"""Ugly mail, from the door to the ticket: nothing stops the intake, nothing is lost, nothing unsafe is kept as safe."""

from __future__ import annotations

import base64
import random

import pytest

from entraide.channels.email.models import IncomingMail
from entraide.core.files import read_stored
from entraide.tickets.models import Attachment
from tests.mail_in.mails import entries, last_event, mail, taken_in, tickets
from tests.world import World, everything

pytestmark = pytest.mark.django_db
FROM = b"From: alice@helvetia.example\r\n"
NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(200))

UGLY = {
    "8-bit headers": FROM + "Subject: Réseau coupé\r\n\r\nça ne va pas\r\n".encode("latin-1"),
    "an unknown charset": FROM + b"Content-Type: text/plain; charset=x-klingon\r\n\r\nva\xe9\r\n",
    "a charset that is a codec of something else": FROM + b"Content-Type: text/plain; charset=zlib\r\n\r\nva\r\n",
    "NUL bytes": FROM + b"Subject: a\x00b\r\n\r\nun\x00deux\x00\r\n",
    "lone surrogates": FROM + b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-\r\n",
    "no From": b"Subject: sans auteur\r\n\r\nbonjour\r\n",
    "two Froms": FROM + b"From: bob@helvetia.example\r\n\r\nx\r\n",
    "a From that is no address": b"From: undisclosed\r\nSubject: x\r\n\r\ny\r\n",
    "a From of 40 000 characters": b"From: " + b"a" * 40_000 + b"@helvetia.example\r\n\r\nx\r\n",
    "a name of 100 000 characters": b'From: "' + b"n" * 100_000 + b'" <paul@helvetia.example>\r\n\r\nx\r\n',
    "a name with line breaks": b"From: =?utf-8?q?a=0Ab=00?= <paul@helvetia.example>\r\n\r\nx\r\n",
    "a subject of 100 000 characters": FROM + b"Subject: " + b"s" * 100_000 + b"\r\n\r\nx\r\n",
    "a subject of blanks": FROM + b"Subject: =?utf-8?q?=20=20?=\r\n\r\nx\r\n",
    "no body": FROM + b"Subject: sans texte\r\n\r\n",
    "headers only, without end": FROM + b"Subject: fin",
    "a broken boundary": FROM + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\ntexte\r\n",
    "a boundary without end": FROM + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ntexte\r\n",
    "parts two hundred deep": FROM + NESTED + b"texte",
    "broken base64": FROM + b"Content-Transfer-Encoding: base64\r\n\r\n=====\xff\xfe@@@\r\n",
    "broken quoted-printable": FROM + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\xff=\r\n",
    "a truncated winmail.dat": mail(
        files=(("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22" + b"\xff" * 50),)
    ),
    "an encrypted S/MIME": FROM + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nMIIB\r\n",
    "an encrypted PGP": FROM
    + b'Content-Type: multipart/encrypted; boundary=x; protocol="application/pgp-encrypted"\r\n\r\n'
    + b"--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\n"
    + b"Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--x--\r\n",
    "a file named like a way out": mail(files=(("../../etc/passwd\x00.txt", "text/plain", b"x"),)),
    "an mbox line first": b"From alice@helvetia.example Mon Mar  2 08:00:00 2026\r\n" + mail(),
    "only line feeds": mail().replace(b"\r\n", b"\n"),
    "only carriage returns": mail().replace(b"\r\n", b"\r"),
    "a body of one line of a million characters": FROM + b"\r\n" + b"m" * 1_000_000,
    "a body of 200 000 words": FROM + b"\r\n" + b" ".join(b"mot%d" % number for number in range(200_000)),
    "a thousand references": FROM + b"References: " + b" ".join(b"<%d@x>" % n for n in range(1000)) + b"\r\n\r\nx\r\n",
    "a thousand recipients": FROM + b"To: " + b", ".join(b"p%d@x.example" % n for n in range(1000)) + b"\r\n\r\nx\r\n",
    "emoji beyond the basic plane": FROM + "Subject: 🖨️ 💥\r\n\r\n🆘\r\n".encode(),
    "not a mail at all": bytes(range(256)) * 10,
}


@pytest.mark.parametrize("raw", UGLY.values(), ids=UGLY)
def test_ugly_mail_becomes_a_ticket(world: World, raw: bytes) -> None:
    row = taken_in(raw)
    assert (row.outcome, row.reason) == ("ticket", "")
    (ticket,) = tickets()
    assert ticket.subject.strip()
    assert len(entries(ticket)) == 1
    assert bytes(IncomingMail.objects.get().raw) == raw
    # A second delivery of it is the same one, and so is its answer.
    assert taken_in(raw).pk == row.pk


def test_an_address_longer_than_a_directory_takes_waits_for_somebody_who_can_read_it(world: World) -> None:
    row = taken_in(b"From: <" + b"a" * 120 + b"@" + b"b." * 100 + b"example>\r\nSubject: Long\r\n\r\nx\r\n")
    assert (row.outcome, row.subject, len(row.sender)) == ("quarantined", "Long", 320)
    assert row.reason


@pytest.mark.parametrize("seed", range(12))
def test_a_mail_damaged_anywhere_is_kept_and_read(world: World, seed: int) -> None:
    luck = random.Random(seed)
    raw = bytearray(mail(html="<p>é</p>", files=(("a.png", "image/png", bytes(200)),), References="<1@x> <2@x>"))
    for _ in range(luck.randint(1, 40)):
        place = luck.randrange(len(raw))
        match luck.randrange(3):
            case 0:
                raw[place] = luck.randrange(256)
            case 1:
                del raw[place : place + luck.randrange(30)]
            case _:
                raw[place:place] = luck.randbytes(luck.randrange(30))
    assert taken_in(bytes(raw)).outcome in ("ticket", "quarantined", "ignored")
    assert IncomingMail.objects.get().outcome == "ticket", IncomingMail.objects.get().reason


def test_the_words_arrive_whatever_the_charset_claims(world: World) -> None:
    for number, (charset, words) in enumerate([("us-ascii", "latin-1"), ("utf-8", "cp1252"), ("", "utf-8")]):
        head = f"Message-ID: <{number}@x>\r\n".encode() + (
            b"Content-Type: text/plain; charset=%s\r\n" % charset.encode()
        )
        taken_in(FROM + head + b"\r\n" + "Le serveur a été arrêté à midi.\r\n".encode(words))
    assert [ticket.description for ticket in tickets()] == ["Le serveur a été arrêté à midi."] * 3


def test_html_only_is_kept_with_its_words_as_text(world: World) -> None:
    raw = FROM + b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Le <b>VPN</b> est lent</p><script>x()</script>\r\n"
    taken_in(raw)
    (ticket,) = tickets()
    assert "VPN" in ticket.description
    assert "x()" not in ticket.description
    assert "<b>VPN</b>" in last_event(ticket).html


def test_an_attachment_of_50_megabytes_arrives_whole(world: World) -> None:
    content = random.Random(7).randbytes(50 * 1024 * 1024)
    body = base64.encodebytes(content).replace(b"\n", b"\r\n")
    raw = (
        FROM
        + b"Subject: gros\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\n\r\nvoir le fichier\r\n--x\r\nContent-Type: application/octet-stream\r\n"
        + b"Content-Disposition: attachment; filename=image.iso\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + body
        + b"--x--\r\n"
    )
    assert taken_in(raw).outcome == "ticket"
    with everything():
        file = Attachment.objects.get()
    assert (file.name, file.size_bytes) == ("image.iso", len(content))
    assert read_stored(file.digest) == content
