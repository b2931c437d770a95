"""A rule speaks once about each step of a ticket; what it said before stands for all that had come true by now."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import entraide.core.clock


class Migration(migrations.Migration):
    dependencies: ClassVar = [("automation", "0002_worked_rules")]
    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="firing", name="one_firing_of_a_rule_on_a_ticket"),
        migrations.AddField(
            model_name="firing", name="step", field=models.CharField(blank=True, default="", max_length=120)
        ),
        # Second misses of the time before are not made up for all at once: known rows reach up to this moment.
        migrations.AddField(
            model_name="firing",
            name="since",
            field=models.DateTimeField(default=entraide.core.clock.now),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="firing",
            name="ticket",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="firings", to="tickets.ticket"
            ),
        ),
        migrations.AddConstraint(
            model_name="firing",
            constraint=models.UniqueConstraint(
                fields=("rule", "ticket", "step"), name="one_firing_of_a_rule_on_a_step"
            ),
        ),
    ]
