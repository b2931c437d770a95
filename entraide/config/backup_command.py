"""`entraide backup` and `entraide restore`: the whole desk into one file, and back into an empty one."""

from __future__ import annotations

from pathlib import Path

import click
from django.conf import settings

from entraide.audit.writing import write_down
from entraide.backups.making import make
from entraide.backups.manifest import Manifest
from entraide.backups.reading import verify as verify_archive
from entraide.backups.restoring import restore as restore_archive
from entraide.backups.sealing import identities_in, is_encrypted, new_identity, recipients_of
from entraide.backups.writing import Written
from entraide.config.database import write_private
from entraide.config.setup import bring_up_to_date
from entraide.core.trouble import Trouble
from entraide.tickets.replay_command import replay

ARCHIVE = click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
IDENTITY = click.option(
    "--identity", "identity", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file with the identity that decrypts it.",
)  # fmt: skip
SHOWN = 10


@click.group(invoke_without_command=True)
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Default: ENTRAIDE_BACKUP_DIR.")
@click.option(
    "--encrypt-to",
    "wanted",
    multiple=True,
    help="age1…, or a file of recipients; may be repeated. Default: ENTRAIDE_BACKUP_RECIPIENT.",
)
@click.pass_context
def backup(ctx: click.Context, folder: Path | None, wanted: tuple[str, ...]) -> None:
    """Write the whole desk, database and files, into one archive; nothing needs to be stopped."""
    if ctx.invoked_subcommand:
        return
    environment = settings.ENTRAIDE
    folder = folder or environment.backup_dir
    if folder is None:
        raise Trouble("Say where the archive goes: --to FOLDER, or ENTRAIDE_BACKUP_DIR.")
    _tell(make(folder, recipients=recipients_of(wanted or environment.backup_recipient)))


@backup.command()
@ARCHIVE
@IDENTITY
def verify(archive: Path, identity: Path | None) -> None:
    """Read an archive through: every hash, and all that its manifest says."""
    found = verify_archive(archive, identities=identities_in(identity) if identity else [])
    click.echo(
        f"{archive} is whole: a desk of {found.head.made_at}, Entraide {found.head.entraide}, {_amount(found.manifest)}."
    )
    click.echo(found.head.keep_beside)
    if _lost(found.manifest):
        raise SystemExit(1)


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def key(file: Path) -> None:
    """Make an identity for encrypted backups, in a new FILE."""
    identity, recipient = new_identity()
    try:
        write_private(file, f"# public key: {recipient}\n{identity}\n")
    except FileExistsError as error:
        raise Trouble(f"{file} is there already: nothing was written over it.") from error
    click.echo(f"{file} decrypts what is encrypted to\n{recipient}")
    click.echo(
        "Keep the file away from this machine, in two places: whoever has it reads the backups, and without it nobody does. "
        "The desk needs the line above only."
    )


@click.command()
@ARCHIVE
@IDENTITY
@click.option("--with-another-key", is_flag=True, help="The secret key of that desk is lost: restore the rest.")
@click.option("--check-every", default=1, type=click.IntRange(1), help="Replay only every n-th ticket at the end.")
@click.pass_context
def restore(ctx: click.Context, archive: Path, identity: Path | None, with_another_key: bool, check_every: int) -> None:
    """Put the desk of an archive into this empty one, bring it up to date, and replay its tickets."""
    found = restore_archive(
        archive,
        identities=identities_in(identity) if identity else [],
        with_another_key=with_another_key,
        bring_up_to_date=lambda: bring_up_to_date(restoring=True),
    )
    write_down("desk_restored", details={"made_at": found.head.made_at, "by_version": found.head.entraide})
    click.echo(f"Restored: the desk of {found.head.made_at}, {_amount(found.manifest)}.")
    is_short = _lost(found.manifest)
    ctx.invoke(replay, check=True, numbers=(), every=check_every)
    if is_short:
        raise SystemExit(1)


def _tell(written: Written) -> None:
    click.echo(f"{written.path}: {written.size_bytes:,} bytes, {_amount(written.manifest)}.")
    if not is_encrypted(written.path):
        click.echo("It is not encrypted: whoever reads it reads every mail (see --encrypt-to).", err=True)
    if not settings.ENTRAIDE.secret_key:
        click.echo(f"Keep {settings.ENTRAIDE.data_dir / 'secret_key'} elsewhere: it is not in the archive.", err=True)
    if _lost(written.manifest):
        raise SystemExit(1)


def _amount(manifest: Manifest) -> str:
    return f"{sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables and {manifest.files:,} files"


def _lost(manifest: Manifest) -> bool:
    """Say which files were not there when the archive was made, and tell whether there are any."""
    if not manifest.lost:
        return False
    click.echo(
        f"Files that the database knows and that were missing or changed on the disk: {manifest.lost}.", err=True
    )
    for digest in manifest.lost_names[:SHOWN]:
        click.echo(f"  {digest}", err=True)
    click.echo("Everything else is in it. Look for them in an older backup.", err=True)
    return True
