from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0016_confidential"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="words_erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
