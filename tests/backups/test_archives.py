"""An archive is whole or it says that it is not: every byte of it, and whoever has not the identity reads none."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from entraide.backups.manifest import HEAD, MANIFEST
from entraide.backups.parts import Damaged, PartWriter, parts
from entraide.backups.reading import verify
from entraide.backups.sealing import NotForThisKey, identities_in, new_identity, recipients_of
from entraide.backups.tables import REFERENCES
from entraide.core.trouble import Trouble
from tests.backups.conftest import Archives, Place

pytestmark = [pytest.mark.xdist_group("backups"), pytest.mark.timeout(900)]

# Columns of 64 letters that name something other than a kept file.
NOT_FILES = {
    # A verdict on a content; who has the file stands in the attachment.
    ("tickets_scannedfile", "digest"),
    ("entrance_provisioning", "digest"),
    ("api_apitoken", "digest"),
    ("api_idempotentanswer", "request_digest"),
    ("push_browser", "digest"),
}


def flipped(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        [byte] = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 0x20]))


def test_a_flipped_byte_is_found_wherever_it_is(copied: Path) -> None:
    with tarfile.open(copied) as archive:
        members = archive.getmembers()
    assert {each.name.split("/")[0] for each in members} == {
        HEAD, "rows", "sequences.json", "files", MANIFEST, "seal.sha256",
    }  # fmt: skip
    verify(copied)
    for member in members:
        padding = member.offset_data + member.size
        for at in (member.offset + 20, member.offset_data + member.size // 2, padding if padding % 512 else None):
            if at is not None:
                flipped(copied, at)
                with pytest.raises(Trouble):
                    verify(copied)
                flipped(copied, at)
    verify(copied)


def test_an_archive_that_is_cut_off_anywhere_is_found(copied: Path) -> None:
    whole = copied.read_bytes()
    for length in (*range(0, len(whole), 4999), len(whole) - 1024, len(whole) - 1):
        copied.write_bytes(whole[:length])
        with pytest.raises(Damaged):
            verify(copied)
    copied.write_bytes(whole + b"\0")
    with pytest.raises(Damaged, match="something follows"):
        verify(copied)


def test_an_encrypted_archive_that_was_changed_or_cut_off_is_found(archives: Archives, tmp_path: Path) -> None:
    whole, identities = archives.encrypted.read_bytes(), identities_in(archives.identity)
    verify(archives.encrypted, identities=identities)
    spoilt = tmp_path / "spoilt.tar.age"
    for at in (60, 150, *range(300, len(whole), 20011), len(whole) - 1):
        spoilt.write_bytes(whole)
        flipped(spoilt, at)
        with pytest.raises(Trouble):
            verify(spoilt, identities=identities)
        spoilt.write_bytes(whole[:at])
        with pytest.raises(Trouble):
            verify(spoilt, identities=identities)


def test_the_wrong_identity_is_told_and_so_is_none(archives: Archives, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(f"{new_identity()[0]}\n")
    with pytest.raises(NotForThisKey, match="was not encrypted for this identity"):
        verify(archives.encrypted, identities=identities_in(other))
    with pytest.raises(Trouble, match="say with --identity"):
        verify(archives.encrypted)
    other.write_text("hello\n")
    with pytest.raises(Trouble, match="holds no identity"):
        identities_in(other)
    with pytest.raises(Trouble, match="neither a recipient"):
        recipients_of(["bob"])
    # Nothing can be read of it, not even how a part is called.
    assert b"tickets_ticket" not in archives.encrypted.read_bytes()
    assert b"tickets_ticket" in archives.plain.read_bytes()


def test_an_archive_of_a_newer_desk_is_refused(archives: Archives, place: Callable[..., Place], tmp_path: Path) -> None:
    def newer(change: Callable[[dict[str, Any]], None]) -> str:
        path = tmp_path / "newer.tar"
        with archives.plain.open("rb") as source, path.open("wb") as target:
            _rewritten(source, target, change)
        desk = place()
        done = desk.run("restore", str(path))
        assert done.returncode == 2
        assert desk.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
        return done.stderr

    assert "made by a newer Entraide" in newer(lambda head: head.update(format=2))
    assert "tickets.9999_wonders" in newer(lambda head: head["migrations"].append("tickets.9999_wonders"))


def _rewritten(source: Any, target: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """Write an archive anew, as a program would that had this head."""
    writer, told = PartWriter(target), ""
    for part in parts(source):
        content = part.read()
        if part.name == HEAD:
            head = json.loads(content)
            change(head)
            content = json.dumps(head).encode()
        if part.name == MANIFEST:
            manifest = json.loads(content)
            manifest["parts"][HEAD] = told
            content = json.dumps(manifest).encode()
        digest = writer.add_bytes(part.name, content, at=0)
        told = digest if part.name == HEAD else told
    writer.seal(at=0)


def test_it_can_be_read_by_hand_with_nothing_of_ours(archives: Archives) -> None:
    listed = subprocess.run(["tar", "-tf", archives.plain], capture_output=True, text=True, check=True).stdout.split()
    [organisations] = [name for name in listed if name.startswith("rows/people_organisation/")]
    with tarfile.open(archives.plain) as archive:
        rows = gzip.decompress(archive.extractfile(organisations).read()).decode()  # type: ignore[union-attr]
    assert rows.count("\n") == archives.desk.ask("SELECT count(*) FROM people_organisation")[0][0]


def test_a_file_that_is_missing_or_changed_is_told_and_the_rest_is_kept(
    archives: Archives, place: Callable[..., Place]
) -> None:
    desk = place(like=archives.desk)
    subprocess.run(["cp", "-r", archives.desk.data_dir / "files", desk.data_dir], check=True)
    gone, changed, *_others = sorted(path for path in (desk.data_dir / "files").rglob("*") if path.is_file())
    gone.unlink()
    flipped(changed, 0)
    done = desk.run("backup", "--to", str(desk.data_dir / "out"))
    assert done.returncode == 1
    assert (
        "missing or changed on the disk: 2." in done.stderr and gone.name in done.stderr and changed.name in done.stderr
    )
    [archive] = (desk.data_dir / "out").iterdir()
    found = verify(archive)
    assert set(found.manifest.lost_names) == {gone.name, changed.name}
    again = desk.run("backup", "verify", str(archive))
    assert again.returncode == 1 and "Everything else is in it." in again.stderr
    fresh = place()
    restored = fresh.run("restore", str(archive))
    assert restored.returncode == 1 and "0 differ from their timeline." in restored.stdout


def test_a_crash_leaves_nothing_under_a_good_name(archives: Archives, tmp_path: Path) -> None:
    for where in ("backup:rows:30", "backup:name"):
        killed = archives.desk.run("backup", "--to", str(tmp_path), ENTRAIDE_CRASH_AT=where)
        assert killed.returncode == -9
    drafts = list(tmp_path.iterdir())
    assert len(drafts) == 2 and all(each.name.startswith(".entraide-") for each in drafts)
    archives.desk.well("backup", "--to", str(tmp_path))
    [archive] = tmp_path.glob("entraide-*")
    assert archive.stat().st_mode & 0o777 == 0o600
    verify(archive)


@pytest.mark.parametrize("option", ["plain", "encrypted"])
def test_a_full_disk_is_told_and_nothing_stays(
    archives: Archives, small_disk: Callable[[str], Path], option: str
) -> None:
    disk = small_disk("size=128k")
    options = ["--encrypt-to", archives.recipient] if option == "encrypted" else []
    done = archives.desk.run("backup", "--to", str(disk), *options)
    assert done.returncode == 2 and "cannot be written (No space left on device): free some space" in done.stderr
    assert list(disk.iterdir()) == []


def test_a_part_that_is_not_as_long_as_was_said_is_not_written_quietly() -> None:
    with pytest.raises(ValueError, match="3 bytes are missing"):
        PartWriter(io.BytesIO()).add("files/x", 10, [b"1234567"], at=0)


def test_a_key_is_for_its_owner_alone_and_is_never_overwritten(archives: Archives) -> None:
    assert archives.identity.stat().st_mode & 0o777 == 0o600
    again = archives.desk.run("backup", "key", str(archives.identity))
    assert again.returncode == 2 and "nothing was written over it" in again.stderr
    assert recipients_of([str(archives.identity), archives.recipient])


def test_every_column_that_names_a_kept_file_is_looked_at() -> None:
    columns = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if "digest" in field.column
    }
    assert columns == set(REFERENCES) | NOT_FILES


def test_a_thousand_files_cost_no_more_memory_than_one(tmp_path: Path) -> None:
    """The pieces go through one at a time: what is held at once is one piece."""
    held: list[int] = []

    class Measuring(io.RawIOBase):
        def write(self, data: Any) -> int:
            held.append(len(data))
            return len(data)

    writer = PartWriter(Measuring())  # type: ignore[arg-type]
    for n in range(1000):
        writer.add(f"files/{n}", 2 * 65536, (os.urandom(65536) for _ in range(2)), at=0)
    assert max(held) == 65536
