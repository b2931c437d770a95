"""The browsers that show notifications while no page of the desk is open."""

from __future__ import annotations

from django.db import models

from entraide.core.owned import Owned
from entraide.people.models import Person


class Browser(Owned):
    """One browser in which a person asked for notifications: where its push service is, and with which keys it is written to."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    # As people know it: "Firefox, Linux".
    name = models.CharField(max_length=80)
    # Whoever knows the address and the keys can write to this browser: kept encrypted (keeping.py).
    subscription = models.TextField()
    # SHA-256 of the address: the same browser is the same row.
    digest = models.CharField(max_length=64, unique=True)
    # The sign-in within which it is told anything.
    session_key = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    # Why the newest message was given up, and when; empty again once one arrives.
    error = models.CharField(max_length=300, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name
