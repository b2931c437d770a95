"""The envelope of a message that came without one, as the servers before us noted it in its headers."""

from __future__ import annotations

from typing import NamedTuple

from entraide.channels.email.addresses import is_ours
from entraide.channels.email.parsing.addresses import addresses
from entraide.channels.email.parsing.head import read_head, text_of

DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
WRITTEN = ("to", "cc", "resent-to", "resent-cc")


class Envelope(NamedTuple):
    sender: str
    recipients: tuple[str, ...]


def envelope_in(raw: bytes) -> Envelope:
    """Return who sent `raw` ("<>": the null sender, "": unknown) and to which of our addresses, as its headers tell.

    What the servers noted on delivery counts first; without that, whom the sender wrote to.
    """
    fields = [(name, text_of(value)) for name, value in read_head(raw, 0, len(raw)).fields]
    paths = [value for name, value in fields if name == "return-path"]
    senders = [each.email for value in paths for each in addresses(value)] or ["<>" for value in paths if "<>" in value]
    delivered = _ours(fields, DELIVERED)
    return Envelope(senders[0] if senders else "", delivered or _ours(fields, WRITTEN))


def _ours(fields: list[tuple[str, str]], names: tuple[str, ...]) -> tuple[str, ...]:
    found = {each.email.lower() for name, value in fields if name in names for each in addresses(value)}
    return tuple(sorted(each for each in found if is_ours(each)))
