"""A request with an Idempotency-Key happens once, even when it is sent twice at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from entraide.tickets.models import Ticket
from tests.api.caller import Caller, is_problem
from tests.world import World, everything


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_with_one_key_open_one_ticket() -> None:
    caller = Caller(World().nadia)
    together = Barrier(2, timeout=20)

    def send(_turn: int) -> Any:
        together.wait()
        try:
            return caller.send("post", "/tickets", {"subject": "Panne", "text": "x"}, Idempotency_Key="k1")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, range(2)))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert sorted("Idempotency-Replayed" in answer for answer in answers) == [False, True]
    with everything():
        assert Ticket.objects.count() == 1


@pytest.mark.django_db
def test_the_same_content_under_another_name_is_another_request(nadia: Caller) -> None:
    def upload(name: str) -> Any:
        files = {"file": SimpleUploadedFile(name, b"Bonjour")}
        return nadia.client.post("/api/v1/attachments", files, headers={"Idempotency-Key": "k1"})

    assert upload("a.txt").status_code == 201
    assert upload("a.txt")["Idempotency-Replayed"] == "true"
    assert is_problem(upload("b.txt"), 422)
