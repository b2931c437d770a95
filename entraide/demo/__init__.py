"""A believable desk to look at: a Geneva provider, three clients, ninety days of tickets that end now."""

from __future__ import annotations

from entraide.demo.loading import NotEmpty, load
from entraide.demo.people import sign_ins

__all__ = ["NotEmpty", "load", "sign_ins"]
