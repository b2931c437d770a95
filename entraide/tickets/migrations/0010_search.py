from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations
from django.db.models import F

import entraide.core.words


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_search"),
        ("tickets", "0009_work"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=GinIndex(entraide.core.words.Words("subject"), name="ticket_by_subject_words"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=GinIndex(fields=["tags"], name="ticket_by_tag"),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=GinIndex(
                OpClass(entraide.core.words.Folded(F("name")), name="gin_trgm_ops"), name="attachment_by_name"
            ),
        ),
    ]
