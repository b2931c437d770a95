"""A desk in which every text that somebody can write is markup that wants to run, and the way to see whether a page lets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from entraide.core.events import event_kinds

PLANTS = (
    "\"'><img src=x onerror=pwned()><script>pwned()</script>{{ 7|add:7 }}&lt;img src=y onerror=pwned()&gt;",
    "\"'><img src=x onerror=pwned()>",
    "\"'><i id=pwned>",
)
HTML = "<p>Bonjour</p><img src=x onerror=pwned()><svg onload=pwned()><a href='javascript:pwned()'>ici</a><form action=/x><input name=a></form>"
# Columns that hold no words of people: codes, keys, what is encrypted or made by the desk itself.
CODES = {
    "kind", "code", "key", "digest", "mime", "language", "country", "region", "time_zone", "zone", "currency", "type", "accent", "logo_digest", "logo_mime",
    "number", "password", "secret", "old_secret", "subscription", "session_key", "kinds", "scopes", "columns", "recipients", "metric", "pending_reason",
    "hold_reason", "next_due_metric", "template", "fingerprint", "door", "message_id", "in_reply_to", "references", "rule", "state", "verb", "tab", "doing",
    "prefix", "request_digest", "once", "actor_kind", "content_id", "option", "origins", "seen", "step",
}  # fmt: skip
CODES_OF = {
    "people.Account": {"email"}, "people.Brand": {"host"}, "hooks.Endpoint": {"address"}, "email.OutgoingMail": {"key"}, "api.IdempotentAnswer": {"body"},
}  # fmt: skip
# Append-only by a trigger; what it shows are names as they were written.
LEFT_ALONE = {"audit"}
# Of data that is kept as JSON, the values that people write.
WORDS = {
    "name", "label", "label_fr", "label_en", "help", "help_fr", "help_en", "text", "message", "file", "found", "endpoint", "reason", "title", "q", "fr", "en",
}  # fmt: skip


def plant_everywhere() -> set[str]:
    """Write markup into every text column of every row there is; return the columns. Nobody's rules are asked."""
    planted = set()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            label = model._meta.label
            if not model.__module__.startswith("entraide.") or model._meta.app_label in LEFT_ALONE:
                continue
            for column in model._meta.concrete_fields:
                if column.choices or column.primary_key or column.name in CODES | CODES_OF.get(label, set()):
                    continue
                if isinstance(column, models.JSONField):
                    _plant_json(cursor, model, column)
                elif _plant(cursor, model, column):
                    planted.add(f"{label}.{column.name}")
    return planted


def _plant(cursor: Any, model: Any, column: Any) -> bool:
    is_list = isinstance(column, ArrayField)
    kind = column.base_field if is_list else column
    if not isinstance(kind, models.CharField | models.TextField):
        return False
    markup = next((each for each in (HTML, *PLANTS) if len(each) + 10 <= (kind.max_length or 9999)), "")
    if not markup or (column.name == "html" and not isinstance(kind, models.TextField)):
        return False
    if column.name != "html" and markup == HTML:
        markup = next(each for each in PLANTS if len(each) + 10 <= (kind.max_length or 9999))
    if (model._meta.label, column.name) == ("tickets.Attachment", "name"):
        markup = PLANTS[1]  # names of files have no folders: every door takes them away
    table, name, key = model._meta.db_table, column.column, model._meta.pk.column
    # What must be unique stays so.
    value = f'%s || "{key}"::text' if not is_list else f'ARRAY[%s || "{key}"::text]'
    only = "" if is_list else f" WHERE \"{name}\" <> ''"
    cursor.execute(f'UPDATE "{table}" SET "{name}" = {value}{only}', [markup])
    return True


def _plant_json(cursor: Any, model: Any, column: Any) -> None:
    table, name, key = model._meta.db_table, column.column, model._meta.pk.column
    kinds = event_kinds()
    has_kind = any(each.name == "kind" for each in model._meta.concrete_fields) and name == "data"
    cursor.execute(f'SELECT "{key}", "{name}"{", kind" if has_kind else ""} FROM "{table}"')
    for row in cursor.fetchall():
        data = json.loads(row[1]) if isinstance(row[1], str) else row[1]
        changed = _event(kinds[row[2]], data) if has_kind else _within(data)
        if changed != data:
            cursor.execute(f'UPDATE "{table}" SET "{name}" = %s WHERE "{key}" = %s', [json.dumps(changed), row[0]])


def _event(kind: Any, data: dict[str, Any]) -> dict[str, Any]:
    """Plant what an event marks as the words of people."""
    personal = {each.name for each in fields(kind) if each.metadata.get("personal")}
    planted = dict(data)
    for name in personal & set(data):
        if isinstance(data[name], str) and data[name]:
            planted[name] = HTML if name == "html" else PLANTS[0]
        elif isinstance(data[name], list) and data[name] and isinstance(data[name][0], str):
            planted[name] = [PLANTS[0]]
    if "text" in personal and "html" in data and data.get("html") == "" and data.get("text"):
        planted["html"] = HTML if len(data["text"]) % 2 else ""
    for name in ("attachments",):
        planted[name] = [{**each, "name": PLANTS[1]} for each in data.get(name, [])] if name in data else None
        if planted[name] is None:
            del planted[name]
    return planted


def _within(data: Any) -> Any:
    if isinstance(data, dict):
        return {
            name: PLANTS[0] if name in WORDS and isinstance(value, str) and value else _within(value)
            for name, value in data.items()
        }
    return [_within(each) for each in data] if isinstance(data, list) else data


def alive_in(page: str) -> list[str]:
    """Return what of the markup would live in this page, read as a browser reads it."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.alive


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.alive: list[str] = []
        self._script: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = (given.get("type") or "text/javascript") if tag == "script" else None
        is_planted = any(name.startswith("on") or name == "pwned" for name in given) or given.get("id") == "pwned"
        leads = (given.get("href") or given.get("action") or given.get("formaction") or "").strip().lower()
        if is_planted or given.get("src") in ("x", "y") or leads.startswith(("javascript:", "data:", "vbscript:")):
            self.alive.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        # A list of data for a script (json_script) has it escaped, and is none itself.
        if self._script is not None and "pwned" in data and ("<" in data or self._script != "application/json"):
            self.alive.append(f"in a script: {data[:100]}")

    def handle_endtag(self, tag: str) -> None:
        self._script = None


def headers_at_fault(answer: Any) -> Iterator[str]:
    """Yield what is wrong with the headers of an answer to a planted desk."""
    for name, value in answer.headers.items():
        # The name of a download is quoted there (RFC 6266); tests/hostile/test_files.py reads it as a browser does.
        if "\n" in value or "\r" in value or ("pwned()" in value and name != "Content-Disposition"):
            yield f"{name}: {value}"
