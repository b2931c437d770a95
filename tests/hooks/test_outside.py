"""Where the desk may be made to call: public addresses, each time, and nowhere that only looks like one."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from entraide.core import outside
from entraide.core.outside import BadAddress, NoAnswer, check, is_allowed, post
from tests.hooks.receiver import Receiver
from tests.mail_in.certificates import certificate_for

PUBLIC = "93.184.216.34"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The world's names, as this test has them: the seam at which the network beyond the machine is replaced."""
    known: dict[str, list[str]] = {}

    def resolve(host: str, port: int) -> list[str]:
        if host not in known:
            raise OSError("no such name")
        return known[host]

    monkeypatch.setattr(outside, "resolve", resolve)
    return known


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1",
        "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2002:a00:1::1", "::127.0.0.1",
    ],
)  # fmt: skip
def test_no_address_of_a_private_network_is_sent_to_however_it_is_written(address: str) -> None:
    assert not is_allowed(ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:93.184.216.34"])
def test_public_addresses_are_sent_to(address: str) -> None:
    assert is_allowed(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[fe80::1%25lo]/",
        "https://localhost/", "https://localhost./", "https://LOCALHOST:8443/", "http://127.0.0.1/",
        "https://0/", "https://[::]/",
    ],
)  # fmt: skip
def test_this_machine_is_not_reached_by_any_of_its_names(url: str) -> None:
    with pytest.raises(BadAddress):
        check(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example.ch", "//hooks.example.ch", "ftp://hooks.example.ch/", "file:///etc/passwd", "gopher://hooks.example.ch/",
        "https://", "https:///path", "https://ada:secret@hooks.example.ch/", "https://hooks.example.ch@127.0.0.1/",
        "https://@hooks.example.ch/", "https://127.0.0.1#@hooks.example.ch/", "https://127.0.0.1\\@hooks.example.ch/",
        "https://hooks.example.ch\\@127.0.0.1/", "https://hooks.example.ch:0x1bb/", "https://hooks.example.ch:99999/",
        "https://hooks.example.ch /", "https://hooks.example.ch/a\r\nX-Header: b", "https://hooks.example.ch/\x00", "https://[::1/",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_web_address_is_refused(names: dict[str, list[str]], url: str) -> None:
    names["hooks.example.ch"] = [PUBLIC]
    names["127.0.0.1"] = ["127.0.0.1"]
    with pytest.raises(BadAddress):
        check(url)


def test_a_public_name_is_accepted_also_with_a_port_a_query_and_letters_of_other_tongues(
    names: dict[str, list[str]],
) -> None:
    names["hooks.example.ch"] = names["xn--lmanique-b1a.example"] = [PUBLIC]
    for url in ("https://hooks.example.ch", "https://hooks.example.ch:8443/a/b?c=d&e=f", "https://lémanique.example/é"):
        check(url)


def test_http_without_tls_is_refused_outside_this_machine(names: dict[str, list[str]]) -> None:
    names["hooks.example.ch"] = [PUBLIC]
    with pytest.raises(BadAddress, match="https"):
        check("http://hooks.example.ch/")


def test_a_name_that_leads_into_the_private_network_is_refused(names: dict[str, list[str]]) -> None:
    names["hooks.example.ch"] = ["192.168.1.10", "fd00::1"]
    with pytest.raises(BadAddress):
        check("https://hooks.example.ch/")


def test_a_network_of_ones_own_is_reached_once_the_operator_names_it(
    names: dict[str, list[str]], settings: Any
) -> None:
    names["chat.intern"] = ["10.20.3.4"]
    names["other.intern"] = ["10.30.3.4"]
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"private_targets": ["10.20.0.0/16"]})
    check("https://chat.intern/")
    with pytest.raises(BadAddress):
        check("https://other.intern/")
    with pytest.raises(BadAddress):
        check("http://chat.intern/")


def test_a_name_that_changes_its_mind_after_the_check_leads_nowhere_else(
    receiver: Receiver, loopback: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"private_targets": []})
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    monkeypatch.setattr(outside, "resolve", lambda host, port: next(answers))
    url = f"https://hooks.example.ch:{receiver.server.server_address[1]}/"
    check(url)
    with pytest.raises(BadAddress):
        post(url, b"{}", headers={})
    assert receiver.messages == []


def test_the_connection_goes_to_the_address_that_was_checked_and_is_named_as_typed(
    receiver: Receiver, loopback: None, names: dict[str, list[str]]
) -> None:
    names["hooks.localhost"] = ["127.0.0.1"]
    port = receiver.server.server_address[1]
    answer = post(f"http://hooks.localhost:{port}/a?b=c", b"{}", headers={"X-Mark": "1"})
    assert (answer.status, answer.text) == (200, "thank you")
    [message] = receiver.messages
    assert message.headers["Host"] == f"hooks.localhost:{port}"
    assert message.headers["X-Mark"] == "1"
    assert message.path == "/a?b=c"


def test_the_certificate_must_be_that_of_the_name(
    loopback: None, names: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names["localhost"] = names["hooks.example.ch"] = ["127.0.0.1"]
    with _tls_server(tmp_path) as (port, certificate):
        with pytest.raises(NoAnswer, match="certifica"):
            post(f"https://localhost:{port}/", b"{}", headers={})
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post(f"https://localhost:{port}/", b"{}", headers={}).status == 200
        with pytest.raises(NoAnswer, match="certifica"):
            post(f"https://hooks.example.ch:{port}/", b"{}", headers={})


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver, loopback: None) -> None:
    receiver.status, receiver.headers = 302, {"Location": "http://169.254.169.254/latest/meta-data/"}
    answer = post(receiver.url, b"{}", headers={})
    assert (answer.status, answer.is_success) == (302, False)
    assert len(receiver.messages) == 1


def test_no_more_than_two_kilobytes_of_an_answer_are_read(receiver: Receiver, loopback: None) -> None:
    receiver.answer = b"\x00\xff" + b"a" * 1_000_000
    text = post(receiver.url, b"{}", headers={}).text
    assert len(text) <= 2048
    assert "\x00" not in text


def test_a_receiver_that_never_ends_its_answer_is_broken_off(
    receiver: Receiver, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "DEADLINE_S", 0.5)
    receiver.drip_s = 0.05
    answer = post(receiver.url, b"{}", headers={})
    assert answer.status == 200, "it had said how it went"
    assert answer.duration_ms < 3000


def test_a_receiver_that_says_nothing_is_broken_off(
    receiver: Receiver, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "DEADLINE_S", 0.3)
    receiver.delay_s = 1.5
    with pytest.raises(NoAnswer):
        post(receiver.url, b"{}", headers={})


def test_where_nothing_listens_that_is_said(loopback: None) -> None:
    with pytest.raises(NoAnswer):
        post("http://127.0.0.1:9/", b"{}", headers={})


@contextmanager
def _tls_server(folder: Path) -> Iterator[tuple[int, Path]]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    certificate, key = certificate_for("localhost", folder)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_address[1], certificate
    finally:
        server.shutdown()
        server.server_close()
