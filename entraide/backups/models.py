"""What became of each backup."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Backup(models.Model):
    """One attempt to make one, by night or by hand: `problem` says why there is no archive, or what is not in it."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    # The archive, or nothing where there is none.
    path = models.CharField(max_length=500, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    files_lost = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-began_at"], name="backup_newest", condition=~models.Q(path="")),
        ]

    def __str__(self) -> str:
        return self.path or self.problem
