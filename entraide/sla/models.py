"""Calendars and agreements, each as a line of versions that never change, and whom an agreement is for."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.core.owned import Owned
from entraide.people.models import Person, Site


class NeverChanges(TypeError):
    """A version is what clocks were computed with: publish a new one instead."""


class Version(Audited):
    """One version: what it says as JSON, and who published it when and why."""

    audit: ClassVar = Policy(hidden=frozenset({"document"}))

    number = models.PositiveIntegerField()
    document = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason of the change"), max_length=300, blank=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise NeverChanges(f"{self!r} is published.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NeverChanges(f"{self!r} is published.")


class Versioned(Audited):
    name = models.CharField(_("name"), max_length=120, unique=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class CoverageCalendar(Versioned):
    """The hours in which support is owed; every organisation may share it."""

    @property
    def current(self) -> CalendarVersion:
        """The version in force."""
        return self.versions.latest("number")


class CalendarVersion(Version):
    """`document` is a calendar as docs/coverage.md describes it."""

    calendar = models.ForeignKey(CoverageCalendar, on_delete=models.PROTECT, related_name="versions")

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calendar", "number"], name="one_calendar_version_of_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id}.{self.number}"


class FeedRenewal(Audited):
    """That the secret address of a calendar's feed was replaced, by whom and when; `number` is part of the new one."""

    calendar = models.ForeignKey(CoverageCalendar, on_delete=models.PROTECT, related_name="feed_renewals")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calendar", "number"], name="one_feed_renewal_of_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id}.{self.number}"


class Agreement(Versioned):
    """What a contract buys: targets and the coverage in which they hold."""

    description = models.TextField(_("description"), blank=True)
    is_default = models.BooleanField(
        _("for everybody else"), default=False, help_text=_("Holds for organisations that no agreement is assigned to.")
    )

    class Meta(Versioned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_agreement"
            ),
        ]

    @property
    def current(self) -> AgreementVersion:
        """The version in force."""
        return self.versions.latest("number")


class AgreementVersion(Version):
    """`document` is a promises.as_document() and `calendars`, the versions that its calendars had: {id: version}."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "number"], name="one_agreement_version_of_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id}.{self.number}"


class AgreementAssignment(Audited, Owned):
    """That an agreement holds for an organisation or, with `site`, for one of its sites alone."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="assignments")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "site"], nulls_distinct=False, name="one_agreement_of_a_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} → {self.organisation_id}"


class Retargeting(models.Model):
    """One run that puts the open tickets of an agreement's earlier versions under `to_version`."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="retargetings")
    to_version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement"], condition=models.Q(finished_at=None), name="one_retargeting_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} → {self.to_version_id}"

    @property
    def left(self) -> int:
        return max(0, self.total - self.done)
