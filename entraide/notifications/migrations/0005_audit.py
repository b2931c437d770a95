"""People are told that the audit does not hold. What is checked of all rows is checked beside running work."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

ABOUT = ("ticket", "contract", "endpoint", "verification")


def of_one(name: str) -> models.Q:
    return models.Q(**{f"{each}__isnull": each != name for each in ABOUT})


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar = [("audit", "0001_initial"), ("notifications", "0004_channelchoice_in_browser")]
    operations: ClassVar = [
        migrations.AddField(
            "notification",
            "verification",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="audit.verification",
            ),
        ),
        migrations.RemoveConstraint("notification", "notification_of_one_thing"),
        AddConstraintNotValid(
            "notification",
            models.CheckConstraint(
                condition=of_one("ticket") | of_one("contract") | of_one("endpoint") | of_one("verification"),
                name="notification_of_one_thing",
            ),
        ),
        ValidateConstraint("notification", "notification_of_one_thing"),
    ]
