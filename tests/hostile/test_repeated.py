"""One mark of syntax, thousands of times: no reader of mail takes longer than the square of nothing."""

from __future__ import annotations

import os
import time

import pytest

from tests.hostile.test_mutated_mails import read_as_the_desk_does

SIZE_BYTES = 60_000
LONGEST_S = 2.5
MARKS = (
    '"', '\\"', '"\\', ",", "<", ">", "(", ")", "(\\", "@", "a@", "a@b.ch,", "=?", "=?utf-8?q?", "=?utf-8?b?YQ==?= ", "?=", ";", "; ", "a=", "; a*0=x", '; a="', ":", "<a@b> ",
    "> ", "\\", "=", "--x\r\n", "[cid:", "&#", "&", "<!--", "<a ", "<p>", "</p>", "<table>", "<td>", "<a href=", "<a href='", "<b x='", '"<', "\r\n ", "\r\n>",
    "On x wrote:\r\n", "Le x a écrit :\r\n", "-- \r\n", "_____", "From: a\r\n", "begin 644 x\r\n", "<blockquote>", "x<br>", "=\r\n", "\t", " \r\n", "a.", "é", "mailto:",
    "https://x.y/", "www.", "..", "@example.ch ", "<![CDATA[", "<style>", "</style", "<svg>", "<img src=cid:a>", "1 ",
)  # fmt: skip
PLACES = {
    "from": b"From: %s <a@b.ch>\r\n\r\nx",
    "subject": b"Subject: %s\r\nFrom: a@b.ch\r\n\r\nx",
    "type": b"From: a@b.ch\r\nContent-Type: text/html; name=%s\r\n\r\nx",
    "references": b"From: a@b.ch\r\nReferences: %s\r\n\r\nx",
    "disposition": b"From: a@b.ch\r\nContent-Disposition: attachment; filename=%s\r\n\r\nx",
    "text": b"From: a@b.ch\r\n\r\n%s",
    "html": b"From: a@b.ch\r\nContent-Type: text/html\r\n\r\n%s",
    "parts": b"From: a@b.ch\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n%s",
    "report": b"From: a@b.ch\r\nContent-Type: message/delivery-status\r\n\r\n%s",
}  # fmt: skip
# All of them take two minutes; in a short run every seventh, which are others in each place.
STEP = 1 if float(os.environ.get("FUZZ_S", "0")) > 60 else 7


@pytest.mark.parametrize("place", PLACES)
def test_no_mark_repeated_a_thousand_times_keeps_a_reader_busy(place: str) -> None:
    slow = {}
    for mark in MARKS[sum(map(ord, place)) % STEP :: STEP]:
        raw = PLACES[place].replace(b"%s", (mark * (SIZE_BYTES // len(mark))).encode())
        began = time.process_time()
        read_as_the_desk_does(raw)
        took = time.process_time() - began
        if took > LONGEST_S:
            slow[mark] = round(took, 1)
    assert slow == {}


def test_a_name_of_thousands_of_quotations_that_never_close_is_read_at_once() -> None:
    name = "charset=idna" * 400 + '\\"\\"' * 8000 + "charset=idna" * 1000
    began = time.process_time()
    read_as_the_desk_does(f"From: Hans <hans@client.example{name}\r\n\r\nx".encode())
    assert time.process_time() - began < LONGEST_S
