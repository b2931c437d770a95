"""Every setting an operator can make: read from the environment, checked at start."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import ParseResult, parse_qs, urlparse
from zoneinfo import available_timezones

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from entraide.backups.sealing import recipients_of
from entraide.core.clock import at
from entraide.core.trouble import Trouble

CHECKOUT = Path(__file__).resolve().parents[2]
# Set for our own processes beside DATABASE_URL when that is the embedded one's.
EMBEDDED = "_ENTRAIDE_EMBEDDED"


def default_data_dir() -> Path:
    """Return `var/` of a checkout, else the user's own data folder."""
    if (CHECKOUT / "pyproject.toml").exists():
        return CHECKOUT / "var"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local/share")) / "entraide"


class Environment(BaseSettings):
    """The settings; each is the variable ENTRAIDE_<NAME>, but for DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="ENTRAIDE_", env_ignore_empty=True, extra="ignore")

    mode: Literal["development", "production"] = Field("development", description="development or production.")
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="postgresql://user:password@host:5432/name. Empty: Entraide runs a PostgreSQL of its own in the data folder.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir, description="Where files, keys and the embedded database live."
    )
    secret_key: str = Field("", description="Signs sessions and links. Empty: made once and kept in the data folder.")
    former_secret_keys: Annotated[list[str], NoDecode] = Field(
        [],
        description="Keys that secret_key replaced and that are accepted for a while, separated by commas.",
    )
    base_url: str = Field(
        "", description="The address people type, as in https://support.example.ch. Empty: http://host:port."
    )
    host: str = Field("127.0.0.1", description="The address on which the web server listens.")
    port: int = Field(8000, ge=1, le=65535, description="The port on which the web server listens.")
    web_workers: int = Field(1, ge=1, le=64, description="How many web processes run.")
    job_concurrency: int = Field(4, ge=1, le=64, description="How many jobs one worker runs at once.")
    smtp_host: str = Field("127.0.0.1", description="The address on which the built-in mail listener listens.")
    smtp_port: int = Field(2525, ge=0, le=65535, description="Its port; 0 turns the listener off.")
    smtp_tls_cert: Path | None = Field(None, description="Certificate (PEM) for STARTTLS.")
    smtp_tls_key: Path | None = Field(None, description="Its private key (PEM).")
    smtp_size_limit: int = Field(75 * 1024 * 1024, ge=1024, description="The largest message accepted, in bytes.")
    mail_domain: str = Field("entraide.localhost", description="The domain of the desk's addresses and Message-IDs.")
    support_address: str = Field("", description="The address people write to. Empty: support@ and the mail domain.")
    email_url: str = Field(
        "",
        description="smtp://user:password@host:587?tls=starttls (or tls=tls, tls=none). Empty in development: outgoing mail is written to files.",
    )
    email_backend: str = Field(
        "", description="A Django mail backend instead of email_url, as anymail.backends.mailgun.EmailBackend."
    )
    clock: str = Field(
        "", description="Development only: an instant at which time stands still, or a shift (+3d, -PT2H)."
    )
    crash_at: str = Field("", description="Development only: the place at which a test kills the process.")
    language: Literal["fr", "en"] = Field("fr", description="The language of the interface where a person chose none.")
    time_zone: str = Field("Europe/Zurich", description="The desk's own time zone.")
    ticket_prefix: str = Field(
        "ENT", pattern=r"^[A-Z][A-Z0-9]{0,9}$", description="The letters before a ticket's number."
    )
    auto_close_days: int = Field(5, ge=1, le=365, description="Days after which a resolved ticket closes by itself.")
    signed_link_days: int = Field(30, ge=1, le=365, description="Days for which a link in a mail works.")
    stolen_passwords: Path | None = Field(
        None,
        description="The list of stolen passwords that `entraide passwords import` makes. Empty: stolen-passwords in the data folder.",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        [], description="Host names served, separated by commas. Empty: those of base_url and this machine."
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        ["127.0.0.1", "::1"],
        description="Addresses or networks whose X-Forwarded-For and -Proto are believed, separated by commas.",
    )
    private_targets: Annotated[list[str], NoDecode] = Field(
        [],
        description="Networks of one's own to which webhooks, chat messages and browser pushes may go, separated by commas, as in 10.20.0.0/16. Empty: public addresses only.",
    )
    clamd: str = Field(
        "",
        description="The ClamAV that scans files: unix:/run/clamav/clamd.ctl or host:port. Empty: files are not scanned.",
    )
    backup_dir: Path | None = Field(
        None, description="Where a backup is written each night. Empty: none is made by itself."
    )
    backup_keep: int = Field(14, ge=1, le=3650, description="Days for which those are kept; the newest one always is.")
    backup_recipient: Annotated[list[str], NoDecode] = Field(
        [],
        description="Whom they are encrypted for (age1…, ssh-ed25519 …, or a file that lists some), separated by commas. Empty: they are not encrypted.",
    )
    metrics_token: str = Field(
        "",
        description="With it, /metrics answers who sends it as a bearer token (Prometheus). Empty: there is no /metrics.",
    )
    security_contact: str = Field(
        "",
        description="Who is told of holes, in /.well-known/security.txt: a mail address or an https address. Empty: there is no such file.",
    )
    database_wait: float = Field(5, ge=0, le=600, description="Seconds for which a command waits for DATABASE_URL.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged.")
    log_format: Literal["text", "json"] = Field("text", description="How it is logged.")

    @field_validator(
        "allowed_hosts", "trusted_proxies", "private_targets", "former_secret_keys", "backup_recipient", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("trusted_proxies", "private_targets")
    @classmethod
    def _are_networks(cls, value: list[str]) -> list[str]:
        for each in value:
            try:
                ip_network(each)
            except ValueError as error:
                raise ValueError(f"{each!r} is not an address or a network; write 10.0.0.5 or 10.0.0.0/24") from error
        return value

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("only PostgreSQL will do: write postgresql://user:password@host:5432/name")
        if value and not _can_be_parsed(value):
            # It holds a password: neither it nor what the parser says of it is repeated.
            raise ValueError("write postgresql://user:password@host:5432/name (special characters as %40)")
        return value

    @field_validator("base_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        parts = urlparse(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or not _has_good_port(parts)):
            raise ValueError(f"{value!r} is not a web address; write https://support.example.ch")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("the desk needs a host name of its own: write https://support.example.ch, without a path")
        return value

    @field_validator("email_url")
    @classmethod
    def _is_mail_server(cls, value: str) -> str:
        # The address holds a password: it is not repeated in the message.
        parts = urlparse(value)
        if value and (parts.scheme != "smtp" or not parts.hostname or not _has_good_port(parts)):
            raise ValueError("write smtp://user:password@host:587?tls=starttls (special characters as %40)")
        if parse_qs(parts.query).get("tls", ["none"])[-1] not in ("starttls", "tls", "none"):
            raise ValueError("tls is starttls, tls or none")
        return value

    @field_validator("email_backend")
    @classmethod
    def _is_there(cls, value: str) -> str:
        module, _dot, name = value.rpartition(".")
        if value and not (module and name and _is_module(module)):
            raise ValueError(f"there is no {value!r}; write anymail.backends.mailgun.EmailBackend, for example")
        return value

    @field_validator("backup_recipient")
    @classmethod
    def _are_recipients(cls, value: list[str]) -> list[str]:
        try:
            recipients_of(value)
        except Trouble as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("clamd")
    @classmethod
    def _is_scanner(cls, value: str) -> str:
        if value and _place_of_clamd(value) is None:
            raise ValueError(
                f"{value!r} is not the place of a clamd; write unix:/run/clamav/clamd.ctl or 127.0.0.1:3310"
            )
        return value

    @field_validator("mail_domain")
    @classmethod
    def _is_domain(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
            raise ValueError(f"{value!r} is not a mail domain; write support.example.ch")
        return value.lower()

    @field_validator("support_address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", value):
            raise ValueError(f"{value!r} is not a mail address; write support@example.ch")
        return value.lower()

    @field_validator("security_contact")
    @classmethod
    def _is_contact(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>,:]+@[^@\s<>,:]+|(https://|mailto:)[^\s]+", value):
            raise ValueError(f"{value!r} is no contact; write security@example.ch or https://example.ch/security")
        return value

    @field_validator("smtp_tls_cert", "smtp_tls_key")
    @classmethod
    def _can_be_read(cls, value: Path | None) -> Path | None:
        if value is not None and not os.access(value, os.R_OK):
            raise ValueError(f"there is no file {value} that this user may read")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not a time zone; use a name such as Europe/Zurich")
        return value

    @field_validator("clock")
    @classmethod
    def _is_clock(cls, value: str) -> str:
        if value:
            at(value, real=datetime.now(UTC))
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Environment:
        wrong = list(self._misfits())
        if wrong:
            raise ValueError("\n".join(wrong))
        self.data_dir = self.data_dir.expanduser().absolute()
        self.backup_dir = self.backup_dir.expanduser().absolute() if self.backup_dir else None
        self.support_address = self.support_address or f"support@{self.mail_domain}"
        self.base_url = (self.base_url or f"http://{bracketed(self.host)}:{self.port}").rstrip("/")
        return self

    def _misfits(self) -> Iterator[str]:
        if self.is_production:
            if self.clock:
                yield "ENTRAIDE_CLOCK is for development only: unset it, or set ENTRAIDE_MODE=development"
            if self.crash_at:
                yield "ENTRAIDE_CRASH_AT is for development only: unset it"
            if self.database_url and EMBEDDED not in os.environ and not self.secret_key:
                yield "set ENTRAIDE_SECRET_KEY: with a database of your own every machine needs the same key"
            if not self.email_url and not self.email_backend:
                yield "set ENTRAIDE_EMAIL_URL (smtp://…), or no mail can leave the desk"
        if bool(self.smtp_tls_cert) != bool(self.smtp_tls_key):
            yield "ENTRAIDE_SMTP_TLS_CERT and ENTRAIDE_SMTP_TLS_KEY go together: set both or neither"

    @property
    def is_production(self) -> bool:
        return self.mode == "production"

    @property
    def stolen_passwords_file(self) -> Path:
        """Where the list of stolen passwords is."""
        return self.stolen_passwords or self.data_dir / "stolen-passwords"

    @property
    def clamd_place(self) -> tuple[str, int | None]:
        """Where clamd listens: a socket's path and None, or a host and a port."""
        place = _place_of_clamd(self.clamd)
        if place is None:
            raise ValueError("ENTRAIDE_CLAMD is not set.")
        return place

    @cached_property
    def key(self) -> str:
        """The secret key: the one set, else the one kept in the data folder (made at the first need)."""
        return self.secret_key or _kept_key(self.data_dir / "secret_key")

    @cached_property
    def former_keys(self) -> list[str]:
        """The keys that it replaced and that are accepted still: those set, else those kept beside it."""
        kept = self.data_dir / "secret_key.former"
        return self.former_secret_keys or (
            kept.read_text().splitlines() if not self.secret_key and kept.exists() else []
        )


def problems(error: ValidationError) -> list[str]:
    """Return one line per wrong setting, each naming the variable and what is wrong with it."""
    lines = []
    for each in error.errors():
        messages = each["msg"].removeprefix("Value error, ").splitlines()
        variable = variable_of(str(each["loc"][0])) if each["loc"] else ""
        for message in messages:
            named = message if message.startswith(variable) else f"{variable}: {message}"
            lines.append(f"{named.rstrip('.')}.")
    return lines


def unknown_variables() -> list[str]:
    """Return the names of ENTRAIDE_ variables that are set and mean nothing: most often a slip of the pen."""
    known = {variable_of(name) for name in Environment.model_fields}
    return sorted(name for name in os.environ if name.startswith("ENTRAIDE_") and name not in known)


def bracketed(host: str) -> str:
    """Return the host as it stands before a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def variable_of(name: str) -> str:
    """Return the variable that sets this field."""
    return "DATABASE_URL" if name.lower() == "database_url" else f"ENTRAIDE_{name.upper()}"


def _can_be_parsed(url: str) -> bool:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        ports = str(conninfo_to_dict(url).get("port", "")).split(",")
    except ProgrammingError:
        return False
    return all(not port or (port.isdecimal() and 0 < int(port) < 65536) for port in ports)


def _place_of_clamd(text: str) -> tuple[str, int | None] | None:
    path = text.removeprefix("unix:")
    if path.startswith("/"):
        return path, None
    host, _colon, port = text.removeprefix("tcp://").rpartition(":")
    is_place = host and port.isdecimal() and 0 < int(port) < 65536 and not re.search(r"[\s/]", host)
    return (host.strip("[]"), int(port)) if is_place else None


def _has_good_port(parts: ParseResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _kept_key(path: Path) -> str:
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whole or not there at all: of two processes that start at once the second reads what the first has written.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as target:
            target.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path.read_text().strip()
