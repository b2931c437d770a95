"""Requests that never end and clients that hardly begin: refused with a clear word, without being kept, and nobody else waits."""

from __future__ import annotations

import asyncio
import http.client
import json
import resource
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.test import Client
from django.utils import translation

from entraide.channels.email import listener as mail_listener
from entraide.config import body_limit, slow_clients
from entraide.config.body_limit import limited
from entraide.config.slow_clients import PatientProtocol, allow_many_connections
from tests.browser.desk import RunningDesk, free_port, wait_for_port
from tests.mail_in import test_listener
from tests.mail_in.mails import SUPPORT, mail
from tests.world import World

MB = 1024 * 1024


@pytest.fixture
def world(transactional_db: None) -> World:
    return World()


@pytest.fixture
def desk(world: World) -> Iterator[RunningDesk]:
    running = RunningDesk()
    running.start("web", "mail")
    yield running
    running.stop()


def ask(desk: RunningDesk, method: str, path: str, **headers: str) -> Any:
    link = http.client.HTTPConnection("127.0.0.1", desk.web_port, timeout=20)
    link.putrequest(method, path)
    for name, value in headers.items():
        link.putheader(name.replace("_", "-"), value)
    link.endheaders()
    return link.getresponse()


def memory_mb(desk: RunningDesk) -> int:
    status = Path(f"/proc/{desk.part('web')}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/account/login/", "application/x-www-form-urlencoded"),
        ("/account/login/", "multipart/form-data; boundary=x"),
        ("/tickets/new", "multipart/form-data; boundary=x"),
        ("/nowhere", "text/plain"),
        ("/api/v1/tickets", "application/json"),
        ("/api/v1/attachments", "multipart/form-data; boundary=x"),
    ],
)
@pytest.mark.parametrize("size", [201 * MB, 10**12])
def test_what_says_that_it_is_too_large_is_refused_before_it_is_read(path: str, kind: str, size: int) -> None:
    sent = answered(path, {"content-type": kind, "content-length": str(size), "accept-language": "en"}, [])
    assert sent.status == 413
    if path.startswith("/api/"):
        assert sent.headers["content-type"] == "application/problem+json"
        assert "larger than what is accepted" in json.loads(sent.body)["detail"]
    else:
        assert b"more than what is accepted at once" in sent.body
    assert sent.headers["connection"] == "close"


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_what_does_not_say_how_large_it_is_is_broken_off(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(body_limit, "LARGEST_FORM_WITH_FILES_BYTES", 12 * MB)
    pieces = iter(range(10**9))
    sent = answered("/x", {"content-type": kind, "accept-language": "fr-CH"}, (b"a" * MB for _each in pieces))
    assert sent.status == 413
    assert next(pieces) <= 14, "no more was read"
    assert "que ce qui est accepté" in sent.body.decode()


def test_what_is_no_request_passes_and_so_does_a_large_file() -> None:
    assert answered("/x", {"content-type": "multipart/form-data", "content-length": str(150 * MB)}, []).status == 200
    heard: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard.append(scope["type"])

    asyncio.run(limited(app)({"type": "lifespan"}, None, None))
    assert heard == ["lifespan"]


@pytest.mark.django_db
def test_words_that_are_too_long_beside_files_are_refused_with_413(client: Client) -> None:
    with translation.override("en"):
        answer = client.post("/account/login/", {"login": "a" * 11 * MB, "password": "x"})
    assert answer.status_code == 413
    assert "more than what is accepted at once" in answer.content.decode() or "plus que" in answer.content.decode()


def test_a_running_desk_refuses_endless_bodies_and_stays_small(desk: RunningDesk) -> None:
    ask(desk, "GET", "/account/login/")
    before = memory_mb(desk)
    assert (
        ask(
            desk, "POST", "/account/login/", Content_Length=str(10**12), Content_Type="multipart/form-data; boundary=x"
        ).status
        == 413
    )
    link = socket.create_connection(("127.0.0.1", desk.web_port), timeout=20)
    link.sendall(b"POST /account/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    heard = b""
    for _piece in range(400):
        try:
            link.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")
        except OSError:
            break
    else:
        pytest.fail("25 MB of words were taken")
    link.settimeout(5)
    while len(heard) < 12:
        try:
            piece = link.recv(4096)
        except OSError:
            break
        if not piece:
            break
        heard += piece
    assert heard.startswith(b"HTTP/1.1 413") or heard == b"", heard[:80]
    assert ask(desk, "GET", "/account/login/").status == 200
    assert memory_mb(desk) < before + 60


def test_hundreds_of_clients_that_hardly_begin_hold_up_nobody(desk: RunningDesk) -> None:
    allow_many_connections()
    with ExitStack() as open_links:
        for number in range(400):
            link = open_links.enter_context(socket.create_connection(("127.0.0.1", desk.web_port), timeout=20))
            if number % 3 == 1:
                link.sendall(b"GET / HTTP/1.1\r\nHost: 127")
            if number % 3 == 2:
                link.sendall(b"POST /account/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\na")
        began = time.monotonic()
        for _time in range(5):
            assert ask(desk, "GET", "/account/login/").status == 200
        assert time.monotonic() - began < 20
        for _each in range(15):
            talk = open_links.enter_context(socket.create_connection(("127.0.0.1", desk.smtp_port), timeout=20))
            talk.sendall(b"EHLO x\r\nMAIL FROM:<a@x.example>")
        desk.deliver("alice@helvetia.example", SUPPORT, "Panne", "Bonjour")


# What the server of the pages does with slow clients, with little patience


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server on a port of its own that waits for half a second."""
    for name, value in (("HEADERS_S", 0.5), ("BODY_S", 0.5), ("LOOK_EVERY_S", 0.1)):
        monkeypatch.setattr(slow_clients, name, value)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/stream":
            for _second in range(15):
                await send({"type": "http.response.body", "body": b".", "more_body": True})
                await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"ok"})

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, http=PatientProtocol, lifespan="off", log_config=None, timeout_keep_alive=30)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for_port(port)
    yield port
    server.should_exit = True
    thread.join(timeout=20)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 1000,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["nothing", "half a line", "a header", "no body", "a piece of a body", "a request, and then nothing"],
)
def test_a_client_that_does_not_go_on_is_hung_up_on(impatient: int, beginning: bytes) -> None:
    with socket.create_connection(("127.0.0.1", impatient), timeout=10) as link:
        link.sendall(beginning)
        heard = b""
        while piece := link.recv(4096):
            heard += piece
    assert heard.endswith(slow_clients.TOO_SLOW)
    assert (b"200 OK" in heard) == beginning.endswith(b"x\r\n\r\n")


def test_a_client_that_drips_its_headers_is_hung_up_on(impatient: int) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", impatient), timeout=10) as link, pytest.raises(OSError):
        for _byte in range(200):
            link.sendall(b"G")
            time.sleep(0.05)
    assert time.monotonic() - began < 5


def test_a_slow_but_steady_upload_and_an_open_stream_are_left_alone(impatient: int) -> None:
    link = http.client.HTTPConnection("127.0.0.1", impatient, timeout=10)
    link.putrequest("POST", "/")
    link.putheader("Content-Length", str(15 * 200))
    link.endheaders()
    for _piece in range(15):
        link.send(b"a" * 200)
        time.sleep(0.1)
    assert link.getresponse().read() == b"ok"
    link.request("GET", "/stream")
    assert link.getresponse().read() == b"." * 15 + b"ok"


def test_a_process_may_have_many_connections() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[0]), before[1]))
        allow_many_connections()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 512 or before[1] <= 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


# Mail


@pytest.mark.django_db(transaction=True)
def test_where_all_places_are_taken_the_slowest_conversation_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_listener, "CONNECTIONS_AT_MOST", 4)
    monkeypatch.setattr(mail_listener, "DAWDLES_AFTER_S", 0.3)
    with test_listener.listening() as listener, ExitStack() as links:
        silent = [
            links.enter_context(socket.create_connection(("127.0.0.1", listener.port), timeout=20)) for _ in range(4)
        ]
        assert all(each.recv(100).startswith(b"220") for each in silent)
        with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as early:
            assert early.recv(100).startswith(b"421"), "nobody is hung up on before they had their time"
        time.sleep(0.4)
        for number in range(6):
            with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as talk:
                talk.sendmail("alice@helvetia.example", [SUPPORT], mail(message_id=f"<{number}@x.example>"))
        heard = [_heard_now(each) for each in silent]
        assert sorted(heard) == [b"", b"", b"", b"421 4.3.2 Others are waiting. Please try again later.\r\n"]


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_too_large_is_refused_before_and_after_it_came(settings: Any) -> None:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"smtp_size_limit": 20_000})
    with test_listener.listening() as listener, smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as talk:
        talk.ehlo()
        assert talk.mail("alice@helvetia.example", ["size=20001"])[0] == 552
        talk.rset()
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            talk.docmd("MAIL FROM:<alice@helvetia.example>")
            talk.docmd(f"RCPT TO:<{SUPPORT}>")
            code, said = talk.data(b"Subject: x\r\n\r\n" + b"a" * 70 + b"\r\n" + (b"b" * 70 + b"\r\n") * 400)
            raise smtplib.SMTPResponseException(code, said)
        assert refused.value.smtp_code == 552
        assert talk.noop()[0] == 250, "and the conversation goes on"


def _heard_now(link: socket.socket) -> bytes:
    link.settimeout(0.3)
    try:
        return link.recv(200)
    except TimeoutError:
        return b""


class Sent:
    def __init__(self) -> None:
        self.status, self.headers, self.body = 0, {}, b""


def answered(path: str, headers: dict[str, str], body: Any) -> Sent:
    """Send a request through the limit to an application that reads everything and says 200."""
    sent, pieces = Sent(), iter(body)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.status = message["status"]
            sent.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            sent.body += message["body"]

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(limited(app)({"type": "http", "path": path, "headers": raw}, receive, send))
    return sent
