"""Who does something: a person with their rights, or the desk itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

Reach = Literal["any", "own"]


class Granted(NamedTuple):
    """One right that an actor holds: on anything or only on what concerns them, in one organisation or in all."""

    right: str
    reach: Reach
    organisation_id: int | None


class Subject(Protocol):
    """What a right is exercised on."""

    organisation_id: Any

    def concerns(self, person_id: int) -> bool: ...


@dataclass(frozen=True)
class Actor:
    """Who acts. `label` names the part of the desk when no person does (`intake`, `closing`)."""

    kind: Literal["person", "system"]
    person_id: int | None = None
    label: str = ""
    granted: frozenset[Granted] = field(default_factory=frozenset, repr=False)

    @classmethod
    def system(cls, label: str) -> Actor:
        """Return the desk itself, acting by a rule of its own; it may do everything."""
        return cls("system", label=label)

    def may(self, right: str, subject: Subject | None = None) -> bool:
        """Tell whether this actor holds `right` on `subject`; without a subject, whether anywhere at all."""
        if self.kind == "system":
            return True
        return any(
            grant.right == right and (subject is None or self._reaches(grant, subject)) for grant in self.granted
        )

    def may_on_anything(self, right: str, organisation_id: int | None = None) -> bool:
        """Tell whether this actor holds `right` beyond what concerns them (in this organisation, if one is given)."""
        if self.kind == "system":
            return True
        return any(
            grant.right == right
            and grant.reach == "any"
            and (organisation_id is None or grant.organisation_id in (None, organisation_id))
            for grant in self.granted
        )

    def may_everywhere(self, right: str) -> bool:
        """Tell whether this actor holds `right` on anything of every organisation: for what many of them share."""
        if self.kind == "system":
            return True
        return any(
            grant.right == right and grant.reach == "any" and grant.organisation_id is None for grant in self.granted
        )

    def _reaches(self, grant: Granted, subject: Subject) -> bool:
        if grant.organisation_id not in (None, subject.organisation_id):
            return False
        return grant.reach == "any" or (self.person_id is not None and subject.concerns(self.person_id))
