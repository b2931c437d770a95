"""A whole desk for a browser: web, jobs and mail in processes of their own, and the mail servers around it."""

from __future__ import annotations

import email
import email.policy
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.db import connection

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
COMMAND = [sys.executable, "-m", "entraide.config.command"]


class Inboxes(Message):
    """A real SMTP server that keeps what the desk sends to people."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []

    def handle_message(self, message: Any) -> None:
        whole = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
        assert isinstance(whole, EmailMessage)
        self.mails.append(whole)

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]

    def wait_for(self, address: str, n: int, *, seconds: float = 30) -> EmailMessage:
        """Return the n-th mail (from 1) to this address as soon as it is there."""
        until = time.monotonic() + seconds
        while len(self.to(address)) < n:
            if time.monotonic() > until:
                raise AssertionError(f"{len(self.to(address))} mails came to {address}, not {n}.")
            time.sleep(0.05)
        return self.to(address)[n - 1]


class RunningDesk:
    """Starts the parts of a desk on free ports of this machine, on the database of the test."""

    def __init__(self) -> None:
        self.web_port, self.smtp_port = free_port(), free_port()
        self.inboxes = Inboxes()
        self._sink = Controller(self.inboxes, hostname="127.0.0.1", port=free_port())
        self._parts: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def start(self, *names: str) -> None:
        if not self._parts:
            self._sink.start()
        for name in names:
            self._parts[name] = subprocess.Popen([*COMMAND, name], env=self.environment())
        if "web" in names:
            wait_for_port(self.web_port)
        if "mail" in names:
            wait_for_port(self.smtp_port)

    def part(self, name: str) -> int:
        """Return the process number of a part."""
        return self._parts[name].pid

    def stop(self) -> None:
        for process in self._parts.values():
            process.send_signal(signal.SIGTERM)
        for process in self._parts.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._sink.stop()

    def deliver(self, sender: str, recipient: str, subject: str, text: str, **headers: str) -> str:
        """Send a mail to the desk as somebody's mail program would; return its Message-ID."""
        mail = EmailMessage()
        message_id = f"<{time.monotonic_ns()}@{sender.rpartition('@')[2]}>"
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, recipient, subject, message_id
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=20) as server:
            server.send_message(mail)
        return message_id

    def environment(self) -> dict[str, str]:
        """Return what a part of this desk finds in its environment."""
        to = connection.settings_dict
        who = f"{to['USER']}:{to['PASSWORD']}" if to["PASSWORD"] else to["USER"]
        return {
            **os.environ,
            "DATABASE_URL": f"postgresql://{who}@{to['HOST']}:{to['PORT']}/{to['NAME']}",
            "ENTRAIDE_PORT": str(self.web_port),
            "ENTRAIDE_BASE_URL": self.url,
            "ENTRAIDE_SMTP_PORT": str(self.smtp_port),
            "ENTRAIDE_EMAIL_URL": f"smtp://127.0.0.1:{self._sink.port}",
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for_port(port: int, *, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
