"""Escalation rules, what they have done, what they would have done, and who is on call."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited
from entraide.core.clock import now
from entraide.core.owned import Owned
from entraide.people.models import Level, Person
from entraide.tickets.models import Ticket


class Trigger(models.TextChoices):
    PERCENT = "percent", _("So much of a promise is used up")
    MISSED = "missed", _("A promise is missed")
    UNASSIGNED = "unassigned", _("Nobody has taken the ticket")
    UNACCEPTED = "unaccepted", _("A handover is not answered")
    SILENT = "silent", _("The requester waits for an answer")


# What decides whether a rule fires: when one of these changes, it begins anew.
DECIDING = (
    "is_active", "trigger", "metric", "percent", "minutes", "in_coverage", "priorities", "levels", "kinds", "organisation_ids",
    "team_ids",
)  # fmt: skip


class EscalationRule(Audited):
    """One rule of hierarchical escalation. Conditions that are empty hold for every ticket; it fires once per ticket and step.

    `metric` "" means any promise (for PERCENT and MISSED), "take_over:2" that of one level; `percent` is of the promised open time; `minutes` is how long
    a silence lasts, of open time in the ticket's calendar with `in_coverage`.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=10)
    trigger = models.CharField(_("when"), max_length=20, choices=Trigger.choices)
    metric = models.CharField(_("promise"), max_length=30, blank=True)
    percent = models.PositiveSmallIntegerField(_("percent of the promise"), default=75)
    minutes = models.PositiveIntegerField(_("minutes"), default=10)
    in_coverage = models.BooleanField(_("counts open time only"), default=False)
    priorities = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("priorities"), default=list, blank=True)
    levels = ArrayField(
        models.PositiveSmallIntegerField(choices=Level.choices), verbose_name=_("levels"), default=list, blank=True
    )
    kinds = ArrayField(models.CharField(max_length=30), verbose_name=_("kinds of ticket"), default=list, blank=True)
    organisation_ids = ArrayField(models.BigIntegerField(), verbose_name=_("organisations"), default=list, blank=True)
    team_ids = ArrayField(models.BigIntegerField(), verbose_name=_("teams"), default=list, blank=True)
    # Each is "role:coordinator", "team:ticket", "team:12", "assignee", "rota:3" (whoever is on call
    # there), "rota:level:2" (in each rota of that level) or "person:45".
    recipients = ArrayField(models.CharField(max_length=40), verbose_name=_("who is told"), default=list)
    by_mail = models.BooleanField(_("by mail, too"), default=True)
    # What became true earlier is left alone: a new or changed rule does not flood the desk with the past.
    active_since = models.DateTimeField(default=now)

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        before = type(self).objects.filter(pk=self.pk).first() if self.pk else None
        if before is not None and any(getattr(before, name) != getattr(self, name) for name in DECIDING):
            self.active_since = now()
        super().save(*args, **kwargs)


class Firing(Owned):
    """That a rule fired on a step of a ticket: once, whoever looks. Written in the transaction of the timeline's entry.

    `step` is the key of a Step of rules.py; those of one occasion have the same `instant` and one entry together. `since` is the
    beginning of the silence or when so much of the promise was used up. A row without a step is from the time when a
    rule spoke once about a ticket: it stands for every step that had come true by its `since`.
    """

    rule = models.ForeignKey(EscalationRule, on_delete=models.SET_NULL, null=True, related_name="firings")
    rule_name = models.CharField(max_length=120)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="firings")
    step = models.CharField(max_length=120, blank=True, default="")
    since = models.DateTimeField()
    instant = models.DateTimeField()
    fired_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "ticket", "step"], name="one_firing_of_a_rule_on_a_step"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_name} → {self.ticket_id}"


class DryRun(models.Model):
    """What a rule would have done in the past `days`: worked off in batches by key, read on the rule's page.

    `rule_document` are the rule's fields as they were tried; `result` has "weeks" ([[iso week, n], …], every week, oldest
    first), "recipients" ([[name, n], …], most often first, "" is nobody), "firings" ([[ticket number, instant, the event's data], …],
    newest first, at most 200; earlier runs have a sentence in place of the data) and "firings_total".
    """

    rule = models.ForeignKey(EscalationRule, on_delete=models.CASCADE, null=True, blank=True, related_name="dry_runs")
    rule_document = models.JSONField()
    days = models.PositiveSmallIntegerField(default=90)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    last_ticket_id = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.rule_document.get('name', '')} {self.started_at:%Y-%m-%d}"


class Rota(Audited):
    """Who is on call, week by week: the people in turn, handing over on a weekday (0 is Monday) at a local time."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices, default=Level.N2)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Zurich")
    starts_on = models.DateField(_("first day"))
    handover_weekday = models.PositiveSmallIntegerField(_("hand over on"), default=0)
    handover_time = models.TimeField(_("hand over at"))
    # In turn; an array keeps the order.
    person_ids = ArrayField(models.BigIntegerField(), verbose_name=_("people in turn"), default=list)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("level", "name")

    def __str__(self) -> str:
        return self.name


class RotaOverride(Audited):
    """Somebody else is on call from `starts_at` to `ends_at`; two of one rota never overlap."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="overrides")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    class Meta:
        ordering = ("starts_at",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="override_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rota_id}: {self.person_id}"


__all__: list[Any] = ["DryRun", "EscalationRule", "Firing", "Rota", "RotaOverride", "Trigger"]
