"""No mail makes the desk stumble: whatever its bytes, it is read whole, in bounded time, into text that can be kept and shown.

`make fuzz` does this for an hour (FUZZ_S seconds); docs/reliability.md says what came of it.
"""

from __future__ import annotations

import base64
import os
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from entraide.channels.email.parsing.addresses import addresses
from entraide.channels.email.parsing.automatic import classify
from entraide.channels.email.parsing.bounce import actions_in, bounce_details
from entraide.channels.email.parsing.contents import read_contents
from entraide.channels.email.parsing.filenames import clean_filename
from entraide.channels.email.parsing.fingerprint import fingerprint
from entraide.channels.email.parsing.head import read_head, text_of
from entraide.channels.email.parsing.html_text import html_to_text
from entraide.channels.email.parsing.message import ParsedMail, parse
from entraide.channels.email.parsing.parts import Notes, read_message
from entraide.channels.email.parsing.reply import split_reply, split_reply_html
from entraide.channels.email.parsing.sanitise import safe_html
from entraide.channels.email.parsing.text_to_html import text_to_html
from entraide.channels.email.parsing.thread_clues import clues
from entraide.channels.email.received_files import real_type
from tests.hostile.mutated_mails import mails

FUZZ_S = float(os.environ.get("FUZZ_S", "6"))
IN_ONE_GO = 500
# Of the processor's time: a mail of 200 kB takes some hundredths of a second.
LONGEST_S = 5.0
ALIVE = {
    "script", "style", "svg", "math", "form", "input", "button", "iframe", "object", "embed", "base", "meta", "link", "template", "video", "audio",
}  # fmt: skip


@pytest.mark.timeout(FUZZ_S + 600)
def test_no_mail_breaks_the_reading_of_mails() -> None:
    read = slowest = 0.0
    # A short run is the same each time; a long one goes elsewhere each time, and says where it was.
    started = time.time_ns() if FUZZ_S > 60 else 0
    number, until = 0, time.monotonic() + FUZZ_S

    def reads(raw: bytes) -> None:
        nonlocal read, slowest
        began = time.process_time()
        try:
            read_as_the_desk_does(raw)
        except Exception as error:
            error.add_note(f"The mail, in base64: {base64.b64encode(raw).decode()}")
            raise
        took = time.process_time() - began
        assert took < LONGEST_S, f"{took:.1f} s for {base64.b64encode(raw).decode()}"
        read, slowest = read + 1, max(slowest, took)

    while time.monotonic() < until:
        # Hypothesis counts examples, not seconds: it is asked for a few hundred, again and again, each time elsewhere.
        some = settings(
            max_examples=IN_ONE_GO if FUZZ_S > 60 else 100, deadline=None, database=None, suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )  # fmt: skip
        seed(started + number)(some(given(mails())(reads)))()
        number += 1
    print(f"\n{read:.0f} mutated mails read in {FUZZ_S:.0f} s (seeds from {started}), the slowest in {slowest:.2f} s.")
    assert read > 20


def read_as_the_desk_does(raw: bytes) -> None:
    """Do with a mail all that becomes of it between the door and a page, and check what is promised of each step."""
    mail = parse(raw)
    if "unreadable" in mail.problems:
        # `parse` hides its own mistakes from senders; here they are wanted.
        notes = Notes()
        read_contents(read_message(raw, notes), notes)
        raise AssertionError("It was not read, and nothing says why.")
    _can_be_kept(mail)
    assert fingerprint(raw) == fingerprint(raw)
    for name, value in read_head(raw, 0, len(raw)).fields:
        assert name == name.lower()
        addresses(text_of(value))
    classify(mail, envelope_from="a@client.example")
    classify(mail)
    clues(mail, local_part="support", domain="desk.example", prefix="ENT", envelope_to=("support+1@desk.example",))
    bounce_details(mail)
    actions_in(mail)
    reply = split_reply(mail.body_text)
    _is_sound(reply.new)
    _is_harmless(text_to_html(mail.body_text))
    if mail.body_html:
        _is_sound(html_to_text(mail.body_html))
        for html in (mail.body_html, split_reply_html(mail.body_html)[0]):
            shown = safe_html(html, allow_remote_images=False, cid_urls={})
            _is_harmless(shown.html)


def _can_be_kept(mail: ParsedMail) -> None:
    for text in (mail.subject, mail.body_text, mail.body_html or "", mail.message_id or ""):
        _is_sound(text)
    for each in (*mail.to, *mail.cc, *mail.reply_to, *([mail.sender] if mail.sender else [])):
        _is_sound(each.name + each.email)
        assert not re.search(r"[\r\n<>\s]", each.email) and "@" in each.email
        assert not re.search(r"[\r\n]", each.name)
    for name, value in mail.headers:
        _is_sound(value)
        assert not re.search(r"[\r\n]", name + value)
    for each in (mail.message_id, *mail.references, *mail.in_reply_to):
        assert each is None or re.fullmatch(r"<[^\r\n\s]+>", each)
    for file in mail.attachments:
        _is_sound(file.filename)
        assert clean_filename(file.filename) == file.filename
        assert file.filename and not re.search(r"[/\\\x00-\x1f\u202a-\u202e\u2066-\u2069]", file.filename)
        assert file.filename not in (".", "..") and len(file.filename) <= 255
        assert re.fullmatch(
            r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", real_type(file.content, name=file.filename, declared=file.mime)
        )


def _is_sound(text: str) -> None:
    assert "\x00" not in text
    text.encode()


def _is_harmless(html: str) -> None:
    """Read it as a browser does: no element that runs, posts or loads, and no attribute that does."""
    page = _Elements()
    page.feed(html)
    page.close()
    for name, attributes in page.found:
        assert name not in ALIVE, name
        for attribute, value in attributes:
            assert not attribute.startswith("on") and attribute != "style", (name, attribute)
            if attribute == "href":
                assert (value or "").lower().startswith(("http:", "https:", "mailto:", "tel:")), value
            if attribute == "src":
                assert (value or "").startswith("data:image/"), value


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))
