from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that may be empty, and its index beside those who work."""

    atomic = False

    dependencies = [
        ("email", "0002_kept_aside"),
    ]

    operations = [
        migrations.AddField(
            model_name="incomingmail",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        AddIndexConcurrently(
            model_name="incomingmail",
            index=models.Index(
                condition=models.Q(("erased_at", None), models.Q(("outcome", "waiting"), _negated=True)),
                fields=["received_at"],
                name="incoming_with_original",
            ),
        ),
    ]
