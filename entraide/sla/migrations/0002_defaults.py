"""The calendars and agreements that a new desk begins with."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import migrations

from entraide.core.clock import now
from entraide.sla.defaults import add_defaults


def add(apps: Any, schema_editor: Any) -> None:
    add_defaults(apps, zone=settings.TIME_ZONE, at=now())


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sla", "0001_initial")]
    operations: ClassVar = [migrations.RunPython(add, migrations.RunPython.noop)]
