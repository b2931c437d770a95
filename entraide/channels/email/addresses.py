"""The desk's own mail addresses, and the signed one that leads to a ticket (`support+1042.k3v…@example.ch`)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from django.conf import settings

from entraide.channels.email.models import Mailbox
from entraide.core.secrets import accepted_keys
from entraide.tickets.models import Ticket

SIGNATURE_LENGTH = 16  # characters of 5 bits each
_THIRD_PARTY_PART = re.compile(r"(?P<key>[1-9][0-9]{0,8}-[1-9][0-9]{0,5})\.(?P<signature>[a-z2-7]{16})")
_PLUS_PART = re.compile(r"(?P<number>[1-9][0-9]{0,8})\.(?P<signature>[a-z2-7]{16})")


def ticket_address(ticket: Ticket) -> str:
    """Return the address under which answers find `ticket`; it cannot be guessed from the number."""
    local, _, domain = support_address().rpartition("@")
    return f"{local}+{ticket.number}.{_signature(f'ticket-address:{ticket.number}')}@{domain}"


def ticket_number_in(plus_part: str) -> int | None:
    """Return the number in the signed part of an address of ours (`1042.k3v…`), or None."""
    found = _PLUS_PART.fullmatch(plus_part.lower())
    if found is None:
        return None
    number = int(found["number"])
    return number if _is_signed(found["signature"], f"ticket-address:{number}") else None


def third_party_address(key: str) -> str:
    """Return the address under which a third party's answers find the conversation with this key ("1042-7")."""
    local, _, domain = support_address().rpartition("@")
    return f"{local}+{key}.{_signature(f'third-party-address:{key}')}@{domain}"


def third_party_key_in(plus_part: str) -> str | None:
    """Return the key in the signed part of such an address (`1042-7.k3v…`), or None."""
    found = _THIRD_PARTY_PART.fullmatch(plus_part.lower())
    if found is None:
        return None
    return found["key"] if _is_signed(found["signature"], f"third-party-address:{found['key']}") else None


def is_ours(address: str) -> bool:
    """Tell whether mail to this address is for the desk: any plus-part and any case will do."""
    address = address.strip().lower()
    if any(_is_at(address, ours) for ours in (support_address(), postmaster_address())):
        return True
    return any(_is_at(address, mailbox.lower()) for mailbox in Mailbox.objects.values_list("address", flat=True))


def is_our_domain(address: str) -> bool:
    """Tell whether this address is in a domain in which the desk receives mail."""
    domain = address.strip().lower().rpartition("@")[2]
    ours = {settings.ENTRAIDE.mail_domain.lower(), support_address().rpartition("@")[2]}
    return domain in ours or Mailbox.objects.filter(address__iendswith=f"@{domain}").exists()


def support_address() -> str:
    address: str = settings.ENTRAIDE.support_address
    return address.lower()


def postmaster_address() -> str:
    """Return the address that every domain which receives mail must have (RFC 5321, 4.5.1)."""
    return f"postmaster@{support_address().rpartition('@')[2]}"


def _is_at(address: str, ours: str) -> bool:
    local, _, domain = address.rpartition("@")
    our_local, _, our_domain = ours.rpartition("@")
    return domain == our_domain and (local == our_local or local.startswith(f"{our_local}+"))


def _is_signed(signature: str, what: str) -> bool:
    return any(hmac.compare_digest(signature, _signature(what, key=key)) for key in accepted_keys())


def _signature(what: str, *, key: str = "") -> str:
    digest = hmac.digest((key or settings.SECRET_KEY).encode(), what.encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:SIGNATURE_LENGTH]
