"""The kinds of ticket. A new one (problem, change, alert …) registers itself here or in its own room."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.core.registry import Registry


@dataclass(frozen=True)
class Kind:
    """A kind of ticket; `icon` is the name of a Tabler icon."""

    code: str
    name: str | Promise
    icon: str


kinds: Registry[Kind] = Registry("kinds of ticket")

INCIDENT = kinds.register(Kind("incident", _("Incident"), "bolt"))
REQUEST = kinds.register(Kind("request", _("Request"), "shopping-bag"))
