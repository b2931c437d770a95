"""Tokens, and the answers that are given again when a request is repeated."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.people.models import Person


class TokenScope(models.TextChoices):
    TICKETS_READ = "tickets:read", _("Read tickets")
    TICKETS_WRITE = "tickets:write", _("Open and change tickets")
    DIRECTORY_READ = "directory:read", _("Read the directory")
    DIRECTORY_WRITE = "directory:write", _("Change the directory")
    CONTRACTS_READ = "contracts:read", _("Read contracts")
    MAIL_READ = "mail:read", _("Read incoming and outgoing mail")


class ApiToken(Audited):
    """Lets a program act as a person, within the token's scopes. Only the hash of the secret is kept."""

    audit: ClassVar = Policy(
        made="token_made",
        changed="token_changed",
        removed="token_removed",
        hidden=frozenset({"digest"}),
        ignored=frozenset({"last_used_at"}),
    )

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=30, choices=TokenScope.choices))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def audit_name(self) -> str:
        return f"{self.prefix}… {self.name} ({self.person.name})"


class IdempotentAnswer(models.Model):
    """What was answered to a change with an Idempotency-Key, so that its repeat is answered alike."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "key"], name="one_answer_a_key"),
        ]

    def __str__(self) -> str:
        return self.key
