"""What was typed into the search field, read: words, "phrases" and `operator:value`, each negated with `-`. Pure.

Everything must hold; `or` between two of them lets either do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from entraide.tickets.asked_operators import OPERATORS, alike, fold, operator_named

PARTS_AT_MOST = 20
CHARACTERS_AT_MOST = 1000
_NAME = re.compile(r"([^\W\d_][\w-]{0,30}(?:\.[\w-]{1,40})?):")
_VALUE = re.compile(r'"([^"]*)(?:"|$)|([^\s",]+)')
_RUN = re.compile(r'[^\s"]+')
_OR = frozenset({"or", "OR", "Or", "OU"})


@dataclass(frozen=True)
class Word:
    """A word, or words that must stand side by side."""

    text: str
    is_phrase: bool = False
    is_negated: bool = False

    def __str__(self) -> str:
        return (
            f"{'-' if self.is_negated else ''}{f'''{chr(34)}{self.text}{chr(34)}''' if self.is_phrase else self.text}"
        )


@dataclass(frozen=True)
class Condition:
    """An operator by its canonical name, and the values of which one must hold."""

    operator: str
    values: tuple[str, ...]
    is_negated: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.is_negated else ''}{self.operator}:{','.join(map(quoted, self.values))}"


Part = Word | Condition


@dataclass(frozen=True)
class Mistake:
    """What could not be read: the rest is searched without it. `possible` are the names or values that would do."""

    code: Literal["operator", "value", "empty", "nobody", "long"]
    operator: str
    value: str = ""
    possible: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Groups of alternatives: of each group, one part must hold."""

    groups: tuple[tuple[Part, ...], ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def __str__(self) -> str:
        return " ".join(" or ".join(map(str, group)) for group in self.groups)

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(part for group in self.groups for part in group if isinstance(part, Word))


def quoted(value: str) -> str:
    """Return a value as it has to be typed."""
    return value if value and re.fullmatch(r'[^\s",]+', value) else f'"{value}"'


def read(text: str, *, words_only: bool = False) -> Asked:
    """Return what `text` asks for; nothing raises. With `words_only` a colon is a letter like any other."""
    groups: list[tuple[Part, ...]] = []
    mistakes: list[Mistake] = []
    joins = False
    if len(text) > CHARACTERS_AT_MOST:
        text = text[:CHARACTERS_AT_MOST]
        mistakes.append(Mistake("long", ""))
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        if len(groups) == PARTS_AT_MOST:
            mistakes.append(Mistake("long", ""))
            break
        if (run := _RUN.match(text, position)) and run.group() in _OR and groups and text[run.end() :].strip():
            position, joins = run.end(), True
            continue
        part, mistake, position = _part(text, position, words_only=words_only)
        if mistake:
            mistakes.append(mistake)
        if part is not None:
            if joins:
                groups[-1] = (*groups[-1], part)
            else:
                groups.append((part,))
        joins = False
    return Asked(tuple(groups), tuple(dict.fromkeys(mistakes)))


def _part(text: str, start: int, *, words_only: bool) -> tuple[Part | None, Mistake | None, int]:
    is_negated = text[start] == "-" and start + 1 < len(text) and not text[start + 1].isspace()
    at = start + 1 if is_negated else start
    if not words_only and (name := _NAME.match(text, at)):
        values, end = _values(text, name.end())
        if (operator := operator_named(name[1])) is not None:
            if not values:
                return None, Mistake("empty", operator.name), end
            if operator.shape != "choice":
                return Condition(operator.name, values, is_negated), None, end
            return *_chosen(operator.name, values, is_negated), end
        # "Re: …", "http://…" and "C:\…" are pasted more often than they are mistyped operators.
        if values and len(name[1]) > 1 and text[name.end()] not in "/\\:":
            return None, Mistake("operator", name[1], ",".join(values), alike(name[1])), end
    if text[at] == '"':
        found = _VALUE.match(text, at)
        assert found
        phrase = " ".join(found[1].split())
        return (Word(phrase, True, is_negated) if phrase else None), None, found.end()
    run = _RUN.match(text, at)
    assert run
    word = run.group()
    return (Word(word, False, is_negated) if word.strip("-") else None), None, run.end()


def _chosen(name: str, values: tuple[str, ...], is_negated: bool) -> tuple[Condition | None, Mistake | None]:
    operator = OPERATORS[name]
    known = tuple(operator.choices[fold(each)] for each in values if fold(each) in operator.choices)
    strange = [each for each in values if fold(each) not in operator.choices]
    condition = Condition(name, tuple(dict.fromkeys(known)), is_negated) if known else None
    return condition, Mistake("value", name, strange[0]) if strange else None


def _values(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """Return the values that begin at `at`, separated by commas, and where they end."""
    values: list[str] = []
    while found := _VALUE.match(text, at):
        value = " ".join((found[1] if found[1] is not None else found[2]).split())
        if value:
            values.append(value)
        at = found.end()
        if at >= len(text) or text[at] != ",":
            break
        while at < len(text) and text[at] == ",":
            at += 1
    return tuple(dict.fromkeys(values)), at
