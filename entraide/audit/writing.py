"""Writing an act down, in the transaction in which it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from entraide.audit.acts import ACTS
from entraide.audit.models import AuditEntry
from entraide.audit.origin import Origin, current_origin
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
