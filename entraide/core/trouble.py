"""What an operator can mend."""

from __future__ import annotations


class Trouble(RuntimeError):
    """Something that the operator can mend; the message is one line that says how."""
