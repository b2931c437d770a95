"""Where programs elsewhere want to be told, and each thing that they were told."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.core.owned import Owned
from entraide.tickets.models import TicketEntry


class Transport(models.TextChoices):
    WEBHOOK = "webhook", _("Webhook")
    CHAT = "chat", _("Chat")


class Endpoint(Audited):
    """One address that is told what happens. Empty `kinds`, `organisation_ids` and `team_ids` stand for all of them.

    To a webhook goes each entry of the `kinds` of its timeline, as JSON; to a chat a line in its `language` about the news of
    the `kinds` of notices.py.
    """

    audit: ClassVar = Policy(
        hidden=frozenset({"address", "secret", "old_secret"}), ignored=frozenset({"failing_since", "switched_off_at"})
    )

    name = models.CharField(_("name"), max_length=120, unique=True)
    transport = models.CharField(max_length=20, choices=Transport.choices, default=Transport.WEBHOOK)
    # Whoever knows the address of a hook may often write there: it is kept like the secrets (keeping.py).
    address = models.TextField()
    secret = models.TextField(blank=True)
    # The one before, which still signs along until then.
    old_secret = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    kinds = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    organisation_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    team_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="fr")
    # Without them it learns numbers and states; names, subjects and texts are personal data.
    with_words = models.BooleanField(_("with names, subjects and texts"), default=False)
    with_internal = models.BooleanField(_("internal entries, too"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()
    # Since when nothing arrived, and when the desk gave it up by itself.
    failing_since = models.DateTimeField(null=True, blank=True)
    switched_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Delivery(Owned):
    """One message to one endpoint, written once for each entry, sent until it arrived or is given up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        DELIVERED = "delivered", _("Delivered")
        FAILING = "failing", _("Failing, will be tried again")
        GIVEN_UP = "given_up", _("Given up")

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    # None: a test.
    entry = models.ForeignKey(TicketEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # The receiver knows by it that it had this one already, however often it is sent.
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    type = models.CharField(max_length=80)
    body = models.TextField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # Of the newest attempt.
    attempted_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "entry"], name="one_delivery_of_an_entry"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                name="delivery_to_send",
                condition=Q(state__in=("waiting", "failing")),
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_by_time"),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"msg_{self.message_id.hex}"
