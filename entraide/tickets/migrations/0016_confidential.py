"""Confidential tickets: a column with a default of the database's own, so that the table is not written anew; its index beside running work."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar = [("tickets", "0015_scanned_files")]
    operations: ClassVar = [
        migrations.AddField("ticket", "is_confidential", models.BooleanField(default=False, db_default=False)),
        AddIndexConcurrently(
            "ticket",
            models.Index(
                fields=["-updated_at", "-id"], name="ticket_confidential", condition=models.Q(is_confidential=True)
            ),
        ),
    ]
