"""Contact forms that stand on the pages of a client, and how often each was tried lately."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited
from entraide.core.owned import Owned
from entraide.people.models import Person
from entraide.tickets.models import Category


def new_form_key() -> str:
    """Return a name for addresses that is not guessed."""
    return secrets.token_urlsafe(15)


class ContactForm(Audited, Owned):
    """A form that may stand on the pages of `origins` ("https://intranet.example.ch"); it offers `categories`, or none."""

    across: ClassVar[dict[str, str]] = {"made_by": "administrators belong to the organisation that supports"}

    key = models.CharField(max_length=24, unique=True, default=new_form_key, editable=False)
    name = models.CharField(_("name"), max_length=120)
    origins = ArrayField(models.CharField(max_length=300), verbose_name=_("pages"), default=list)
    categories: models.ManyToManyField[Category, Any] = models.ManyToManyField(
        Category, related_name="+", blank=True, verbose_name=_("categories to choose from")
    )
    is_active = models.BooleanField(_("active"), default=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Owned.Meta):
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class FormTry(Owned):
    """That somebody sent a contact form, from the address behind `sender` (a keyed hash: the address itself is not kept)."""

    form = models.ForeignKey(ContactForm, on_delete=models.CASCADE, related_name="tries")
    sender = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta(Owned.Meta):
        indexes: ClassVar = [models.Index(fields=["form", "at"], name="form_try_lately")]

    def __str__(self) -> str:
        return f"{self.form_id} {self.at}"
