"""Rows whose every making, change and removal is written down: settings, people, roles, accounts, tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import override

from entraide.audit.writing import Subject, write_down
from entraide.core.scope import Scope, scoped


@dataclass(frozen=True)
class Policy:
    """How a model is written down. Of the fields in `hidden` (secrets, people's own words) only that they changed is kept.

    `ignored` are fields that the desk itself keeps up to date (when it was last read).
    """

    made: str = "setting_made"
    changed: str = "setting_changed"
    removed: str = "setting_removed"
    hidden: frozenset[str] = field(default_factory=frozenset)
    ignored: frozenset[str] = field(default_factory=frozenset)


class Audited(models.Model):
    """Writes down what becomes of the row, in the transaction that does it. `update()` and bulk writes are not seen: see tests/rules."""

    audit: ClassVar[Policy] = Policy()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        only = kwargs.get("update_fields")
        names = [
            name for name in self._audited_names() if only is None or name in only or name.removesuffix("_id") in only
        ]
        if not names:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            # Read now, not when it was loaded: what is written down is the difference that is made.
            before = None if self._state.adding else type(self)._base_manager.filter(pk=self.pk).values(*names).first()
            super().save(*args, **kwargs)
            self._write_down_saved(names, before)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            subject, organisation_id = self.audit_subject(), self.audit_organisation_id()
            gone = super().delete(*args, **kwargs)
            write_down(self.audit.removed, subject, organisation_id=organisation_id)
        return gone

    def audit_name(self) -> str:
        """Return the name by which people know the row."""
        return str(self)

    def audit_organisation_id(self) -> int | None:
        found: int | None = getattr(self, "organisation_id", None) or getattr(self, "for_organisation_id", None)
        return found

    def audit_subject(self) -> Subject:
        everybody = Scope.everything(reason="whom a row names is written down, whoever may see them")
        with override(settings.LANGUAGE_CODE), scoped(everybody):
            return Subject(self._meta.label_lower, self.pk, self.audit_name())

    def _write_down_saved(self, names: list[str], before: dict[str, Any] | None) -> None:
        after = {name: getattr(self, name) for name in names}
        if before is None:
            shown = {name: value for name, value in after.items() if value not in (None, "", [], {})}
            details: dict[str, Any] = {"values": {name: self._shown(name, value) for name, value in shown.items()}}
            write_down(
                self.audit.made, self.audit_subject(), organisation_id=self.audit_organisation_id(), details=details
            )
            return
        changes = {
            name: [self._shown(name, before[name]), self._shown(name, value)]
            for name, value in after.items()
            if value != before[name]
        }
        if changes:
            write_down(
                self.audit.changed,
                self.audit_subject(),
                organisation_id=self.audit_organisation_id(),
                details={"changes": changes},
            )

    def _shown(self, name: str, value: Any) -> Any:
        return "…" if name in self.audit.hidden and value not in (None, "") else value

    def _audited_names(self) -> list[str]:
        return [
            each.attname
            for each in self._meta.concrete_fields
            if not each.primary_key and not each.generated and each.attname not in self.audit.ignored
        ]
