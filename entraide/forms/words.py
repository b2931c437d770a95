"""What is wrong with an answer, and what the kinds are called, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from entraide.forms.field import Choice, Condition, Field
from entraide.forms.kinds import kind_of
from entraide.forms.kinds.yes_no import NO, YES
from entraide.forms.problems import Problem


def sentence_of(problem: Problem) -> str:
    """Return the sentence."""
    return gettext(problem.sentence) % problem.facts


def kind_name(code: str) -> str:
    """Return what a kind of field is called."""
    return gettext(kind_of(code).name)


def choices_of(field: Field) -> tuple[Choice, ...]:
    """Return the answers that a field offers, yes and no among them; none where one writes freely."""
    if field.kind == "yes_no":
        return (Choice(YES, gettext("yes"), gettext("yes")), Choice(NO, gettext("no"), gettext("no")))
    return field.choices


def condition_in_words(condition: Condition, other: Field, language: str) -> str:
    """Return a condition as people say it, for those whose browser cannot follow it."""
    words = {"field": other.label(language)}
    if not condition.values:
        return gettext("Only if “%(field)s” is filled in") % words
    labels = {each.code: each.label(language) for each in choices_of(other)}
    words["values"] = gettext(" or ").join(labels.get(each, each) for each in condition.values)
    return gettext("Only if “%(field)s” is: %(values)s") % words
