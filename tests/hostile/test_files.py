"""Files with names and contents that want to be something else: kept under a plain name, given as downloads or in a sandbox."""

from __future__ import annotations

import email.message
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from entraide.channels.email.parsing.filenames import clean_filename
from entraide.core.files import open_stored
from entraide.look.files import SHOWN
from entraide.tickets.models import Attachment
from entraide.tickets.uploads import keep_upload, safe_name, token_of
from tests.api.caller import Caller
from tests.mail_in.mails import mail, taken_in
from tests.world import World, everything

NAMES = [
    "../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\autoexec.bat", "a\r\nSet-Cookie: x=1", "a\nb.txt", "photo\u202egpj.exe", "\u2066a\u2069.png",
    'a"; filename="evil.html', "a; filename*=utf-8''evil.html", "é" * 300 + ".pdf", "a" * 5000, ".htaccess", "..", ".", "", "   ", "a\x00b.png", "%2e%2e%2fetc",
    "con", "a/b/c.txt", "日本語.txt", "\u200bzero.txt", "\ufeffbom.txt", "x.html\x7f", "<script>.txt", "a\\\"b.txt", "\u0085next.txt", "\u2028line.txt", "💥.txt",
]  # fmt: skip
# What a browser would run, were it shown from the desk's own address.
ALIVE = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "html without a doctype": b"<script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg with a head": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
    "xslt": b'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#x"?><x/>',
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>",
    "a picture that is a page": b"GIF89a/*<script>alert(1)</script>*/=1;",
    "a picture and a page": b"\xff\xd8\xff\xe0<html><script>alert(1)</script>",
    "a pdf that is a page": b"%PDF-1.7\n<html><script>alert(1)</script>",
    "utf-7": b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "utf-16": "\ufeff<script>alert(1)</script>".encode("utf-16-le"),
    "a script": b"alert(1)",
    "a worker": b"self.addEventListener('fetch', e => 0)",
}  # fmt: skip
TYPES = (
    "text/html",
    "image/svg+xml",
    "image/png",
    "text/plain",
    "application/xhtml+xml",
    "text/xml",
    "application/pdf",
    "",
    "multipart/x-mixed-replace",
    "text/javascript",
)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_made_plain_at_every_door(name: str) -> None:
    for cleaned in (safe_name(name), clean_filename(name)):
        _is_plain(cleaned)


@given(st.text(max_size=300))
def test_whatever_a_file_is_called_its_name_is_plain(name: str) -> None:
    _is_plain(safe_name(name))
    _is_plain(clean_filename(name))


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_file_comes_and_goes_under_one_plain_name(world: World, client: Client, name: str) -> None:
    nadia = Caller(world.nadia)
    upload = SimpleUploadedFile("x", b"Bonjour")
    upload._name = name  # type: ignore[attr-defined]  # as a client that keeps to no rules would send it
    sent = nadia.client.post("/api/v1/attachments", {"file": upload})
    # What has no name is no file, and a header of thousands of characters none either.
    assert sent.status_code == 201 or name.strip() in ("", ".", "..") or len(name) > 1000
    token = sent.json().get("token") or token_for(world)
    ticket = world.ticket()
    assert (
        nadia.send("post", f"/tickets/{ticket.number}/notes", {"text": "x", "attachments": [token]}).status_code == 201
    )
    one_line = name.replace("\r", "").replace("\n", "")
    taken_in(mail(files=((one_line, "text/plain", b"Bonjour"),), message_id="<a@x.example>"))
    with everything():
        files = list(Attachment.objects.all())
    assert files
    client.force_login(world.nadia.account)
    for file in files:
        _is_plain(file.name)
        for answer in (client.get(f"/desk/attachments/{file.pk}/x"), nadia.get(f"/attachments/{file.pk}")):
            assert answer.status_code == 200
            assert _name_as_a_browser_reads_it(answer["Content-Disposition"]) == file.name
            assert "Set-Cookie" not in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize("content", ALIVE.values(), ids=ALIVE)
def test_nothing_that_could_run_is_shown_from_the_desks_own_address(
    world: World, client: Client, content: bytes
) -> None:
    files = tuple(
        (f"x{number}.{name}", kind, content)
        for number, kind in enumerate(filter(None, TYPES))
        for name in ("png", "html")
    )
    taken_in(mail(files=files))
    client.force_login(world.nadia.account)
    with everything():
        kept = list(Attachment.objects.all())
    assert len(kept) >= len(files) / 2
    nadia = Caller(world.nadia)
    for file in kept:
        for answer in (client.get(f"/desk/attachments/{file.pk}/x.png"), nadia.get(f"/attachments/{file.pk}")):
            _is_tame(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["text/html", ""])
@pytest.mark.parametrize("content", ALIVE.values(), ids=ALIVE)
def test_the_same_by_the_portal_and_the_desk(world: World, client: Client, content: bytes, kind: str) -> None:
    client.force_login(world.alice.account)
    number = world.ticket().number
    for name in ("x.png", "x.html", "x.svg", "x.txt"):
        sent = SimpleUploadedFile(name, content, content_type=kind or "x/y")
        client.post(f"/tickets/{number}/answers", {"text": "Voici", "attachments": sent})
    with everything():
        kept = list(Attachment.objects.all())
    assert len(kept) == 4
    for file in kept:
        _is_tame(client.get(f"/tickets/{number}/attachments/{file.pk}/x.png"))


@pytest.mark.django_db
def test_no_address_of_a_file_leads_to_another_place_on_the_disk(world: World, client: Client) -> None:
    ticket = world.ticket()
    client.force_login(world.nadia.account)
    for path in ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "1/..", "9" * 40, "-1", "1%2f..%2f2"):
        assert client.get(f"/desk/attachments/{path}/x").status_code == 404
        assert client.get(f"/tickets/{ticket.number}/attachments/{path}/x").status_code == 404
        assert client.get(f"/static/{path}").status_code == 404
    for digest in ("../../../etc/passwd", "a" * 63, "/" * 64, "a" * 60 + "/../"):
        with pytest.raises(ValueError):
            open_stored(digest)


def token_for(world: World) -> str:
    return token_of(keep_upload(SimpleUploadedFile("x", b"Bonjour")), person_id=world.nadia.pk)


def _is_tame(answer: Any) -> None:
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "allow-scripts" not in answer["Content-Security-Policy"]
    kind = answer["Content-Type"].partition(";")[0]
    if not answer["Content-Disposition"].startswith("attachment"):
        assert kind in SHOWN and not re.search(r"html|xml|svg|script|multipart", kind)


def _is_plain(name: str) -> None:
    assert "/" not in name and "\\" not in name
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", name), ascii(name)
    assert name not in (".", "..") and len(name) <= 200
    name.encode()


def _name_as_a_browser_reads_it(disposition: str) -> str | None:
    assert "\r" not in disposition and "\n" not in disposition
    headers = email.message.Message()
    headers["Content-Disposition"] = disposition
    return headers.get_filename()
