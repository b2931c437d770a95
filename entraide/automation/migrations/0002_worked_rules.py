"""Rules know teams and since when they are active; the rules and rotas that a new desk begins with."""

from __future__ import annotations

from typing import Any, ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models

import entraide.core.clock
from entraide.automation.defaults import add_defaults


def add(apps: Any, schema_editor: Any) -> None:
    add_defaults(apps)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("automation", "0001_initial")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="escalationrule",
            name="active_since",
            field=models.DateTimeField(default=entraide.core.clock.now),
        ),
        migrations.AddField(
            model_name="escalationrule",
            name="team_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name="teams"
            ),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
