from __future__ import annotations

from tests.hooks.conftest import loopback, receiver

__all__ = ["loopback", "receiver"]
