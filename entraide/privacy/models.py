"""For how long words are kept, what was erased by it, and the people who were erased."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.core.owned import Owned
from entraide.people.models import Organisation, Person


class RetentionRule(Audited):
    """How long the words of an organisation are kept; the rule without one holds for those that have none of their own."""

    audit: ClassVar = Policy(ignored=frozenset({"changed_at", "changed_by_id"}))

    for_organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="retention"
    )
    words_months = models.PositiveSmallIntegerField(
        _("words of closed tickets, months after closing"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Then subject, messages, notes and files are erased; times, levels, marks and durations stay for the figures. Empty: kept for ever."),
    )  # fmt: skip
    originals_days = models.PositiveSmallIntegerField(
        _("mails as they came and went, days"), null=True, blank=True,
        validators=[MinValueValidator(7), MaxValueValidator(20_000)],
        help_text=_("The messages stay in their tickets; the originals beside them go. Empty: kept for ever."),
    )  # fmt: skip
    is_held = models.BooleanField(
        _("erase nothing for now"), default=False,
        help_text=_("For a dispute or an inquiry: neither this rule nor the erasing of a person takes anything away meanwhile."),
    )  # fmt: skip
    hold_reason = models.CharField(_("why"), max_length=300, blank=True)
    changed_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ("for_organisation__name",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["for_organisation"], nulls_distinct=False, name="one_retention_rule_of_an_organisation"
            ),
        ]

    def __str__(self) -> str:
        return self.for_organisation.name if self.for_organisation else str(_("every other organisation"))


class RetentionRun(models.Model):
    """One night's erasing: how much went. `failed` tickets are tried again the next night."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    tickets = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    mails_in = models.PositiveIntegerField(default=0)
    mails_out = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"

    @property
    def mails(self) -> int:
        return self.mails_in + self.mails_out


class Erasure(Owned):
    """That a person was erased: who asked for it, why, and how far it has come. Nothing here says who they were."""

    across: ClassVar[dict[str, str]] = {"asked_by": "those who give support erase the people of their clients"}

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="erasure")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300)
    tickets = models.PositiveIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.person_id)
