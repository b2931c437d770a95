"""The rule that refuses stolen passwords where somebody chooses one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from entraide.entrance.breached import is_stolen


class NotStolen:
    """A validator of passwords, as Django asks them."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def validate(self, password: str, user: Any = None) -> None:
        if is_stolen(password, self.path):
            raise ValidationError(
                _(
                    "This password stands in published lists of stolen passwords, which thieves try first: take another one."
                ),
                code="password_stolen",
            )

    def get_help_text(self) -> str:
        return _("It must not stand in published lists of stolen passwords.")
