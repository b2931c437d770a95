"""People who write, and a program that replies and escalates, whatever happens to the desk; they remember what was accepted."""

from __future__ import annotations

import http.client
import json
import random
import smtplib
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.mail_in.mails import mail

SENDERS = 40
PATIENCE_S = 180.0


class Load:
    """Writes mails (`mails`: tokens that got their 250) and replies (`replies`: those answered with 201) until told to stop."""

    def __init__(self, *, web_port: int, smtp_port: int, token: str, seed: int, pause_s: float = 0.4) -> None:
        self.web_port, self.smtp_port, self.token, self.pause_s = web_port, smtp_port, token, pause_s
        self.mails: set[str] = set()
        self.replies: set[str] = set()
        self.escalated: set[int] = set()
        self.begun: set[str] = set()
        self.interruptions = 0
        self.errors: list[str] = []
        self._seed = seed
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._until_stopped, args=(each,), daemon=True)
            for each in (self._writing("a"), self._writing("b"), self._working())
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what they began."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=PATIENCE_S + 30)
            assert not thread.is_alive(), "Somebody still waits for an answer."
        assert not self.errors, self.errors

    def _until_stopped(self, turn: Callable[[], None]) -> None:
        try:
            while not self._stopping.wait(self.pause_s):
                turn()
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    # People who write mails: a mail server gives up on a message only after days.

    def _writing(self, name: str) -> Callable[[], None]:
        chance, count, first = random.Random(f"{self._seed} {name}"), 0, {}

        def turn() -> None:
            nonlocal count
            count += 1
            token = f"mail-{name}-{count:05}"
            sender = f"person{chance.randrange(SENDERS)}@client-{name}.example"
            answered = first.get(sender) if chance.random() < 0.4 else None
            first.setdefault(sender, f"<{token}@client.example>")
            raw = mail(
                sender, subject=f"Printer {token}", text=f"It does not print: {token}.\n",
                message_id=f"<{token}@client.example>",
                files=(("page.txt", "text/plain", f"page of {token}\n".encode() * 50),) if count % 3 == 0 else (),
                **({"In_Reply_To": answered} if answered else {}),
            )  # fmt: skip
            self.begun.add(token)
            self._insist(lambda: self._deliver(sender, raw))
            self.mails.add(token)

        return turn

    def _deliver(self, sender: str, raw: bytes) -> bool:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30) as server:
            return not server.sendmail(sender, ["support@entraide.localhost"], raw)

    # A program that works by the API, and repeats with the same key what got no answer.

    def _working(self) -> Callable[[], None]:
        chance, count = random.Random(f"{self._seed} work"), 0
        numbers: list[int] = []

        def turn() -> None:
            nonlocal count, numbers
            count += 1
            if count % 10 == 1 or not numbers:
                numbers = [each["number"] for each in self._call("GET", "/tickets?status=open&limit=50")["items"]]
                if not numbers:
                    return
            number = chance.choice(numbers)
            if count % 5 == 0 and number not in self.escalated:
                team = next(each["id"] for each in self._call("GET", "/teams") if each["level"] == 2)
                handover = {
                    "team_id": team,
                    "observed": "The fuser is cold.",
                    "tried": "Off and on.",
                    "asked": "A new one.",
                }
                self._call("POST", f"/tickets/{number}/escalation", handover, key=f"escalation-{number}")
                self.escalated.add(number)
                return
            token = f"reply-{count:05}"
            self.begun.add(token)
            self._call("POST", f"/tickets/{number}/replies", {"text": f"We look into it: {token}."}, key=token)
            self.replies.add(token)

        return turn

    def _call(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        answer: list[Any] = []

        def once() -> bool:
            connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=30)
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            headers |= {"Idempotency-Key": key} if key else {}
            try:
                connection.request(method, f"/api/v1{path}", json.dumps(body) if body else None, headers)
                response = connection.getresponse()
                said = response.read()
            finally:
                connection.close()
            if response.status >= 500:
                return False
            assert response.status < 300, f"{method} {path}: {response.status} {said[:500]!r}"
            answer.append(json.loads(said))
            return True

        self._insist(once)
        return answer[0]

    def _insist(self, attempt: Callable[[], bool]) -> None:
        """Try until it was accepted; what nobody answered is tried again, as it was."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                if attempt():
                    return
            except smtplib.SMTPResponseException as error:
                if error.smtp_code >= 500:
                    raise AssertionError(f"Refused for good: {error}") from error
            except (OSError, http.client.HTTPException, smtplib.SMTPException):
                pass
            self.interruptions += 1
            time.sleep(0.2)
        raise AssertionError(f"Nothing was accepted for {PATIENCE_S} s")
