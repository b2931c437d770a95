from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Beside those who work."""

    atomic = False

    dependencies = [
        ("tickets", "0017_words_erased"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("status", "closed"),
                    models.Q(
                        ("words_erased_at", None),
                        ("words_erased_at__lt", models.F("closed_at")),
                        _connector="OR",
                    ),
                ),
                fields=["organisation", "closed_at"],
                name="ticket_with_words",
            ),
        ),
    ]
