"""Every address that the desk answers, as its own router knows them: a new page is here without anyone remembering."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

import entraide
from tests.api.test_bad_input import DOCUMENT

# Nouns that stand for several things: the noun before them says which.
SHARED_NOUNS = frozenset({"runs"})
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


@dataclass(frozen=True)
class Parameter:
    """What an address must be given: the name, and the noun that it belongs to (`people/<int:key>`: `people`)."""

    noun: str
    name: str

    def __str__(self) -> str:
        return f"{self.noun}/<{self.name}>"


@dataclass(frozen=True)
class Route:
    """One address. `methods` are those of the API's operations; of a page none are declared."""

    name: str
    path: str
    parameters: tuple[Parameter, ...]
    methods: tuple[str, ...]
    view: Any

    @property
    def room(self) -> str:
        return self.name.partition(":")[0] if ":" in self.name else "sign-in"

    @property
    def is_api(self) -> bool:
        return self.room == "api"

    def address(self, given: Mapping[Parameter, Any]) -> str:
        """Return the address with these parameters in it."""
        rest = iter(self.parameters)
        filled = PARAMETER.sub(lambda _found: str(given[next(rest)]), self.path)
        return "/" + re.sub(r"[\^$\\]|\(\?:", "", filled)


def routes(urlconf: str | None = None) -> list[Route]:
    """Return all of them, in the order of the router; those of the API once for each path."""
    found: dict[tuple[str, str], Route] = {}
    for name, path, pattern in _walk(get_resolver(urlconf), "", ""):
        route = Route(name, path, _parameters(path), tuple(operations(path)), pattern.callback)
        found.setdefault((route.room, path), route)
    return list(found.values())


@cache
def asked_names() -> frozenset[str]:
    """Return the names that any page reads from what stands after the `?` of its address."""
    names = set()
    for room in ("agent", "portal"):
        for file in (Path(entraide.__file__).parent / room).rglob("*.py"):
            for each in ast.walk(ast.parse(file.read_text())):
                if (
                    isinstance(each, ast.Call)
                    and isinstance(each.func, ast.Attribute)
                    and each.func.attr in ("get", "getlist")
                    and ast.unparse(each.func.value) in ("request.GET", "sent", "request.GET.copy()", "GET")
                    and each.args
                    and isinstance(each.args[0], ast.Constant)
                ):
                    names.add(str(each.args[0].value))
    return frozenset(names)


def _walk(resolver: URLResolver, space: str, prefix: str) -> Iterator[tuple[str, str, URLPattern]]:
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each, f"{space}{each.namespace}:" if each.namespace else space, path)
        else:
            yield f"{space}{each.name}", path, each


def _parameters(path: str) -> tuple[Parameter, ...]:
    segments, found = path.replace("^", "").split("/"), []
    for at, segment in enumerate(segments):
        for match in PARAMETER.finditer(segment):
            nouns = [each for each in segments[:at] if not PARAMETER.search(each)] or [""]
            noun = "/".join(nouns[-2:]) if nouns[-1] in SHARED_NOUNS else nouns[-1]
            found.append(Parameter(noun, match[1] or match[2]))
    return tuple(found)


def operations(path: str) -> dict[str, Any]:
    """Return what the API says of an address of the router: its operations by method, none for a page."""
    described: dict[str, Any] = DOCUMENT["paths"].get("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), {})
    return {method.upper(): operation for method, operation in described.items()}
