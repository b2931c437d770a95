"""Names are found by a part of them; the indexes are made beside running work."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar = [("audit", "0002_append_only"), ("core", "0001_search")]
    operations: ClassVar = [
        AddIndexConcurrently(
            "auditentry",
            GinIndex(OpClass(Upper("actor_name"), name="gin_trgm_ops"), name="audit_by_actor_name"),
        ),
        AddIndexConcurrently(
            "auditentry",
            GinIndex(OpClass(Upper("subject_name"), name="gin_trgm_ops"), name="audit_by_subject_name"),
        ),
    ]
