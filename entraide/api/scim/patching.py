"""PATCH of SCIM (RFC 7644, 3.5.2): its operations as pairs of an attribute and a value, whichever way a directory writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from entraide.api.scim.answers import Wrong

OPERATIONS_AT_MOST = 1000


class Change(NamedTuple):
    """One operation: `add`, `replace` or `remove`, the attribute in lower case ("name.givenname", "members"), its value, and what picks among many."""

    op: str
    path: str
    value: Any
    picked: str = ""


def changes(sent: dict[str, Any]) -> Iterator[Change]:
    """Give the operations of a PATCH one by one. Raises Wrong."""
    operations = next((value for name, value in sent.items() if name.lower() == "operations"), None)
    if not isinstance(operations, list) or len(operations) > OPERATIONS_AT_MOST:
        raise Wrong("A PATCH has a list of Operations.", "invalidSyntax")
    for each in operations:
        if not isinstance(each, dict):
            raise Wrong("An operation is an object.", "invalidSyntax")
        op = str(each.get("op", "")).lower()
        if op not in ("add", "replace", "remove"):
            raise Wrong(f"There is no operation {op!r}.", "invalidSyntax")
        path = each.get("path")
        if path:
            yield _change(op, str(path), each.get("value"))
        elif isinstance(each.get("value"), dict) and op != "remove":
            for name, value in each["value"].items():
                yield _change(op, str(name), value)
        else:
            raise Wrong("Without a path, the value is an object.", "noTarget")


def truth(value: Any) -> bool:
    """Read a truth, which some directories send as a text. Raises Wrong."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise Wrong("active is true or false.")


def _change(op: str, path: str, value: Any) -> Change:
    picked = re.search(r'\[\s*value\s+eq\s+"([^"]*)"\s*\]', path, re.IGNORECASE)
    plain = re.sub(r"\[[^\]]*\]", "", path)
    if plain.lower().startswith("urn:"):
        plain = plain.rpartition(":")[2]
    return Change(op, plain.lower(), value, picked.group(1) if picked else "")
