"""The built-in mail server: takes in what is for the desk, relays nothing, says 250 only when a message is safe."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import click
from aiosmtpd.smtp import SMTP
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connections

from entraide.channels.email.addresses import is_our_domain, is_ours
from entraide.channels.email.incoming import keep
from entraide.channels.email.polling import Poller
from entraide.core.events import Refused

log = logging.getLogger("entraide.mail")

CONNECTIONS_AT_MOST = 60
CONNECTIONS_OF_ONE_PEER = 20
RECIPIENTS_AT_MOST = 100
# A conversation that is older than this and slower makes room for others, once all places are taken.
DAWDLES_AFTER_S = 20.0
SLOWEST_PACE_BYTES_A_SECOND = 200.0
# DATA is one command: the whole message has to arrive within this time.
SECONDS_PER_COMMAND = 900.0
# Mailers exist that never break a line; refusing theirs would lose their mail.
LINE_LENGTH_BYTES = 4 * 1024 * 1024
SECONDS_TO_FINISH = 6.0

TRY_LATER = "451 4.3.0 The desk cannot keep your message just now. Please try again later."
T = TypeVar("T")


def main() -> None:
    """Run the mail listener (unless its port is 0) and the polling of the mailboxes until SIGTERM."""
    asyncio.run(_run())


class Listener:
    """The listening server, on `settings.ENTRAIDE`'s host and port or those given."""

    def __init__(self, *, host: str | None = None, port: int | None = None) -> None:
        self.host = settings.ENTRAIDE.smtp_host if host is None else host
        self.port = settings.ENTRAIDE.smtp_port if port is None else port
        self.open: set[Conversation] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; `port` is the real one afterwards. Raises OSError when the address is taken."""
        loop = asyncio.get_running_loop()
        tls = _tls_context()
        self._server = await loop.create_server(lambda: Conversation(self, tls), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        log.info("Mail is taken in on %s:%s.", self.host, self.port)

    async def stop(self) -> None:
        """Take no new connection, let the messages on their way arrive, then hang up."""
        if self._server is None:
            return
        self._server.close()
        until = asyncio.get_running_loop().time() + SECONDS_TO_FINISH
        while any(each.is_keeping for each in self.open) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.05)
        for each in list(self.open):
            each.hang_up()

    def may_connect(self, peer: str) -> bool:
        """Tell whether one more conversation can begin; where all places are taken, one that says hardly anything makes room."""
        if sum(each.peer == peer for each in self.open) >= CONNECTIONS_OF_ONE_PEER:
            return False
        if len(self.open) >= CONNECTIONS_AT_MOST:
            slow = [each for each in self.open if each.is_dawdling]
            if not slow:
                return False
            min(slow, key=lambda each: each.pace).make_room()
        return True


class Doorkeeper:
    """Answers the commands of one conversation."""

    is_keeping = False

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        # Nobody signs in here: what is offered must be true.
        return [line for line in responses if not line.startswith("250-AUTH")]

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS_AT_MOST:
            return "452 4.5.3 Too many recipients: send the others in another transaction."
        try:
            refusal = await _in_thread(_refusal, address)
        except (DatabaseTrouble, OSError) as error:
            log.warning("A recipient could not be checked: %s", error)
            return TRY_LATER
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.is_keeping = True
        try:
            raw, sender, recipients = bytes(envelope.content), envelope.mail_from, envelope.rcpt_tos
            kept = await _in_thread(keep, raw, door="smtp", envelope_from=sender, envelope_to=recipients)
        except Refused as refused:
            return f"554 5.6.0 {_ascii(refused.message)}"
        except (DatabaseTrouble, OSError) as error:
            log.warning("A message could not be kept, the sender will try again: %s", error)
            return TRY_LATER
        except Exception:
            # Whatever it was: without a 250 the sender keeps the message and tries again.
            log.exception("A message could not be kept.")
            return TRY_LATER
        finally:
            self.is_keeping = False
        return f"250 2.0.0 Kept as {kept.mail_id}"

    async def handle_exception(self, error: Exception) -> str:
        log.error("A mail conversation failed.", exc_info=error)
        return TRY_LATER


class Conversation(SMTP):
    """One connection."""

    line_length_limit = LINE_LENGTH_BYTES

    def __init__(self, listener: Listener, tls: ssl.SSLContext | None) -> None:
        self._listener = listener
        self._doorkeeper = Doorkeeper()
        self.peer = ""
        self._is_welcome = False
        self._began, self._heard_bytes = asyncio.get_running_loop().time(), 0
        super().__init__(
            self._doorkeeper,
            data_size_limit=settings.ENTRAIDE.smtp_size_limit,
            enable_SMTPUTF8=True,
            hostname=settings.ENTRAIDE.mail_domain,
            ident="Entraide",
            tls_context=tls,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            timeout=SECONDS_PER_COMMAND,
            loop=asyncio.get_running_loop(),
        )

    @property
    def is_keeping(self) -> bool:
        return self._doorkeeper.is_keeping

    @property
    def pace(self) -> float:
        """How many bytes a second came since it began."""
        return self._heard_bytes / max(0.001, self.loop.time() - self._began)

    @property
    def is_dawdling(self) -> bool:
        """Tell whether it has had its time to say something, and has not."""
        return (
            not self.is_keeping
            and self.loop.time() - self._began > DAWDLES_AFTER_S
            and self.pace < SLOWEST_PACE_BYTES_A_SECOND
        )

    def make_room(self) -> None:
        """End a conversation for the sake of others; its place is free at once."""
        transport: Any = self.transport
        if transport is not None:
            transport.write(b"421 4.3.2 Others are waiting. Please try again later.\r\n")
        self.hang_up()
        self._listener.open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._heard_bytes += len(data)
        super().data_received(data)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def connection_made(self, transport: Any) -> None:
        # With STARTTLS the same conversation is "made" a second time.
        if self not in self._listener.open:
            self.peer = str((transport.get_extra_info("peername") or ("",))[0])
            if not self._listener.may_connect(self.peer):
                transport.write(b"421 4.3.2 Too many connections. Please try again later.\r\n")
                transport.close()
                return
            self._is_welcome = True
            self._listener.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        # What was refused at the door never began.
        if self._is_welcome:
            self._is_welcome = False
            self._listener.open.discard(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self in self._listener.open else None


async def _run() -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    listener = Listener()
    if listener.port:
        await _started(listener)
    poller = Poller()
    polling = asyncio.create_task(poller.run())
    await stopping.wait()
    poller.stop()
    await listener.stop()
    await asyncio.wait([polling], timeout=SECONDS_TO_FINISH)
    polling.cancel()


async def _started(listener: Listener) -> None:
    try:
        await listener.start()
    except ssl.SSLError as error:
        raise click.ClickException(
            f"The certificate or key for STARTTLS cannot be used ({error.reason or error}): "
            "check ENTRAIDE_SMTP_TLS_CERT and ENTRAIDE_SMTP_TLS_KEY."
        ) from error
    except FileNotFoundError as error:
        raise click.ClickException(f"There is no certificate or key for STARTTLS at {error.filename}.") from error
    except OSError as error:
        said = (error.strerror or str(error)).rpartition(": ")[2]
        raise click.ClickException(
            f"The mail listener cannot listen on {listener.host}:{listener.port} ({said}): "
            "stop the other program, or set ENTRAIDE_SMTP_HOST and ENTRAIDE_SMTP_PORT."
        ) from error


def _tls_context() -> ssl.SSLContext | None:
    certificate, key = settings.ENTRAIDE.smtp_tls_cert, settings.ENTRAIDE.smtp_tls_key
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def _refusal(address: str) -> str | None:
    """Return why mail to this address is not taken, as an answer of SMTP, or None."""
    if is_ours(address):
        return None
    if is_our_domain(address):
        return "550 5.1.1 There is no such address at this desk. Write to " + _ascii(settings.ENTRAIDE.support_address)
    return "550 5.7.1 This desk does not relay mail to other domains."


async def _in_thread(work: Callable[..., T], *given: Any, **named: Any) -> T:
    """Run what uses the database away from the event loop, and give the thread's connection back."""
    return await asyncio.to_thread(_with_connection, work, *given, **named)


def _with_connection(work: Callable[..., T], *given: Any, **named: Any) -> T:
    close_old_connections()
    try:
        return work(*given, **named)
    finally:
        connections.close_all()


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
