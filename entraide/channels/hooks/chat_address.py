"""Addresses of chats (Teams, Slack, Mattermost, …) as Apprise writes them: which are taken, and what of them is shown."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from entraide.core import outside
from entraide.core.events import Refused

# Apprise knows some 180 services; among them files, system logs, mail and any web server. These are chats, over HTTPS.
HOSTED = {
    "slack": "Slack", "msteams": "Microsoft Teams", "workflows": "Microsoft Teams (Workflows)", "workflow": "Microsoft Teams (Workflows)",
    "discord": "Discord", "tgram": "Telegram", "gchat": "Google Chat", "webex": "Webex", "wxteams": "Webex", "zulip": "Zulip",
}  # fmt: skip
# On a server of one's own: its address is checked as that of a webhook.
OWN = {
    "mmosts": "Mattermost", "rockets": "Rocket.Chat", "matrixs": "Matrix", "ntfys": "ntfy", "gotifys": "Gotify",
    "nctalks": "Nextcloud Talk",
}  # fmt: skip
# The same without TLS: for this machine alone, where the operator allows that.
PLAIN = {scheme.removesuffix("s"): name for scheme, name in OWN.items()}
SERVICES = {**HOSTED, **OWN, **PLAIN}


def check(address: str) -> None:
    """Raise Refused unless `address` is one of Apprise, of a chat, and leads to where something may be sent."""
    scheme = scheme_of(address)
    if scheme not in SERVICES:
        raise Refused(
            _("This is not the address of a chat. Known: %(known)s.")
            % {"known": ", ".join(sorted(set(SERVICES.values())))},
            field="address",
        )
    if re.search(r"[?&]verify=", address, re.IGNORECASE):
        raise Refused(_("A certificate is always checked: leave “verify” out of the address."), field="address")
    parsed = _parsed(address)
    if parsed is None:
        raise Refused(
            _("Something is missing in this address of %(service)s.") % {"service": SERVICES[scheme]}, field="address"
        )
    if scheme in HOSTED:
        return
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    outside.check(f"{'http' if scheme in PLAIN else 'https'}://{host}" + (f":{parsed.port}" if parsed.port else ""))


def as_apprise(address: str) -> str:
    """Return an address as Apprise writes it, also of one that a service gives out (https://hooks.slack.com/services/…)."""
    parsed = _parsed(address) if scheme_of(address) == "https" else None
    if parsed is None:
        return address
    # Without the options that it adds: those of the desk hold.
    ours: str = parsed.url().partition("?")[0]
    return ours


def shown(address: str) -> str:
    """Return where an address leads, without what is secret in it."""
    scheme = scheme_of(address)
    parsed = _parsed(address) if scheme in SERVICES else None
    if parsed is None:
        return ""
    return SERVICES[scheme] if scheme in HOSTED else f"{SERVICES[scheme]} · {parsed.host}"


def scheme_of(address: str) -> str:
    return address.partition("://")[0].lower() if "://" in address else ""


def _parsed(address: str) -> Any:
    """Return what Apprise makes of an address, None for one that it does not understand."""
    # Not above: it is big, and only chats need it.
    from apprise import Apprise

    return Apprise.instantiate(address, suppress_exceptions=True)
