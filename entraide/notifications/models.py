"""What the people of the desk were told, and how each of them wants to be told."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from entraide.audit.models import Verification
from entraide.channels.hooks.models import Endpoint
from entraide.contracts.models import Contract
from entraide.core.owned import Owned
from entraide.people.models import Person
from entraide.tickets.models import Ticket, TicketEntry

ABOUT = ("ticket", "contract", "endpoint", "verification")


def of_one(name: str) -> Q:
    """Return the condition that a notification is about `name` and nothing else."""
    return Q(**{f"{each}__isnull": each != name for each in ABOUT})


class Notification(Owned):
    """One thing that one person of the desk was told about a ticket or a contract, and of its organisation; or about an endpoint or the audit of the desk."""

    across: ClassVar[dict[str, str]] = {
        "person": "those who give support are of another organisation than the ticket they are told of"
    }

    # `<kind>:entry:<id>:<person>` and the like: what makes it the same telling, however often the job runs.
    key = models.CharField(max_length=200, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notifications")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    verification = models.ForeignKey(
        Verification, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    entry = models.ForeignKey(TicketEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=40)
    # Figures and codes, put into words in the language of whoever reads.
    words = models.JSONField(default=dict)
    # The mail that may go with it; see channels/email/words.py.
    template = models.CharField(max_length=60)
    is_urgent = models.BooleanField(default=False)
    # Off: the person wants this kind by mail only.
    in_console = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=of_one("ticket") | of_one("contract") | of_one("endpoint") | of_one("verification"),
                name="notification_of_one_thing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["person", "ticket"],
                name="notification_unread",
                condition=Q(read_at__isnull=True, in_console=True),
            ),
            models.Index(
                fields=["person", "-created_at", "-id"], name="notification_by_person", condition=Q(in_console=True)
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def about(self) -> Any:
        """What it tells of: the ticket, the contract, the endpoint, or what a verification of the audit found."""
        return self.ticket or self.contract or self.endpoint or self.verification


class ChannelChoice(Owned):
    """How a person wants to be told of one kind; without a row the kind's own defaults hold."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    in_console = models.BooleanField()
    by_mail = models.BooleanField()
    in_browser = models.BooleanField(default=True)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "kind"], name="one_choice_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.kind}"


class QuietHours(Owned):
    """When a person wants no mail, by the wall clock of their organisation; see preferences.py for what it means."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+")
    begins = models.TimeField()
    ends = models.TimeField()
    # Monday is 0; the day on which they begin.
    days = ArrayField(models.PositiveSmallIntegerField())

    class Meta(Owned.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.person_id}: {self.begins}–{self.ends}"
