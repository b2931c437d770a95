"""What is wrong with an answer: a sentence to be translated, and what goes into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for translation; where it is shown, it is translated."""
    return sentence


@dataclass(frozen=True)
class Problem:
    """`sentence` is English with named placeholders, `facts` what they stand for, `where` the code of the field if it is one's."""

    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""


class Wrong(Exception):
    """An answer does not fit its field."""

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.problem = Problem(sentence, facts)


REQUIRED = gettext_noop("This answer is needed.")
UNKNOWN = gettext_noop("There is no such field in this form.")
NOT_ASKED = gettext_noop("This is not asked here; leave it out.")
