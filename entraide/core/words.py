"""Full text search as database expressions: French and English stems, accents or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db import connection, transaction
from django.db.models import BooleanField, F, Func, QuerySet, TextField, Value
from django.db.models.functions import Concat


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


def begins(words: Func, start: str) -> Func:
    """Return the condition that one of `words` (a Words expression) begins with `start`, which is letters alone."""
    lexeme = Concat(Folded(Value(start)), Value(":*"))
    query = Func(lexeme, template="to_tsquery('simple', %(expressions)s)", output_field=SearchQueryField())
    return Func(words, query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())


def folded(text: str) -> Folded:
    """Return `text` in lower case and without accents, as an expression to compare with."""
    return Folded(Value(text))


@contextmanager
def resembling(likeness: float) -> Iterator[None]:
    """Let words that are `likeness` (0 to 1) alike count as similar within the block, which is a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(likeness)])
        yield


def among(column: str, keys: QuerySet[Any]) -> Func:
    """Return the condition that `column` is one of `keys`, which are found first: then the column's index serves.

    With IN, PostgreSQL guesses how many there will be, and reads the whole table where it guesses too many.
    """
    return Func(
        F(column),
        ArraySubquery(keys),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
