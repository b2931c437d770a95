"""Forms and their versions: what is asked in addition, of all organisations alike."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.forms.field import Field, fields_from
from entraide.people.models import Person

VERSIONS_KEPT = 512


class Form(Audited):
    """A set of fields. `draft` is what the administrator works on; people fill in the newest version."""

    audit: ClassVar = Policy(hidden=frozenset({"draft"}), ignored=frozenset({"revision"}))

    name = models.CharField(_("name"), max_length=120, unique=True)
    draft = models.JSONField(default=list, editable=False)
    # Counts the changes of the draft, so that two who edit at once do not undo each other's work.
    revision = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the draft."""
        return fields_from(self.draft)

    @property
    def current(self) -> FormVersion | None:
        """The version that is filled in now, None before the first was published."""
        return self.versions.order_by("-number").first()


class FormVersion(Audited):
    """A form as it was published; never changed, because tickets hold answers to it."""

    audit: ClassVar = Policy(hidden=frozenset({"document"}))

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("form_id", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["form", "number"], name="one_form_version_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.form.name} v{self.number}"

    @property
    def fields(self) -> tuple[Field, ...]:
        return fields_from(self.document)


@lru_cache(maxsize=VERSIONS_KEPT)
def fields_of(version_id: int) -> tuple[Field, ...]:
    """Return the fields of a version, which never change. Raises FormVersion.DoesNotExist."""
    return FormVersion.objects.get(pk=version_id).fields


def forget_versions() -> None:
    """Forget what was read: for tests, whose versions come and go."""
    fields_of.cache_clear()


__all__: list[Any] = ["Form", "FormVersion", "fields_of", "forget_versions"]
