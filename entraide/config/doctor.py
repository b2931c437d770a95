"""`entraide doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

import shutil
import smtplib
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import click
from django.conf import settings
from django.core.mail import get_connection
from django.db import connection

from entraide.audit.models import AuditEntry, Verification
from entraide.backups.making import newest, newest_whole
from entraide.backups.restoring import unfinished
from entraide.channels.email.models import IncomingMail, Mailbox, OutgoingMail
from entraide.config.environment import Environment, unknown_variables
from entraide.config.setup import pending_migrations
from entraide.core import scanning
from entraide.core.building_wall import holes
from entraide.core.clock import now
from entraide.core.jobs import workers_alive
from entraide.core.scanning import ScannerAway
from entraide.core.scope import Scope, scoped
from entraide.tickets.models import ScannedFile

Verdict = Literal["ok", "warn", "bad"]
MARKS: dict[Verdict, str] = {"ok": "ok  ", "warn": "warn", "bad": "BAD "}
LITTLE_SPACE_BYTES = 2 * 1024**3
BACKUP_IS_OLD = timedelta(hours=26)
VERIFIED_WITHIN = timedelta(days=2)
CLOCK_MAY_DIFFER = timedelta(seconds=5)
OLD_SIGNATURES = timedelta(days=7)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `advice` says what to do unless all is well."""

    verdict: Verdict
    what: str
    advice: str = ""


@click.command()
def doctor() -> None:
    """Check the installation and say what to mend; exits with 1 if something is bad."""
    is_bad = False
    for finding in examine(settings.ENTRAIDE):
        click.echo(f"{MARKS[finding.verdict]}  {finding.what}")
        if finding.advice:
            click.echo(f"      → {finding.advice}")
        is_bad = is_bad or finding.verdict == "bad"
    if is_bad:
        raise SystemExit(1)


def examine(environment: Environment) -> Iterator[Finding]:
    """Yield a finding for each part of the installation; only the first ones while the tables are not there."""
    yield from _settings(environment)
    yield from _translations()
    yield from _database(environment)
    yield from _disk(environment)
    if began := unfinished():
        yield Finding(
            "bad",
            f"A restore has begun and did not end (the archive of {began}).",
            "Run `entraide restore` with it again.",
        )
        return
    if pending := pending_migrations():
        yield Finding("bad", f"Migrations that are missing: {len(pending)}.", "Run `entraide migrate`.")
        return
    yield from _wall()
    yield from _workers(environment)
    yield from _outgoing_mail(environment)
    yield from _incoming_mail(environment)
    yield from _listener(environment)
    yield from _backups(environment)
    yield from _audit()
    yield from _scanner(environment)


def _audit() -> Iterator[Finding]:
    last = Verification.objects.first()
    if last is None:
        if AuditEntry.objects.filter(at__lt=now() - VERIFIED_WITHIN).exists():
            yield Finding(
                "warn", "The audit was never verified.", "Run `entraide audit verify`; a worker does it each night."
            )
        return
    if last.broken_at is not None:
        yield Finding(
            "bad", f"The audit does not hold: {last.reason}", "Keep a copy of the database; see docs/audit.md."
        )
    elif now() - last.at > VERIFIED_WITHIN:
        yield Finding("warn", f"The audit was last verified on {last.at:%Y-%m-%d}.", "Is a worker running?")
    else:
        yield Finding("ok", f"The audit holds: {last.through} rows, verified on {last.at:%Y-%m-%d %H:%M} UTC.")


def _settings(environment: Environment) -> Iterator[Finding]:
    for name in unknown_variables():
        yield Finding("warn", f"{name} is set but means nothing.", "See `entraide settings` for what can be set.")
    if environment.clock:
        yield Finding(
            "warn", f"The clock of the desk is set: it is {now():%Y-%m-%d %H:%M} UTC.", "Unset ENTRAIDE_CLOCK."
        )


def _translations() -> Iterator[Finding]:
    for catalogue in sorted(
        each for folder in settings.LOCALE_PATHS for each in Path(folder).glob("*/LC_MESSAGES/*.po")
    ):
        language = catalogue.parent.parent.name
        compiled = catalogue.with_suffix(".mo")
        advice = "Run `make install`, then start the desk again."
        if not compiled.exists():
            yield Finding("warn", f"The translations ({language}) are not compiled: people read English.", advice)
        elif compiled.stat().st_mtime < catalogue.stat().st_mtime:
            yield Finding(
                "warn", f"The translations ({language}) are older than their texts: some are missing.", advice
            )


def _database(environment: Environment) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), now()")
        version, there = cursor.fetchone()
    yield Finding("ok", f"The database answers (PostgreSQL {version}).")
    if not environment.clock and abs(there - now()) > CLOCK_MAY_DIFFER:
        yield Finding(
            "warn", "The clocks of this machine and of the database differ.", "Let both follow a time server (NTP)."
        )


def _wall() -> Iterator[Finding]:
    found = holes()
    for hole in found:
        yield Finding("bad", f"The wall between organisations has a hole: {hole}", "Run `entraide migrate`.")
    if not found:
        yield Finding("ok", "The wall between organisations stands in the database.")


def _disk(environment: Environment) -> Iterator[Finding]:
    free = shutil.disk_usage(environment.data_dir).free
    words = f"{free / 1024**3:.1f} GiB are free in {environment.data_dir}."
    if free < LITTLE_SPACE_BYTES:
        yield Finding("bad", words, "Free some space: mail is refused for a while when the disk is full.")
    else:
        yield Finding("ok", words)


def _workers(environment: Environment) -> Iterator[Finding]:
    alive = workers_alive()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'failed') FROM procrastinate_jobs"
        )
        waiting, failed = cursor.fetchone()
    if not alive:
        yield Finding("bad", f"No worker runs; jobs that wait: {waiting}.", "Start `entraide run` or `entraide jobs`.")
    else:
        yield Finding("ok", f"Workers that run: {alive}; jobs that wait: {waiting}.")
    if failed:
        yield Finding(
            "warn",
            f"Jobs that were given up: {failed}.",
            "Look into the log, then `entraide manage procrastinate shell` to retry them.",
        )


def _outgoing_mail(environment: Environment) -> Iterator[Finding]:
    with scoped(Scope.everything(reason="the operator's check of the whole outbox")):
        failing = OutgoingMail.objects.filter(state__in=(OutgoingMail.State.FAILING, OutgoingMail.State.FAILED)).count()
    if failing:
        yield Finding(
            "warn", f"Outgoing mails that fail: {failing}.", "See Mail › Outgoing at the desk for the reasons."
        )
    if not environment.email_url and not environment.email_backend:
        yield Finding(
            "warn",
            f"Outgoing mail is written to files in {environment.data_dir}/outgoing-mail.",
            "Set ENTRAIDE_EMAIL_URL.",
        )
        return
    try:
        server = get_connection(fail_silently=False)
        server.open()
        server.close()
        yield Finding("ok", "The outgoing mail server answers.")
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("bad", f"The outgoing mail server does not answer: {error}.", "Check ENTRAIDE_EMAIL_URL.")


def _incoming_mail(environment: Environment) -> Iterator[Finding]:
    quarantined = IncomingMail.objects.filter(outcome=IncomingMail.Outcome.QUARANTINED).count()
    if quarantined:
        yield Finding("warn", f"Mails in quarantine: {quarantined}.", "See Mail › Incoming at the desk.")
    late = IncomingMail.objects.filter(
        outcome=IncomingMail.Outcome.WAITING, received_at__lt=now() - timedelta(minutes=5)
    )
    if n := late.count():
        yield Finding("bad", f"{n} mails wait to be read for more than five minutes.", "Is a worker running?")
    for mailbox in Mailbox.objects.filter(is_active=True).exclude(last_error=""):
        yield Finding("bad", f"The mailbox {mailbox.name} cannot be read: {mailbox.last_error}", "Check its settings.")


def _listener(environment: Environment) -> Iterator[Finding]:
    if not environment.smtp_port:
        return
    try:
        with socket.create_connection((environment.smtp_host, environment.smtp_port), timeout=3):
            yield Finding("ok", f"The mail listener answers on {environment.smtp_host}:{environment.smtp_port}.")
    except OSError:
        yield Finding(
            "warn",
            f"No mail listener answers on {environment.smtp_host}:{environment.smtp_port}.",
            "Start `entraide run` or `entraide mail`.",
        )


def _scanner(environment: Environment) -> Iterator[Finding]:
    held = Counter(ScannedFile.objects.exclude(state=ScannedFile.State.CLEAN).values_list("state", flat=True))
    if held["infected"]:
        yield Finding("warn", f"Harmful files that are held back: {held['infected']}.", "See Quarantine at the desk.")
    if not environment.clamd:
        yield Finding("warn", "Files are not scanned for viruses.", "Set ENTRAIDE_CLAMD to the place of a clamd.")
        return
    if held["failed"]:
        yield Finding(
            "warn",
            f"Files that the virus scanner refused: {held['failed']}.",
            "See Quarantine at the desk; StreamMaxLength, MaxFileSize and MaxScanSize of clamd should be 64M at least.",
        )
    late = ScannedFile.objects.filter(state="waiting", asked_at__lt=now() - timedelta(minutes=5)).count()
    if late:
        yield Finding("bad", f"{late} files wait to be scanned for more than five minutes.", "Is clamd running?")
    try:
        said = scanning.version()
    except ScannerAway as error:
        yield Finding(
            "bad",
            f"The virus scanner does not answer at {environment.clamd}: {error}.",
            "Start clamd: files are not given until they are scanned.",
        )
        return
    yield Finding("ok", f"The virus scanner answers ({said}).")
    signed = scanning.signed_at(said)
    if signed is not None and now() - signed > OLD_SIGNATURES:
        yield Finding("warn", f"Its signatures are {(now() - signed).days} days old.", "Is freshclam running?")


def _backups(environment: Environment) -> Iterator[Finding]:
    folder = environment.backup_dir
    if folder is None:
        yield Finding(
            "warn", "No backup is made by itself.", "Set ENTRAIDE_BACKUP_DIR, or call `entraide backup` each night."
        )
        return
    whole, last = newest_whole(), newest()
    if whole is None:
        yield Finding(
            "warn", "There is no backup yet.", "One is made each night by a worker; `entraide backup` makes one now."
        )
    elif (age := now() - whole.began_at) > BACKUP_IS_OLD:
        yield Finding(
            "warn", f"The newest backup is {age / timedelta(hours=1):.0f} hours old.",
            "Is a worker running? `entraide backup` makes one now.",
        )  # fmt: skip
    else:
        size = f"{whole.size_bytes / 1024**2:.1f} MiB"
        yield Finding("ok", f"The newest backup is of {whole.began_at:%Y-%m-%d %H:%M} UTC ({size}).")
    if last and last.problem:
        yield Finding("warn", f"The last backup: {last.problem}", "Mend it, then run `entraide backup`.")
    if not environment.backup_recipient:
        yield Finding(
            "warn", "Backups are not encrypted.", "Set ENTRAIDE_BACKUP_RECIPIENT (see `entraide backup key`)."
        )
    if folder.exists():
        free = shutil.disk_usage(folder).free
        if free < max(LITTLE_SPACE_BYTES, 2 * (whole.size_bytes if whole else 0)):
            words = f"{free / 1024**3:.1f} GiB are free for backups in {folder}."
            yield Finding("warn", words, "Free some space there, or set ENTRAIDE_BACKUP_KEEP lower.")
