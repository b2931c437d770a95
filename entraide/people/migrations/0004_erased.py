from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_brands"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
