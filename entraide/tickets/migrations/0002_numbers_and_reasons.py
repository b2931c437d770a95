"""The sequence of ticket numbers, and the reasons for waiting that every desk begins with."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

REASONS = [
    # code, French, English, pauses the resolution clock, needs a date, ends when the requester answers
    ("requester", "Réponse du demandeur", "Answer from the requester", True, False, True),
    ("supplier", "Fournisseur du client", "Supplier of the client", True, False, False),
    ("agreed_date", "Date convenue", "Agreed date", True, True, False),
    ("third_party", "Intervention d'un tiers", "Work by a third party", False, False, False),
]


def add_reasons(apps: Any, schema_editor: Any) -> None:
    reason_model = apps.get_model("tickets", "PendingReason")
    for code, name_fr, name_en, pauses, needs_date, ends in REASONS:
        reason_model.objects.get_or_create(
            code=code,
            defaults={
                "name_fr": name_fr,
                "name_en": name_en,
                "pauses_resolution": pauses,
                "needs_date": needs_date,
                "ends_on_answer": ends,
            },
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tickets", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL("CREATE SEQUENCE tickets_number START 1001", "DROP SEQUENCE tickets_number"),
        migrations.RunPython(add_reasons, migrations.RunPython.noop),
    ]
