"""A process that sends one message to a chat, and in which names lead to public addresses alone: see chat.py."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

from django.conf import settings

TIME_OUT_S = 8.0


def main() -> None:
    """Read an order from the standard input, and write what became of it to the standard output."""
    order = json.load(sys.stdin)
    settings.configure(USE_I18N=False, ENTRAIDE=SimpleNamespace(private_targets=order["networks"]))
    keep_to_public_addresses(only_loopback=order["only_loopback"])
    print(json.dumps(_send(order)))


def keep_to_public_addresses(*, only_loopback: bool) -> None:
    """Let this process find nothing but what may be sent to; redirects and whatever else a plug-in calls included."""
    from entraide.core.outside import is_allowed

    find = socket.getaddrinfo

    def find_allowed(*args: Any, **named: Any) -> list[Any]:
        found = [each for each in find(*args, **named) if is_allowed(ip_address(str(each[4][0]).partition("%")[0]))]
        if only_loopback:
            found = [each for each in found if ip_address(each[4][0]).is_loopback]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "No address to which something may be sent.")
        return found

    socket.getaddrinfo = find_allowed
    # A proxy of the environment would look names up by itself.
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        del os.environ[name]


def _send(order: dict[str, Any]) -> dict[str, Any]:
    from apprise import Apprise, AppriseAsset, LogCapture, NotifyFormat, PersistentStoreMode

    # Nothing is kept on the disk of the desk, and no chat fetches the pictures of somebody else.
    asset = AppriseAsset(
        app_id="Entraide", storage_mode=PersistentStoreMode.MEMORY, http_redirects=False, image_url_mask="", image_url_logo=""
    )  # fmt: skip
    chat = Apprise(asset=asset)
    capture: Any = LogCapture
    with capture(level=logging.WARNING, fmt="%(message)s") as said:
        chat.add(order["address"])
        for server in chat:
            server.socket_connect_timeout = server.socket_read_timeout = TIME_OUT_S
        went = bool(chat.notify(title=order["title"], body=order["text"], body_format=NotifyFormat.TEXT))
        return {"went": went, "said": said.getvalue().strip()[:2048]}


if __name__ == "__main__":
    main()
