"""Which requests and subjects are like a question that is being typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from entraide.tickets.asked_operators import fold

T = TypeVar("T")

WORDS_AT_MOST = 8
SHORTEST = 3
# Words that are in every other question tell nothing about what it is about.
EMPTY = frozenset(
    [
        "les",
        "des",
        "une",
        "mon",
        "mes",
        "ton",
        "ses",
        "son",
        "sur",
        "par",
        "pas",
        "plus",
        "que",
        "qui",
        "quoi",
        "est",
        "sont",
        "ont",
        "ete",
        "avec",
        "sans",
        "dans",
        "pour",
        "mais",
        "cela",
        "ceci",
        "cette",
        "cet",
        "ces",
        "nous",
        "vous",
        "notre",
        "votre",
        "leur",
        "elle",
        "ils",
        "elles",
        "faire",
        "fait",
        "peux",
        "peut",
        "pouvez",
        "dois",
        "doit",
        "veux",
        "voudrais",
        "aimerais",
        "avoir",
        "avez",
        "besoin",
        "bonjour",
        "merci",
        "svp",
        "depuis",
        "quand",
        "comment",
        "toujours",
        "encore",
        "tout",
        "tous",
        "toute",
        "toutes",
        "rien",
        "quelque",
        "quelqu",
        "fonctionne",
        "fonctionnent",
        "marche",
        "marchent",
        "probleme",
        "aide",
        "the",
        "and",
        "for",
        "with",
        "without",
        "from",
        "this",
        "that",
        "these",
        "those",
        "have",
        "has",
        "had",
        "not",
        "does",
        "doesn",
        "don",
        "can",
        "cannot",
        "could",
        "would",
        "should",
        "will",
        "please",
        "hello",
        "thanks",
        "need",
        "needs",
        "want",
        "some",
        "any",
        "all",
        "are",
        "was",
        "were",
        "been",
        "our",
        "your",
        "their",
        "them",
        "they",
        "you",
        "how",
        "when",
        "what",
        "why",
        "who",
        "still",
        "anymore",
        "working",
        "works",
        "work",
        "problem",
        "issue",
        "help",
        "getting",
        "get",
    ]
)


def telling_words(question: str) -> list[str]:
    """Return the words of a question that say what it is about, folded, in their order, each once."""
    words = re.findall(r"[^\W_]+", fold(question))
    telling = [word for word in words if len(word) >= SHORTEST and word not in EMPTY]
    return list(dict.fromkeys(telling))[:WORDS_AT_MOST]


def likeness(telling: Iterable[str], name: str) -> int:
    """Return how many of the telling words stand in `name`, whatever their endings."""
    others = re.findall(r"[^\W_]+", fold(name))
    return sum(any(same_stem(word, other) for other in others) for word in telling)


def same_stem(one: str, other: str) -> bool:
    """Tell whether two folded words differ by their endings at most: `imprimantes`, `imprimante`; `print`, `printer`."""
    if one == other:
        return True
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    shorter, longer = sorted((len(one), len(other)))
    # Short words that begin alike are other words ("mot", "moteur"); of longer ones three letters may be an ending.
    return shared >= 4 and shared >= shorter - 1 and longer - shared <= 4


def best(rows: Sequence[T], telling: Sequence[str], *, name: Callable[[T], str], at_least: int = 1) -> list[T]:
    """Return the rows whose names share the most telling words, the most alike first; of equals the order stays."""
    scored = [(likeness(telling, name(row)), row) for row in rows]
    return [row for score, row in sorted(scored, key=lambda each: -each[0]) if score >= at_least]
