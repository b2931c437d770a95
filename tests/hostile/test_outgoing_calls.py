"""Whatever address a person can type: what the desk calls is public, each time, and nothing calls by another way."""

from __future__ import annotations

import ast
import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

import entraide
from entraide.channels.email import oauth
from entraide.channels.hooks import chat_address
from entraide.channels.push.subscription import Subscription
from entraide.core import outside
from entraide.core.events import Refused
from entraide.core.outside import BadAddress, is_allowed
from tests.hooks.conftest import loopback, receiver  # noqa: F401 (fixtures)
from tests.hooks.receiver import Receiver

SOURCE = Path(entraide.__file__).parent
# What opens connections, and who may: each with what it connects to.
CALLERS = {
    "core/outside.py": "the one door",
    "core/scanning.py": "the clamd that the operator named",
    "config/supervisor.py": "its own ports on this machine",
    "config/database.py": "a free port on this machine",
    "config/doctor.py": "the servers that the operator named",
    "channels/email/imap.py": "mailboxes, which stand in private networks, too; entered by administrators",
    "channels/email/sending.py": "the mail server that the operator named",
    "channels/hooks/chat_process.py": "a process of its own in which names lead to allowed addresses alone",
}
CONNECTING = {
    "socket", "http.client", "urllib.request", "requests", "httpx", "aiohttp", "urllib3", "smtplib", "imaplib", "imap_tools", "ftplib", "poplib", "telnetlib",
    "xmlrpc", "apprise", "pywebpush", "websockets", "asyncssh", "paramiko",
}  # fmt: skip
# Of these only what encrypts, parses and names is used.
PARTS_WITHOUT_CONNECTION = {
    "channels/push/sending.py": "pywebpush encrypts; the request goes through the one door",
    "channels/hooks/chat_address.py": "apprise reads an address",
}
# Sign-in against directories and providers: the addresses are an administrator's or the operator's.
SIGN_IN = ("people/", "portal/sign_in", "portal/organisation_")


def test_only_those_open_connections_who_may() -> None:
    found = {}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        modules = {each for node in ast.walk(ast.parse(path.read_text())) for each in _imported(node)}
        connecting = {each for each in modules if any(each == one or each.startswith(f"{one}.") for one in CONNECTING)}
        if connecting and name not in {*CALLERS, *PARTS_WITHOUT_CONNECTION} and not name.startswith(SIGN_IN):
            found[name] = connecting
    assert not found, "go through core/outside.py, or say here what it connects to"


@pytest.mark.parametrize(
    "address",
    [
        "fec0::1", "64:ff9b:1::a00:1", "64:ff9b::127.0.0.1", "64:ff9b::192.168.0.1", "::ffff:0:10.0.0.1", "::ffff:100.64.0.1", "5f00::1", "3fff::1", "100::1",
        "2001::1", "2002:c0a8:1::", "ff0e::1", "::10.0.0.1", "::8.8.8.8", "100.127.255.254", "192.0.0.1", "198.19.0.1", "0.1.2.3", "255.255.255.255",
    ],
)  # fmt: skip
def test_no_special_address_is_sent_to(address: str) -> None:
    assert not is_allowed(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
def test_public_addresses_are_sent_to_also_through_nat64(address: str) -> None:
    assert is_allowed(ip_address(address))


INTERNAL = [
    "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/",
    "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.01/", "https://127.0.0.1.:443/", "https://[::ffff:127.0.0.1]/", "https://0/",
    "file:///etc/passwd", "gopher://127.0.0.1:25/_HELO", "dict://127.0.0.1:6379/", "ftp://127.0.0.1/", "https://①②⑦.⓪.⓪.①/",
    "https://10.0.0.1\t.example/", "https://example.ch:99999/", "//127.0.0.1/", "https://127。0。0。1/",
]  # fmt: skip


@pytest.mark.parametrize("url", INTERNAL)
def test_no_form_in_which_an_address_can_be_typed_leads_inside(url: str) -> None:
    with pytest.raises(BadAddress):
        outside.check(url)
    with pytest.raises(Refused):
        Subscription(url, "", "").check()
    secret = {"token_url": url, "client_id": "c", "refresh_token": "r"}
    with pytest.raises(oauth.NoToken):
        oauth.access_token(json.dumps(secret))


@pytest.mark.parametrize("url", [each for each in INTERNAL if "://" in each])
def test_no_chat_leads_inside(url: str) -> None:
    for scheme in (
        "mmost",
        "mmosts",
        "rockets",
        "matrixs",
        "ntfys",
        "gotifys",
        "nctalks",
        "json",
        "xml",
        "form",
        "apprise",
    ):
        with pytest.raises(Refused):
            chat_address.check(f"{scheme}://{url.partition('://')[2].rstrip('/')}/token")


def test_a_name_that_answers_differently_each_time_is_asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the first answer is public, the next one is not. What is connected to is what was checked."""
    connected: list[str] = []

    def connect(address: tuple[str, int], timeout: float) -> Any:
        connected.append(address[0])
        raise ConnectionRefusedError

    answers = iter([["93.184.216.34"], ["93.184.216.34"], ["10.0.0.1"], ["93.184.216.34", "10.0.0.1"]])
    monkeypatch.setattr(outside, "resolve", lambda host, port: next(answers))
    monkeypatch.setattr(outside.socket, "create_connection", connect)
    outside.check("https://rebinding.example/")
    for expected in (outside.NoAnswer, BadAddress, outside.NoAnswer):
        with pytest.raises(expected):
            outside.post("https://rebinding.example/", b"", headers={})
    assert connected == ["93.184.216.34", "93.184.216.34"]


def test_a_token_service_is_asked_through_the_one_door_and_its_redirect_is_no_token(
    receiver: Receiver,
    loopback: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oauth, "_kept", {})
    url = receiver.url
    secret = json.dumps({"token_url": "https://login.example/token", "client_id": "c", "refresh_token": "r"})
    monkeypatch.setattr(outside, "place_of", lambda _url, place=outside.place_of: place(url))
    receiver.answer = json.dumps({"access_token": "t" * 4000, "expires_in": 3600}).encode()
    assert oauth.access_token(secret) == "t" * 4000
    assert b"refresh_token=r" in receiver.messages[0].body
    monkeypatch.setattr(oauth, "_kept", {})
    receiver.status, receiver.headers = 302, {"Location": "http://169.254.169.254/"}
    with pytest.raises(oauth.NoToken, match="302"):
        oauth.access_token(secret)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
    return []
