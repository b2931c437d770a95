"""A program that calls the API as somebody."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from entraide.api.models import TokenScope
from entraide.api.tokens import create_token
from entraide.people.models import Person
from tests.world import everything

ALL = tuple(TokenScope.values)


class Caller:
    """Speaks JSON with the token of `person`; paths are those under `/api/v1`."""

    def __init__(self, person: Person, *, scopes: tuple[str, ...] = ALL) -> None:
        with everything():
            self.token, self.secret = create_token(person, name="test", scopes=scopes)
        # As in production: a fault is answered, not raised; and forged forms are refused unless the API says otherwise.
        self.client = Client(
            headers={"Authorization": f"Bearer {self.secret}", "Accept-Language": "en"},
            raise_request_exception=False,
            enforce_csrf_checks=True,
        )

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """Send `data` as JSON, or as it is if it is text or bytes; `Idempotency_Key="k"` gives a header."""
        body = data if isinstance(data, str | bytes) else json.dumps({} if data is None else data)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(
            method.upper(), f"/api/v1{path}", body, content_type="application/json", headers=named
        )


def is_problem(answer: Any, status: int) -> bool:
    """Tell whether this is a problem+json answer of that status; raises AssertionError that says what it is else."""
    assert answer.status_code == status, (answer.status_code, answer.content[:300])
    assert answer["Content-Type"] == "application/problem+json", answer["Content-Type"]
    body = answer.json()
    assert body["status"] == status
    assert body["title"] and body["detail"] and "Traceback" not in body["detail"]
    return True


def fields_at_fault(answer: Any) -> set[str]:
    assert is_problem(answer, 422)
    return {error["field"] for error in answer.json()["errors"]}
