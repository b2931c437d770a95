from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations
from django.db.models import F

import entraide.core.words


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_search"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=GinIndex(
                OpClass(entraide.core.words.Folded(F("name")), name="gin_trgm_ops"), name="person_by_folded_name"
            ),
        ),
        migrations.AddIndex(
            model_name="mailaddress",
            index=GinIndex(
                OpClass(entraide.core.words.Folded(F("email")), name="gin_trgm_ops"), name="address_by_folded_email"
            ),
        ),
    ]
