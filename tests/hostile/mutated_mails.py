"""Mails that went wrong on their way: the samples of the parser, spliced, wrapped and broken as hostile or careless programs break them."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Callable

from hypothesis import strategies as st

from tests.email_parsing.reading import NAMES, raw

LARGEST_BYTES = 200_000
# What readers of mail have stumbled over: marks of syntax in odd places, half of an escape, bytes of other charsets.
TOKENS: tuple[bytes, ...] = (
    b"\x00", b"\xff", b"\xfe\xff", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\r\n ", b"\r\n\t\r\n", b":", b";", b",", b"<", b">", b"<>", b"@", b"@@",
    b"\"", b"\\", b"\\\"", b"(", b"((((", b")", b"=", b"==", b"=?", b"?=", b"=?utf-8?b?", b"=?utf-8?q?=0A=00?=", b"=?utf-7?q?+2AA-?=", b"=?x?z?y?=",
    b"--", b"--x", b"--x--", b"\r\n--x\r\n", b"boundary=x", b"boundary=\"\"", b"boundary=" + b"b" * 300, b"charset=utf-16", b"charset=\"\x00\"",
    b"charset=unicode_escape", b"charset=idna", b"charset=punycode", b"charset=rot13", b"charset=hz", b"charset=iso-2022-jp", b"format=flowed; delsp=yes",
    b"filename*0*=utf-8''%00", b"filename*1=..%2f", b"name*99999999999=x", b"filename=\"../../x\"", b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Type: message/delivery-status\r\n\r\n", b"Content-Type: application/ms-tnef\r\n",
    b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n", b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Disposition: attachment; filename=\r\n", b"Content-ID: <>\r\n", b"From: \r\n", b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n", b"Date: 1 Jan 0001 00:00 -2359\r\n",
    b"References: " + b"<a@b> " * 50 + b"\r\n", b"Message-ID: <<<>>>\r\n", b"Return-Path: <>\r\n", b"Auto-Submitted: ;;\r\n", b"begin 644 x\r\n", b"end\r\n",
    b"-----BEGIN PGP MESSAGE-----\r\n", b"> ", b">>>>>>>>", b"-- \r\n", b"On Mon, x wrote:\r\n", b"Le lun. 2 mars, a \xc3\xa9crit :\r\n", b"<table><tr><td>", b"</td>", b"<!--", b"-->",
    b"<![CDATA[", b"<script>", b"<style>", b"<a href='javascript:x'>", b"<img src=cid:x>", b"<blockquote>", b"<div class=gmail_quote>", b"&#x110000;", b"&#0;", b"&amp", b"<" * 20,
    b"\xed\xa0\x80", b"\xc3", b"\xf0\x9f\x98", b"\x1b$B", b"\x1b(B", b"~{", "\u202e".encode(), "\u2028".encode(), "\ufeff".encode(), b"+ADw-", b"0" * 5000, b"9" * 400,
)  # fmt: skip
HEADERS = (
    b"From", b"Sender", b"To", b"Cc", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References", b"Return-Path", b"Content-Type",
    b"Content-Transfer-Encoding", b"Content-Disposition", b"Auto-Submitted", b"Precedence", b"List-Id", b"X-Failed-Recipients", b"X-Original-Message-ID",
)  # fmt: skip
KINDS = (
    b"multipart/mixed", b"multipart/alternative", b"multipart/related", b"multipart/signed", b"multipart/report", b"multipart/digest", b"multipart/encrypted",
    b"message/rfc822", b"message/delivery-status", b"text/html", b"text/plain", b"text/enriched", b"text/calendar", b"application/ms-tnef", b"application/pkcs7-mime",
)  # fmt: skip
SAMPLES = {name: raw(name) for name in NAMES}

Mutation = Callable[[bytes, random.Random], bytes]


def _cut(mail: bytes, chance: random.Random) -> bytes:
    return mail[: chance.randint(0, len(mail))]


def _without_some(mail: bytes, chance: random.Random) -> bytes:
    start, end = _stretch(mail, chance)
    return mail[:start] + mail[end:]


def _some_twice(mail: bytes, chance: random.Random) -> bytes:
    start, end = _stretch(mail, chance)
    return mail[:end] + mail[start:end] * chance.choice((1, 2, 50)) + mail[end:]


def _with_token(mail: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(mail))
    return mail[:at] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 100, 5000)) + mail[at:]


def _bytes_changed(mail: bytes, chance: random.Random) -> bytes:
    changed = bytearray(mail)
    for _time in range(min(len(changed), chance.choice((1, 3, 20)))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _with_header(mail: bytes, chance: random.Random) -> bytes:
    value = b"".join(chance.choice(TOKENS) for _ in range(chance.randint(1, 4)))
    return chance.choice(HEADERS) + b": " + value + b"\r\n" + mail


def _header_broken(mail: bytes, chance: random.Random) -> bytes:
    lines = mail.split(b"\n")
    which = chance.randrange(min(len(lines), 20))
    name, _colon, value = lines[which].partition(b":")
    at = chance.randint(0, len(value))
    lines[which] = name + b":" + value[:at] + chance.choice(TOKENS) + value[at:]
    return b"\n".join(lines)


def _spliced(mail: bytes, chance: random.Random) -> bytes:
    other = SAMPLES[chance.choice(NAMES)]
    return mail[: chance.randint(0, len(mail))] + other[chance.randint(0, len(other)) :]


def _wrapped(mail: bytes, chance: random.Random) -> bytes:
    kind, mark = chance.choice(KINDS), chance.choice((b"x", b"--", b"a b", b"=_" + b"q" * 60))
    other = SAMPLES[chance.choice(NAMES)]
    head = b"From: a@client.example\r\nContent-Type: " + kind + b'; boundary="' + mark + b'"\r\n\r\n'
    delimiter = b"\r\n--" + mark + b"\r\n"
    return head + delimiter + mail + delimiter + other + b"\r\n--" + mark + b"--\r\n"


def _deeply(mail: bytes, chance: random.Random) -> bytes:
    for number in range(chance.choice((3, 30, 120))):
        mark = str(number).encode()
        mail = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + mail
    return b"From: a@client.example\r\n" + mail


def _encoded(mail: bytes, chance: random.Random) -> bytes:
    """The body in another transfer encoding, as a kind of part that has a reader of its own, damaged on the way."""
    head, _blank, body = mail.replace(b"\r\n", b"\n").partition(b"\n\n")
    inner = _bytes_changed(body, chance) if chance.random() < 0.5 else body
    coded, name = chance.choice(
        ((base64.encodebytes(inner), b"base64"), (quopri.encodestring(inner), b"quoted-printable"), (inner, b"8bit"))
    )
    kind = (
        b"Content-Type: " + chance.choice(KINDS) + b"; charset=" + chance.choice((b"utf-8", b"utf-16", b"x", b"utf-7"))
    )
    return b"Content-Transfer-Encoding: " + name + b"\n" + kind + b"\n" + head + b"\n\n" + coded


def _binary_damaged(mail: bytes, chance: random.Random) -> bytes:
    """Damage within what was base64: the insides of TNEF and S/MIME, which a changed letter of base64 seldom reaches."""
    head, blank, body = mail.replace(b"\r\n", b"\n").rpartition(b"\n\n")
    try:
        inner = base64.b64decode(body)
    except ValueError:
        return mail
    harmed = chance.choice((_bytes_changed, _cut, _some_twice, _without_some))(inner, chance) if inner else inner
    return head + blank + base64.encodebytes(harmed)


MUTATIONS: tuple[Mutation, ...] = (
    _cut, _without_some, _some_twice, _with_token, _with_token, _bytes_changed, _with_header, _header_broken, _header_broken, _spliced, _wrapped,
    _deeply, _encoded, _binary_damaged,
)  # fmt: skip


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """Give mails that began as one of the samples and went through one to six mutations."""
    mail = SAMPLES[draw(st.sampled_from(NAMES))]
    for mutation in draw(st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=6)):
        mail = mutation(mail, random.Random(draw(st.integers(0, 2**32))))[:LARGEST_BYTES]
    return mail


def _stretch(mail: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(mail))
    return start, min(len(mail), start + chance.choice((1, 2, 10, 100, 1000)))
