"""Extensions, and full text search that knows French and English stems and ignores accents."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

CONFIGURATIONS = """
CREATE TEXT SEARCH CONFIGURATION entraide_fr (COPY = french);
ALTER TEXT SEARCH CONFIGURATION entraide_fr
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;
CREATE TEXT SEARCH CONFIGURATION entraide_en (COPY = english);
ALTER TEXT SEARCH CONFIGURATION entraide_en
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
CREATE FUNCTION entraide_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1));
CREATE FUNCTION entraide_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('public.entraide_fr'::regconfig, left(coalesce($1, ''), 200000))
        || to_tsvector('public.entraide_en'::regconfig, left(coalesce($1, ''), 200000));
CREATE FUNCTION entraide_query(text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN websearch_to_tsquery('public.entraide_fr'::regconfig, $1)
        || websearch_to_tsquery('public.entraide_en'::regconfig, $1);
"""
UNDO = """
DROP FUNCTION entraide_query(text);
DROP FUNCTION entraide_words(text);
DROP FUNCTION entraide_fold(text);
DROP TEXT SEARCH CONFIGURATION entraide_en;
DROP TEXT SEARCH CONFIGURATION entraide_fr;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION IF NOT EXISTS unaccent;",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(CONFIGURATIONS, UNDO),
    ]
