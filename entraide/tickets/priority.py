"""Priority from impact × urgency."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class Impact(models.IntegerChoices):
    HIGH = 1, _("High: a whole organisation or site")
    MEDIUM = 2, _("Medium: a team")
    LOW = 3, _("Low: one person")


class Urgency(models.IntegerChoices):
    HIGH = 1, _("High: work has stopped")
    MEDIUM = 2, _("Medium: work is hindered")
    LOW = 3, _("Low: it can wait")


class Priority(models.IntegerChoices):
    P1 = 1, "P1"
    P2 = 2, "P2"
    P3 = 3, "P3"
    P4 = 4, "P4"


# (impact, urgency) → priority
MATRIX: Mapping[tuple[int, int], int] = {
    (1, 1): 1,
    (1, 2): 2,
    (1, 3): 3,
    (2, 1): 2,
    (2, 2): 3,
    (2, 3): 3,
    (3, 1): 3,
    (3, 2): 3,
    (3, 3): 4,
}


def priority_of(impact: int, urgency: int, *, matrix: Mapping[tuple[int, int], int] = MATRIX) -> int:
    """Return the priority (1–4) of an impact (1–3) and an urgency (1–3). Raises KeyError outside the matrix."""
    return matrix[(impact, urgency)]
