"""One desk with the demo in it, in a database of its own, and archives of it: made once, looked at by every test here."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.mail_in.mails import mail
from tests.runtime import conftest as runtime
from tests.runtime.desk import entraide

KEY = "the secret key of the first desk"
small_disk, data_dir = runtime.small_disk, runtime.data_dir


@dataclass(frozen=True)
class Place:
    """A database and a data folder for one desk."""

    url: str
    data_dir: Path
    key: str = KEY

    def run(self, *arguments: str, input: bytes = b"", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end, as its operator would."""
        given = {"DATABASE_URL": self.url, "ENTRAIDE_SECRET_KEY": self.key, **variables}
        return entraide(*arguments, data_dir=self.data_dir, seconds=280, input=input, **given)

    def well(self, *arguments: str, input: bytes = b"", **variables: str) -> str:
        done = self.run(*arguments, input=input, **variables)
        assert done.returncode == 0, f"entraide {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, question: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(question)
            return list(found.fetchall()) if found.description else []


@dataclass(frozen=True)
class Archives:
    """The demo's desk, and what `entraide backup` made of it."""

    desk: Place
    plain: Path
    encrypted: Path
    identity: Path
    recipient: str


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Place]]:
    """Make empty databases, on the cluster of the tests, with data folders; another one's copy with `like`."""
    admin = os.environ["DATABASE_URL"].rpartition("/")[0] + "/postgres"
    made: list[str] = []

    def make(*, owner: str = "", like: Place | None = None, key: str = KEY) -> Place:
        name = f"backups_{os.getpid()}_{len(made)}_{next(tempfile._get_candidate_names())}"  # type: ignore[attr-defined]
        with psycopg.connect(admin, autocommit=True) as connection:
            if owner and not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [owner]).fetchone():
                connection.execute(f"CREATE ROLE {owner} LOGIN")
                # What a superuser does once where the user of the desk may not make roles.
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'entraide_client'").fetchone():
                    connection.execute("CREATE ROLE entraide_client NOLOGIN")
                connection.execute(f"GRANT entraide_client TO {owner}")
            template = f" TEMPLATE {like.url.rpartition('/')[2]}" if like else ""
            connection.execute(f"CREATE DATABASE {name}{f' OWNER {owner}' if owner else ''}{template}")
        made.append(name)
        folder = tmp_path_factory.mktemp("desk")
        url = admin.rpartition("/")[0] + f"/{name}"
        if owner:
            url = url.replace("postgres@", f"{owner}@", 1)
        return Place(url, folder, key)

    yield make
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def archives(place: Callable[..., Place], tmp_path_factory: pytest.TempPathFactory) -> Archives:
    desk = place()
    desk.well("demo")
    raw = mail("alice@helvetia.example", files=(("plan.bin", "application/octet-stream", bytes(range(256)) * 40),))
    desk.well("ingest", input=raw)
    folder = tmp_path_factory.mktemp("archives")
    said = desk.well("backup", "key", str(folder / "identity"))
    recipient = next(line for line in said.splitlines() if line.startswith("age1"))
    desk.well("backup", "--to", str(folder / "plain"))
    desk.well("backup", "--to", str(folder / "encrypted"), "--encrypt-to", recipient)
    [plain], [encrypted] = (folder / "plain").iterdir(), (folder / "encrypted").iterdir()
    return Archives(desk, plain, encrypted, folder / "identity", recipient)


@pytest.fixture
def copied(archives: Archives, tmp_path: Path) -> Path:
    """The plain archive, to be spoilt."""
    return Path(shutil.copy(archives.plain, tmp_path / "copy.tar"))
