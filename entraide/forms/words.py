"""What is wrong with an answer, and what the kinds are called, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from entraide.forms.problems import Problem


def sentence_of(problem: Problem) -> str:
    """Return the sentence."""
    return gettext(problem.sentence) % problem.facts
