"""No bytes whatsoever stop the reading of a mail."""

from __future__ import annotations

import base64
import time
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entraide.channels.email.parsing.message import Address, ParsedMail, parse
from tests.email_parsing.reading import NAMES, mail, raw, sample

SETTINGS = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
PIECES = (
    b"\r\n", b"\n", b"\r", b"\x00", b"--B1", b"--", b"=?utf-8?B?", b"=?utf-8?Q?=", b"?=", b"Content-Type: multipart/mixed; boundary=",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n", b"charset=utf-7", b"\xff\xfe", b"\xc3", b"<", b">", b'"',
    b"(", b"\\", b";", b"filename*0*=", b"%", b"From: ", b"Date: ", b"begin 644 x", b"Content-Type: application/ms-tnef\r\n", b"charset=utf-16",
)  # fmt: skip


def assert_sound(found: ParsedMail) -> None:
    assert "unreadable" not in found.problems
    texts = [
        found.subject,
        found.body_text,
        found.body_html or "",
        found.message_id or "",
        *found.in_reply_to,
        *found.references,
    ]
    texts += [value for _name, value in found.headers]
    addresses = [address for field in ("reply_to", "to", "cc") for address in getattr(found, field)]
    texts += [
        text for each in [*addresses, *([found.sender] if found.sender else [])] for text in (each.name, each.email)
    ]
    texts += [text for file in found.attachments for text in (file.filename, file.mime, file.content_id or "")]
    for text in texts:
        assert "\x00" not in text
        text.encode("utf-8")
    for line in (
        found.subject,
        *(value for _name, value in found.headers),
        *(file.filename for file in found.attachments),
    ):
        assert not set(line) & set("\r\n\x0b\x0c\x85\u2028\u2029")
    assert len(found.subject) <= 998
    assert found.date is None or found.date.tzinfo is not None
    for file in found.attachments:
        assert file.filename.strip(". ")
        assert not set(file.filename) & set("/\\\u202e")
        assert file.size == len(file.content)


@SETTINGS
@given(st.binary(max_size=2000))
def test_any_bytes_are_read(data: bytes) -> None:
    assert_sound(parse(data))


@SETTINGS
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=60))
def test_any_pieces_of_mails_are_read(pieces: list[bytes]) -> None:
    assert_sound(parse(b"".join(pieces)))


@SETTINGS
@given(st.sampled_from(NAMES), st.data())
def test_damaged_samples_are_read(name: str, data: st.DataObject) -> None:
    sound = raw(name)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(sound)))
        upto = data.draw(st.integers(at, min(len(sound), at + 80)))
        sound = sound[:at] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=8)) + sound[upto:]
    assert_sound(parse(sound))


@pytest.mark.parametrize("name", NAMES)
def test_each_sample_is_sound(name: str) -> None:
    assert_sound(sample(name))


def test_a_mail_cut_off_anywhere_is_read() -> None:
    whole = raw("related_inline_image")
    for end in range(0, len(whole), 7):
        assert_sound(parse(whole[:end]))


def test_a_mistake_of_ours_does_not_cost_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("entraide.channels.email.parsing.message.read_contents", broken)
    found = parse(mail("Le texte\n"))
    assert "Le texte" in found.body_text
    assert "unreadable" in found.problems


def test_fifty_megabytes_take_a_moment() -> None:
    content = bytes(range(256)) * (50 * 4096)
    body = b"--B\r\nContent-Type: text/plain\r\n\r\nvoir\r\n--B\r\nContent-Type: application/zip; name=a.zip\r\n"
    body += (
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content).replace(b"\n", b"\r\n")
        + b"\r\n--B--\r\n"
    )
    whole = mail(body, Content_Type="multipart/mixed; boundary=B")
    started = time.process_time()
    found = parse(whole)
    assert time.process_time() - started < 5
    assert found.attachments[0].content == content
    assert found.body_text == "voir"


def hostile_mails() -> dict[str, bytes]:
    nested = b"".join(
        b"--B%d\r\nContent-Type: multipart/mixed; boundary=B%d\r\n\r\n" % (number, number + 1)
        for number in range(20_000)
    )
    return {
        "nested without end": mail(nested, Content_Type="multipart/mixed; boundary=B0"),
        "a hundred thousand parts": mail(b"--B\r\n\r\nx\r\n" * 100_000, Content_Type="multipart/mixed; boundary=B"),
        "a header of megabytes": mail("x", Subject="=?utf-8?Q?" * 300_000),
        "a hundred thousand headers": b"X-A: b\r\n" * 100_000 + mail("x"),
        "recipients without end": mail("x", To="(" * 40_000 + '"' * 40_000 + "<a@b.ch>," * 50_000),
        "a type of megabytes": mail("x", Content_Type='text/plain; a="' + '\\"; b=' * 200_000),
        "references without end": mail("x", References="<a@b> " * 200_000),
        "broken HTML": mail("<!--" * 500_000 + "<a '" * 300_000, Content_Type="text/html"),
        "nested HTML": mail("<blockquote><div>" * 150_000 + "x", Content_Type="text/html"),
        "a line of megabytes": mail("é " * 1_500_000),
        "a date of megabytes": mail("x", Date="1" * 100_000),
        "carriage returns": b"\r" * 500_000 + mail("x"),
        "blank lines": mail(" \r\n" * 500_000),
        "TNEF that claims much": mail(
            b"\x78\x9f\x3e\x22\x01\x00\x01\x03\x90\x06\x00\x18\x00\x00\x00\xff\xff\xff\xff" + b"\x02\x10\x17\x00\xff\xff\xff\xff" * 4,
            Content_Type="application/ms-tnef",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile_mails())
def test_no_mail_keeps_its_reader_busy(name: str) -> None:
    whole = hostile_mails()[name]
    started = time.process_time()
    found = parse(whole)
    assert time.process_time() - started < 8
    assert "unreadable" not in found.problems


def test_parts_nested_too_deep_keep_their_words() -> None:
    nested = "".join(f"--B{n}\r\nContent-Type: multipart/mixed; boundary=B{n + 1}\r\n\r\n" for n in range(60))
    found = parse(mail(nested + "--B60\r\n\r\nau fond\r\n", Content_Type="multipart/mixed; boundary=B0"))
    assert "au fond" in found.body_text
    assert "nesting-too-deep" in found.problems


def test_more_parts_than_anybody_sends_end_in_one_file() -> None:
    found = parse(mail(b"--B\r\n\r\nmot\r\n" * 3000, Content_Type="multipart/mixed; boundary=B"))
    assert "too-many-parts" in found.problems
    assert found.body_text.count("mot") + found.attachments[-1].content.count(b"mot") == 3000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Jean Dupont <jean@client.example>", [Address("Jean Dupont", "jean@client.example")]),
        ('"Dupont, Jean" <Jean@CLIENT.example>', [Address("Dupont, Jean", "Jean@client.example")]),
        ("Dupont, Jean <jean@client.example>", [Address("Dupont, Jean", "jean@client.example")]),
        ("jean@client.example (Jean Dupont)", [Address("Jean Dupont", "jean@client.example")]),
        ("'jean@client.example' <jean@client.example>", [Address("jean@client.example", "jean@client.example")]),
        ("<jean@client.example>, ana@client.example", [Address("", "jean@client.example"), Address("", "ana@client.example")]),
        ("Equipe: Ana <ana@client.example>, Bo <bo@client.example>;", [Address("Ana", "ana@client.example"), Address("Bo", "bo@client.example")]),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?Q?Ren=C3=A9_=3Crene=40client=2Eexample=3E?=", [Address("René", "rene@client.example")]),
        ('"jean\\"x" <jean@client.example>', [Address('jean"x', "jean@client.example")]),
        ("mailto:jean@client.example", [Address("", "jean@client.example")]),
        ("jean@client.example;ana@client.example", [Address("", "jean@client.example"), Address("", "ana@client.example")]),
        ("Jean <jean@client.example", [Address("Jean", "jean@client.example")]),
    ],
)  # fmt: skip
def test_addresses_are_read_as_people_write_them(value: str, expected: list[Address]) -> None:
    assert list(parse(mail(To=value)).to) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@b>", "<a@b>"),
        ("a@b", "<a@b>"),
        ("<[b378dfc5@microsoft.com]>", "<[b378dfc5@microsoft.com]>"),
        ("<a\r\n b@c>", "<ab@c>"),
        ("  <a@b> (comment)", "<a@b>"),
        ("", None),
        ("<>", None),
    ],
)
def test_the_message_id_comes_in_one_form(value: str, expected: str | None) -> None:
    assert parse(mail(Message_ID=value)).message_id == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 3 Mar 2026 11:05:00 +0100", "2026-03-03T11:05:00+01:00"),
        ("Tue, 3 Mar 2026 11:05:00 -0000", "2026-03-03T11:05:00+00:00"),
        ("3 Mar 2026 11:05 GMT", "2026-03-03T11:05:00+00:00"),
        ("mardi 3 mars", None),
        ("Tue, 3 Mar 1601 11:05:00 +0100", None),
        ("Tue, 99 Mar 2026 99:05:00 +9900", None),
    ],
)
def test_the_date_is_an_instant_or_nothing(value: str, expected: str | None) -> None:
    date = parse(mail(Date=value)).date
    assert (date.isoformat() if date else None) == expected


def test_the_sender_is_looked_for_in_the_next_best_field() -> None:
    assert parse(b"Reply-To: a@b.example\r\nReturn-Path: <r@b.example>\r\n\r\nx").sender == Address("", "a@b.example")
    assert parse(b"Return-Path: <r@b.example>\r\n\r\nx").sender == Address("", "r@b.example")


def test_the_only_text_is_read_though_it_calls_itself_an_attachment() -> None:
    found = parse(mail("Lecture du compteur\n", Content_Disposition="attachment", Content_Type="text/plain"))
    assert found.body_text == "Lecture du compteur"


def test_a_file_that_the_html_shows_is_inline_whatever_it_says_of_itself() -> None:
    body = (
        '--B\r\nContent-Type: text/html\r\n\r\n<img src="cid:logo">\r\n--B\r\nContent-Type: image/png\r\n'
        "Content-ID: <logo>\r\nContent-Disposition: attachment; filename=l.png\r\n\r\nx\r\n--B--\r\n"
    )
    assert parse(mail(body, Content_Type="multipart/mixed; boundary=B")).attachments[0].inline


def test_a_text_labelled_unicode_is_not_read_as_chinese() -> None:
    assert parse(mail("Bonjour à tous", Content_Type="text/plain; charset=unicode")).body_text == "Bonjour à tous"


def test_a_parsed_mail_cannot_be_changed() -> None:
    found = sample("person_fr")
    for field in fields(found):
        with pytest.raises(AttributeError):
            setattr(found, field.name, None)
