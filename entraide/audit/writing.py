"""Writing an act down, in the transaction in which it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from entraide.audit.acts import ACTS
from entraide.audit.models import AuditEntry
from entraide.audit.origin import Origin, current_origin
from entraide.core import locks
from entraide.core.clock import now

LONGEST_VALUE = 500


class Subject(NamedTuple):
    """What an act is about: the model's label, the key, and the name by which people know it."""

    kind: str = ""
    id: int | None = None
    name: str = ""


def write_down(
    act: str,
    subject: Subject = Subject(),  # noqa: B008 (a NamedTuple cannot be changed)
    *,
    organisation_id: int | None = None,
    details: Mapping[str, Any] | None = None,
    by: Origin | None = None,
) -> AuditEntry:
    """Write down that `act` was done; by whom and from where is the origin in force unless `by` says otherwise.

    `details` hold plain words and numbers; what is secret or somebody's words has no place in them.
    """
    origin = by or current_origin()
    return AuditEntry.objects.create(
        at=now(),
        actor_kind=origin.kind,
        actor_id=origin.person_id,
        actor_name=origin.name[:200],
        organisation_id=organisation_id,
        act=ACTS.get(act).code,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_name=subject.name.replace("\x00", "")[:300],
        details={name: plain(value) for name, value in (details or {}).items()},
        address=origin.address,
        channel=origin.channel,
    )


def write_down_once(
    within: timedelta,
    act: str,
    subject: Subject,
    *,
    organisation_id: int | None = None,
    details: Mapping[str, Any] | None = None,
    by: Origin | None = None,
) -> None:
    """Write down what was done as write_down() does, unless the same was by the same one, by the same way, `within` this time.

    For what goes on (a page that refreshes itself) or that a program could repeat without end.
    """
    origin = by or current_origin()
    same = AuditEntry.objects.filter(
        act=act, subject_kind=subject.kind, subject_id=subject.id, subject_name=subject.name, at__gt=now() - within,
        actor_kind=origin.kind, actor_id=origin.person_id, channel=origin.channel,
    )  # fmt: skip
    # Whoever is nobody is told apart by where they come from.
    if origin.person_id is None:
        same = same.filter(address=origin.address)
    if same.exists():
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # A page and the part of it that refreshes itself ask at the same time.
        one = f"{act} {subject.kind} {subject.id} {subject.name} {origin.kind} {origin.person_id} {origin.channel}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [one, locks.AUDIT])
        if not same.all().exists():
            write_down(act, subject, organisation_id=organisation_id, details=details, by=origin)


def plain(value: Any) -> Any:
    """Return a value as it is kept: JSON, long texts cut."""
    if isinstance(value, str):
        clean = value.replace("\x00", "")
        return clean if len(clean) <= LONGEST_VALUE else f"{clean[:LONGEST_VALUE]}…"
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    return plain(str(value))
