"""A report as a file to keep: CSV is sent while it is read, XLSX when it is whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.text import slugify
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language, override

from entraide.audit.writing import Subject, write_down
from entraide.core.live import ask
from entraide.core.scope import current_scope, scoped
from entraide.reports.export import XLSX, Cell, csv_lines, xlsx

Rows = Iterable[Sequence[Cell]]
# Gives the rows that come after a cursor, and the cursor of the next ("" at the end).
Batch = Callable[[str], tuple[Rows, str]]
FORMATS = ("csv", "xlsx")


def wanted_format(request: Any) -> str:
    """Return the kind of file that is asked for, or "" for the page."""
    asked = request.GET.get("as", "")
    return asked if asked in FORMATS else ""


def as_file(header: Sequence[str], batch: Batch, *, format: str, name: Iterable[str]) -> HttpResponse:
    """Return the rows as a file to save; `name` are the words of its name."""
    stem = "-".join(filter(None, (slugify(word) for word in name)))
    write_down("exported", Subject("report", None, f"{stem}.{format}"))
    answer: Any
    if format == "xlsx":
        content = xlsx(header, _all(batch), title=stem, zone=get_current_timezone())
        answer = HttpResponse(content, content_type=XLSX)
    else:
        answer = StreamingHttpResponse(_csv(header, batch), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{stem}.{format}"'
    answer["Cache-Control"] = "no-store"
    return answer  # type: ignore[no-any-return]


def _all(batch: Batch) -> Iterator[Sequence[Cell]]:
    after, is_first = "", True
    while after or is_first:
        rows, after = batch(after)
        is_first = False
        yield from rows


def _csv(header: Sequence[str], batch: Batch) -> AsyncIterator[str]:
    # The page's scope, language and zone end with its view; the stream outlives it.
    scope, language, zone = current_scope(), get_language(), get_current_timezone()

    def part(after: str) -> tuple[str, str]:
        with scoped(scope), override(language):
            rows, following = batch(after)
            return "".join(csv_lines(rows, zone=zone, is_start=False)), following

    async def parts() -> AsyncIterator[str]:
        yield "".join(csv_lines([list(header)], zone=zone, is_start=True))
        after, is_first = "", True
        while after or is_first:
            text, after = await ask(part, after)
            is_first = False
            yield text

    return parts()
