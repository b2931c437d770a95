"""Full text search as database expressions: French and English stems, accents or not."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import Func, TextField, Value


class Words(Func):
    """The words of a text as a tsvector; an index over the same expression serves it."""

    function = "entraide_words"
    output_field = SearchVectorField()


class Folded(Func):
    """A text in lower case without accents."""

    function = "entraide_fold"
    output_field = TextField()


def wanted(words: str) -> Any:
    """Return the search for `words` as people type them: "exact words", or, -not."""
    return Func(Value(words), function="entraide_query", output_field=SearchQueryField())
