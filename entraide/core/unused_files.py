"""Files that nothing refers to any more: what was attached and taken away, what was uploaded and never sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps

from entraide.core.clock import now
from entraide.core.files import kept_before, remove_unless
from entraide.core.scope import Scope, scoped

# An upload may be named for a day (tickets/uploads.py); a mail being read is a matter of minutes.
UNUSED_FOR = timedelta(days=2)


def forget_unused_files() -> int:
    """Remove the files that were brought more than two days ago and belong to nothing; return how many."""
    before = now() - UNUSED_FOR
    removed = 0
    with scoped(Scope.everything(reason="a file belongs to whoever refers to it, in any organisation")):
        for folder in kept_before(before):
            for digest in set(folder) - in_use(folder):
                removed += remove_unless(digest, lambda digest=digest: bool(in_use([digest])), before=before)  # type: ignore[misc]
    return removed


def in_use(digests: Collection[str]) -> set[str]:
    """Return those of these addresses to which a row refers; a model names such columns in `files_in`."""
    used: set[str] = set()
    for model, column in file_columns():
        used |= set(model.objects.filter(**{f"{column}__in": digests}).values_list(column, flat=True))
    return used


def file_columns() -> Iterator[tuple[Any, str]]:
    """Give every model that keeps the address of a file, with the column."""
    for model in apps.get_models():
        for column in getattr(model, "files_in", ()):
            yield model, column
