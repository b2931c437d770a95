"""The whole API as its own description has it, as every role: whatever fits the schema, or nearly does, is answered as described.

API_EXAMPLES says how many requests each operation gets of each role; one that fits the description and one that does not, in `make test`.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from entraide.api.urls import api
from entraide.core.files import store_bytes
from entraide.routines.models import Macro
from entraide.tickets.attachments import FileRef
from tests.api.caller import Caller
from tests.world import World, everything

EXAMPLES = int(os.environ.get("API_EXAMPLES", "1"))
ROLES = ("carla", "adam", "alice", "claire")
DOCUMENT: Any = api.get_openapi_schema(path_prefix="/api/v1/")
CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.mark.django_db
@pytest.mark.parametrize("who", ROLES)
def test_every_operation_answers_as_it_is_described(world: World, who: str) -> None:
    caller = Caller(getattr(world, who))
    known = places(world)
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = get_wsgi_application()
    # As Django's own test client does: the connection of the test outlives each request.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    checks = [CHECKS.get_one(name) for name in CHECKED]
    faults: list[str] = []
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        def ask(case: Any) -> None:
            nonlocal asked
            for name in case.path_parameters or {}:
                # Half of the requests reach something: what is not there shows little.
                if name in known and asked % 2:
                    case.path_parameters[name] = known[name]
            asked += 1
            with transaction.atomic():
                answer = case.call(headers={"Authorization": f"Bearer {caller.secret}"})
                transaction.set_rollback(True)
            try:
                case.validate_response(answer, checks=checks)
            except BaseException as fault:
                faults.append(f"{case.method} {case.formatted_path}: {answer.status_code} {fault}"[:250])

        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            some = settings(
                max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
            )  # fmt: skip
            seed(len(faults) + asked)(some(given(case=operation.as_strategy(generation_mode=mode))(ask)))()
    print(f"\n{asked} requests as {who}.")
    assert faults == [], "\n\n".join(faults[:40])
    assert asked > 70


def places(world: World) -> dict[str, Any]:
    """Return numbers and keys that lead to something."""
    kept = store_bytes(b"Bonjour")
    ticket = world.ticket(attachments=(FileRef(kept.digest, "a.txt", "text/plain", kept.size_bytes),))
    with everything():
        attachment = ticket.attachments.get()
        macro = Macro.objects.create(name="Merci", text_fr="Merci", text_en="Thanks")
    return {
        "number": ticket.number, "person_id": world.nils.pk, "attachment_id": attachment.pk, "entry": 1, "other": ticket.number, "key": macro.pk,
    }  # fmt: skip
