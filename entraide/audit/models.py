"""What people and programs did, saw and took out of the desk: written once, then sealed into a chain."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext as _


class AuditEntry(models.Model):
    """One act. Triggers in the database let nobody change or remove it: all that may still be added is its place in the chain.

    Whoever and whatever it names is kept as numbers and words, not as references: the audit outlasts them.
    """

    at = models.DateTimeField()
    # A person, the desk itself or its operator ("system"), or somebody who has not signed in ("nobody").
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True, blank=True)
    actor_name = models.CharField(max_length=200, blank=True)
    organisation_id = models.BigIntegerField(null=True, blank=True)
    act = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    subject_name = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, blank=True)
    channel = models.CharField(max_length=10)
    # Given when it is sealed (sealing.py).
    seq = models.BigIntegerField(null=True, blank=True, unique=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "audit_entry"
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(fields=["id"], name="audit_unsealed", condition=Q(seq=None)),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="audit_by_subject"),
            models.Index(fields=["act", "-id"], name="audit_by_act"),
            models.Index(fields=["at"], name="audit_by_time"),
            GinIndex(OpClass(Upper("actor_name"), name="gin_trgm_ops"), name="audit_by_actor_name"),
            GinIndex(OpClass(Upper("subject_name"), name="gin_trgm_ops"), name="audit_by_subject_name"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"


class Verification(models.Model):
    """That the chain was walked: up to which row, and the first one that did not hold, if any."""

    at = models.DateTimeField()
    seconds = models.FloatField()
    through = models.BigIntegerField()
    head = models.CharField(max_length=64, blank=True)
    broken_at = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.reason or self.head

    @property
    def name(self) -> str:
        """What a notification calls it."""
        return _("The audit")
