"""Two deliveries of one message have one fingerprint; two messages have two."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entraide.channels.email.parsing.fingerprint import fingerprint
from tests.email_parsing.reading import NAMES, mail, raw

TRACES = (
    b"Received: from a by b; Tue, 3 Mar 2026 11:05:00 +0100\r\n\t(envelope-from <x@y>)\r\n"
    b"Return-Path: <x@y.example>\r\nDelivered-To: support@desk.example\r\nX-Spam-Score: 1\r\nARC-Seal: i=1\r\n"
    b"DKIM-Signature: v=1;\r\n b=abc\r\nAuthentication-Results: desk.example; dkim=pass\r\n"
)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in ("mbox_line", "lone_carriage_returns", "no_headers")]
)
def test_the_traces_of_the_way_do_not_count(name: str) -> None:
    assert fingerprint(TRACES + raw(name)) == fingerprint(raw(name))


@pytest.mark.parametrize("name", NAMES)
def test_line_endings_do_not_count(name: str) -> None:
    with_lf = raw(name).replace(b"\r\n", b"\n")
    assert fingerprint(with_lf) == fingerprint(with_lf.replace(b"\n", b"\r\n")) == fingerprint(raw(name))
    assert fingerprint(raw(name) + b"\r\n") == fingerprint(raw(name))


def test_no_two_samples_are_the_same() -> None:
    assert len({fingerprint(raw(name)) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize(
    "other",
    [
        mail("Bonsoir"),
        mail(Message_ID="<y@x>"),
        mail(From="a@b.example"),
        mail(Subject="x"),
        mail(Date="Tue, 3 Mar 2026 11:05:01 +0100"),
    ],
)
def test_another_author_day_subject_id_or_text_is_another_message(other: bytes) -> None:
    assert fingerprint(other) != fingerprint(mail())


def test_a_field_folded_anew_is_the_same() -> None:
    assert fingerprint(mail(Subject="un deux")) == fingerprint(mail(Subject="un\r\n deux"))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_have_a_fingerprint(data: bytes) -> None:
    assert len(fingerprint(data)) == 64


def test_fifty_megabytes_take_a_moment() -> None:
    whole = mail(b"abcdefgh\r\n" * 5_000_000)
    started = time.process_time()
    fingerprint(whole)
    assert time.process_time() - started < 3
