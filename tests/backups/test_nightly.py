"""The backup of each night: made, kept for its days, and told of when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from entraide.audit.models import AuditEntry
from entraide.backups.jobs import back_up
from entraide.backups.making import make_nightly
from entraide.backups.models import Backup
from entraide.backups.reading import verify
from entraide.backups.sealing import identities_in, new_identity
from entraide.channels.email.models import OutgoingMail
from entraide.config.doctor import examine
from entraide.config.environment import Environment
from entraide.core.clock import now
from entraide.core.files import store_bytes
from entraide.core.trouble import Trouble
from tests.world import World, everything

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    identity, recipient = new_identity()
    (tmp_path / "identity").write_text(identity)
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(
        update={
            "backup_dir": tmp_path / "backups",
            "backup_recipient": [recipient],
            "backup_keep": 14,
            "metrics_token": "t",
        }
    )
    return tmp_path / "backups"


def findings(settings: Any) -> str:
    return "\n".join(f"{each.verdict} {each.what}" for each in examine(settings.ENTRAIDE) if "ackup" in each.what)


def figure(name: str) -> float:
    said = Client().get("/metrics", headers={"Authorization": "Bearer t"}).content.decode()
    [line] = [line for line in said.splitlines() if line.startswith(f"entraide_backup_{name} ")]
    return float(line.split()[1])


def test_each_night_an_encrypted_archive_is_made_and_old_ones_go(folder: Path, settings: Any, tmp_path: Path) -> None:
    assert "warn There is no backup yet." in findings(settings)
    assert figure("age_seconds") == float("inf")
    folder.mkdir()
    for name in ("entraide-20200101T012300Z.tar.age", "entraide-20200102T012300Z.tar.age", "notes.txt"):
        (folder / name).touch()
    recent = folder / f"entraide-{now() - timedelta(days=13):%Y%m%dT%H%M%SZ}.tar.age"
    recent.touch()
    store_bytes(b"a file that is kept")
    back_up(timestamp=0)
    [newest] = [each for each in folder.iterdir() if each.stat().st_size > 1000]
    assert {each.name for each in folder.iterdir()} == {newest.name, recent.name, "notes.txt"}
    assert verify(newest, identities=identities_in(tmp_path / "identity")).manifest.files == 1
    noted = Backup.objects.get()
    assert AuditEntry.objects.get(act="backup_made").subject_name == str(newest)
    assert (noted.path, noted.problem, noted.size_bytes) == (str(newest), "", newest.stat().st_size)
    assert f"ok The newest backup is of {noted.began_at:%Y-%m-%d}" in findings(settings)
    assert 0 <= figure("age_seconds") < 60 and figure("bytes") == noted.size_bytes and figure("problem") == 0
    Backup.objects.update(began_at=now() - timedelta(hours=27))
    assert "warn The newest backup is 27 hours old." in findings(settings)


def test_a_night_that_fails_is_told_to_administrators_once(folder: Path, world: World, settings: Any) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    for _attempt in range(2):
        with pytest.raises(Trouble, match="cannot be written"):
            make_nightly()
    with everything():
        [told] = OutgoingMail.objects.all()
        assert told.recipient == "adam@lemanique.example"
        assert told.subject.startswith("Sauvegarde de la nuit du ") and "cannot be written" in told.text
    assert "warn The last backup: " in findings(settings)
    assert figure("problem") == 1


def test_files_that_are_missing_are_told_too(folder: Path, world: World, settings: Any) -> None:
    with everything():
        from entraide.people.models import Brand

        Brand.objects.create(organisation=world.helvetia, logo_digest="0" * 64)
    make_nightly()
    assert Backup.objects.get().files_lost == 1
    with everything():
        assert "1 files that the database knows were missing" in OutgoingMail.objects.get().text


def test_without_a_folder_nothing_is_made(settings: Any) -> None:
    make_nightly()
    assert not Backup.objects.exists()
    assert "warn No backup is made by itself." in findings(settings)


def test_a_recipient_that_is_none_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="A recipient cannot be read"):
        Environment(backup_recipient=["age1nobody"])
