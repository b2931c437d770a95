"""Requests to machines outside: to public addresses alone, over a connection to the very address that was checked.

Whoever types an address here makes the desk open connections from where it stands. So the name is resolved by us, each time, and
the connection goes to what was found: a name that changes its mind between the check and the call leads nowhere else.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from entraide.core.events import Refused

CONNECT_S = 5
DEADLINE_S = 10
READ_AT_MOST_BYTES = 2048
Address = IPv4Address | IPv6Address
# What is given out of IPv6 to the world; everything else is special, old or not used (site-local fec0::, translated ::ffff:0:10.0.0.1 …).
WORLD = IPv6Network("2000::/3")
DOCUMENTATION = IPv6Network("3fff::/20")
# What NAT64 makes of IPv4 addresses: 64:ff9b::10.0.0.1 leads to 10.0.0.1.
NAT64 = IPv6Network("64:ff9b::/96")


class BadAddress(Refused):
    """Nothing may be sent there."""


class NoAnswer(Exception):
    """It could not be reached, or did not answer in time; the message says why, in words for people."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, its first bytes (2 kB unless more were asked for) as text, how long it took, and when it wants to be asked again."""

    status: int
    text: str
    duration_ms: int
    retry_after: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def asked_pause(self) -> timedelta:
        """How long to wait before the next attempt, where it says so in seconds."""
        seconds = self.retry_after
        return timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 8 else timedelta()


@dataclass(frozen=True)
class Place:
    """A web address in its parts; `target` is the path with its query."""

    scheme: str
    host: str
    port: int
    target: str


def check(url: str) -> None:
    """Raise BadAddress unless something may be sent to `url` as its name resolves now."""
    reachable_addresses(place_of(url))


def post(url: str, body: bytes, *, headers: Mapping[str, str], read_at_most: int = READ_AT_MOST_BYTES) -> Answer:
    """Send `body` to `url` and return the answer, whatever its status; a redirect is an answer and not followed.

    Raises BadAddress when the address is not (or no longer) one to send to, NoAnswer when nothing came back within ten seconds.
    """
    place = place_of(url)
    addresses = reachable_addresses(place)
    began, read = time.monotonic(), b""
    call = _Call(place, addresses)
    # A server that sends a byte now and then never runs into the time-out of the socket.
    alarm = threading.Timer(DEADLINE_S, call.break_off)
    alarm.daemon = True
    alarm.start()
    try:
        call.request("POST", place.target, body=body, headers=dict(headers))
        response = call.getresponse()
        with response, suppress(OSError, http.client.HTTPException, ValueError):
            # The status says how it went, whatever becomes of the words after it.
            read = response.read(read_at_most)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(call.why(error)) from error
    finally:
        alarm.cancel()
        call.close()
    return Answer(
        status=response.status,
        text=read.decode(errors="replace").replace("\x00", ""),
        duration_ms=round((time.monotonic() - began) * 1000),
        retry_after=response.getheader("Retry-After") or "",
    )


def place_of(url: str) -> Place:
    """Return the parts of a web address. Raises BadAddress for what is none, or carries a name or a password."""
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in url):
        raise BadAddress(_("This is not a web address: it has a blank or a backslash in it."), field="address")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna" if not (parts.hostname or "").isascii() else "ascii").decode()
    except (ValueError, UnicodeError):
        raise BadAddress(_("This is not a web address."), field="address") from None
    if parts.scheme not in ("https", "http") or not host or "%" in host:
        raise BadAddress(_("This is not a web address: it begins with https:// and a name."), field="address")
    if "@" in parts.netloc:
        raise BadAddress(
            _("A name or a password before the “@” is not sent: leave them out of the address."), field="address"
        )
    target = quote(parts.path or "/", safe="%/:=&~+!$,;'@()*-._")
    if parts.query:
        target += "?" + quote(parts.query, safe="%/:=&?~+!$,;'@()*[]-._")
    return Place(parts.scheme, host.rstrip("."), port or (443 if parts.scheme == "https" else 80), target)


def reachable_addresses(place: Place) -> list[str]:
    """Return the addresses of this place to which something may be sent. Raises BadAddress where there is none."""
    try:
        found = resolve(place.host, place.port)
    except (OSError, UnicodeError):
        raise BadAddress(
            _("There is no “%(host)s”: the name cannot be found.") % {"host": place.host}, field="address"
        ) from None
    allowed = [each for each in found if is_allowed(ip_address(each))]
    if not allowed:
        raise BadAddress(
            _(
                "“%(host)s” is in a private network: only public addresses may be sent to. An operator can allow a network of one's own with ENTRAIDE_PRIVATE_TARGETS."
            )
            % {"host": place.host},
            field="address",
        )
    if place.scheme == "http" and not all(ip_address(each).is_loopback for each in allowed):
        raise BadAddress(_("Only https:// is sent to: what goes there could be read on its way."), field="address")
    return allowed


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, in the order in which they should be tried. Raises OSError for a name that has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # An address with a zone (fe80::1%eth0) is of this machine's own network.
    return list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))


def is_allowed(address: Address) -> bool:
    """Tell whether something may be sent to this address: a public one, or one of the networks that the operator named."""
    for each in _meant(address):
        if any(each.version == network.version and each in network for network in _own_networks()):
            continue
        if not each.is_global or each.is_multicast:
            return False
        if isinstance(each, IPv6Address) and (each not in WORLD or each in DOCUMENTATION):
            return False
    return True


def _meant(address: Address) -> list[Address]:
    """Return the address, or the ones that it stands for: IPv6 has several ways of writing 127.0.0.1."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    embedded: list[Address] = [each for each in (address.sixtofour, *(address.teredo or ())) if each is not None]
    return [address, *embedded]


def _own_networks() -> list[IPv4Network | IPv6Network]:
    return [ip_network(each, strict=False) for each in settings.ENTRAIDE.private_targets]


class _Call(http.client.HTTPConnection):
    """One connection, to one of the checked addresses of a place; the certificate must be that of its name."""

    def __init__(self, place: Place, addresses: list[str]) -> None:
        super().__init__(place.host, place.port, timeout=CONNECT_S)
        self._place, self._addresses = place, addresses
        self._is_broken_off = False
        # Kept besides `sock`, which is given to the response as soon as that begins.
        self._open: socket.socket | None = None
        self.default_port = 443 if place.scheme == "https" else 80

    def connect(self) -> None:
        self.sock = self._open = self._connected()
        if self._place.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._place.host, do_handshake_on_connect=False)
            self._open = self.sock
            self.sock.do_handshake()
        self.sock.settimeout(DEADLINE_S)

    def break_off(self) -> None:
        """End the call from another thread."""
        self._is_broken_off = True
        if self._open is not None:
            with suppress(OSError):
                # The plain one: that of TLS would take its state away from the thread that reads.
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)

    def why(self, error: Exception) -> str:
        """Return why there was no answer."""
        if self._is_broken_off or isinstance(error, TimeoutError):
            return _("No answer within %(seconds)d seconds.") % {"seconds": DEADLINE_S}
        if isinstance(error, ssl.SSLCertVerificationError):
            return _("Its certificate is not valid: %(why)s.") % {"why": error.verify_message}
        if isinstance(error, ConnectionRefusedError):
            return _("Nothing listens there: the connection was refused.")
        if isinstance(error, http.client.HTTPException):
            return _("The connection ended without an answer.")
        return _("No connection: %(why)s.") % {"why": error}

    def _connected(self) -> socket.socket:
        failure: OSError = OSError("no address")
        for address in self._addresses:
            if self._is_broken_off:
                break
            try:
                return socket.create_connection((address, self._place.port), timeout=CONNECT_S)
            except OSError as error:
                failure = error
        raise failure
