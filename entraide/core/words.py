"""Full text search as database expressions: French and English stems, accents or not."""

from __future__ import annotations

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, Func, TextField, Value


class Words(Func):
    """The words of a text as a tsvector; an index over the same expression serves it."""

    function = "entraide_words"
    output_field = SearchVectorField()


class Folded(Func):
    """A text in lower case without accents."""

    function = "entraide_fold"
    output_field = TextField()


def matches(words: Func, wanted: str) -> Func:
    """Return the condition that `words` (a Words expression) hold what people typed: "exact words", or, -not."""
    query = Func(Value(wanted), function="entraide_query", output_field=SearchQueryField())
    return Func(words, query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())
