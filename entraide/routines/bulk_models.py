"""One verb for many tickets: the run, and one step of it for each ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from entraide.core.clock import now
from entraide.core.owned import Owned
from entraide.people.models import Person
from entraide.tickets.models import Ticket

# How long after its end a run can be taken back.
UNDONE_WITHIN = timedelta(hours=24)


class BulkRun(models.Model):
    """A verb that somebody asked of many tickets at once, and what it takes (`asked`); done in their name.

    `key` is of the form and of what was asked with it: sent twice, it begins once. A run that takes back another
    one names it in `undoes`.
    """

    key = models.CharField(max_length=100, unique=True)
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    # In which refusals are written down, for whoever started it.
    language = models.CharField(max_length=10)
    verb = models.CharField(max_length=20)
    asked = models.JSONField(default=dict)
    total = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )  # fmt: skip

    class Meta:
        ordering = ("-pk",)
        indexes: ClassVar = [models.Index(fields=["started_by", "-id"], name="bulk_run_of_a_person")]

    def __str__(self) -> str:
        return f"{self.verb} × {self.total}"

    @property
    def undone_until(self) -> datetime | None:
        """Until when it can be taken back; None for what is not at its end, and for what takes back itself."""
        if self.finished_at is None or self.undoes_id is not None:
            return None
        return self.finished_at + UNDONE_WITHIN

    @property
    def may_be_undone(self) -> bool:
        """Tell whether there is still time to take it back, and nobody has."""
        until = self.undone_until
        return until is not None and now() < until and not hasattr(self, "undone_by")


class BulkStep(Owned):
    """One ticket of a run. `version_before` and `version_after` are its newest entries around what was done."""

    across: ClassVar[dict[str, str]] = {"ticket": "it may have been moved since"}

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    # What the person had seen: whose it was, and the newest message.
    saw_assignee = models.BigIntegerField(null=True, blank=True)
    seen = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=500, blank=True)
    version_before = models.PositiveIntegerField(null=True, blank=True)
    version_after = models.PositiveIntegerField(null=True, blank=True)

    class Meta(Owned.Meta):
        ordering = ("run", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "ticket"], name="one_step_of_a_ticket"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "position"], name="bulk_step_to_do", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.position}"


__all__: list[Any] = ["UNDONE_WITHIN", "BulkRun", "BulkStep"]
