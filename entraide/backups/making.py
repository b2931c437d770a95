"""Making a backup and noting what became of it; each night where the operator asked for it, and told when it fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import override

from entraide.audit.writing import Subject, write_down
from entraide.backups.models import Backup
from entraide.backups.sealing import recipients_of
from entraide.backups.writing import Written, prune, write
from entraide.channels.email.outgoing import Letter, post_about_backup
from entraide.core import locks
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.people.queries import people_who_may

log = logging.getLogger("entraide.backups")

LOST = "{n} files that the database knows were missing or changed on the disk; everything else is in {path}."
NOTES_KEPT = timedelta(days=400)
TOLD_AT_MOST = 500


def make(folder: Path, *, recipients: Sequence[Any]) -> Written:
    """Write an archive and note how it went. Raises Trouble."""
    began = now()
    try:
        written = write(folder, recipients=recipients)
    except Exception as error:
        _note(Backup(began_at=began, ended_at=now(), problem=str(error) or type(error).__name__))
        raise
    lost = written.manifest.lost
    problem = LOST.format(n=lost, path=written.path) if lost else ""
    _note(
        Backup(
            began_at=began, ended_at=now(), path=str(written.path), size_bytes=written.size_bytes, files_lost=lost,
            problem=problem,
        )
    )  # fmt: skip
    return written


def make_nightly() -> None:
    """Make the backup of this night, and let those go that have been kept long enough.

    When it fails, or is not complete, administrators are told, once a night; what failed is raised.
    """
    environment = settings.ENTRAIDE
    if environment.backup_dir is None:
        return
    with _alone() as is_ours:
        if not is_ours:
            return
        try:
            written = make(environment.backup_dir, recipients=recipients_of(environment.backup_recipient))
            prune(environment.backup_dir, keep=timedelta(days=environment.backup_keep))
        except Exception as error:
            _tell(str(error) or type(error).__name__)
            raise
        if written.manifest.lost:
            _tell(LOST.format(n=written.manifest.lost, path=written.path))


def newest_whole() -> Backup | None:
    """Return the newest backup of which there is an archive."""
    return Backup.objects.exclude(path="").order_by("-began_at").first()


def newest() -> Backup | None:
    """Return the newest attempt, whatever became of it."""
    return Backup.objects.order_by("-began_at", "-pk").first()


def _note(backup: Backup) -> None:
    """Write the note; a desk that is about to be upgraded may not have its table yet, nor its user the right: the archive counts."""
    try:
        with transaction.atomic():
            backup.save()
            if backup.path:
                about = {"size_bytes": backup.size_bytes, "encrypted": backup.path.endswith(".age")}
                write_down("backup_made", Subject("backups.backup", backup.pk, backup.path), details=about)
            Backup.objects.filter(began_at__lt=now() - NOTES_KEPT).delete()
    except DatabaseError as error:
        log.warning("What became of the backup could not be noted: %s", str(error).splitlines()[0])


@contextmanager
def _alone() -> Iterator[bool]:
    """Tell whether this is the only backup that goes on, wherever the others would run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [locks.BACKUP])
        is_ours = bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [locks.BACKUP])


def _tell(problem: str) -> None:
    night = localtime().date()
    with scoped(Scope.everything(reason="the administrators of the whole desk are told of its backups")):
        for person in people_who_may("settings.edit"):
            with override(person.spoken_language):
                facts = {"day": date_format(night, "DATE_FORMAT")}
            letter = Letter(
                "backup_failed", person, is_automatic=True, to_staff=True, facts=facts,
                message=problem[:TOLD_AT_MOST], once=night.isoformat(),
            )  # fmt: skip
            post_about_backup(letter)
