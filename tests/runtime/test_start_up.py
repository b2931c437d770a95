"""What keeps the desk from starting is told in one line that says what to do, without a traceback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.db import connection

import entraide as package
from entraide.config.command import COMMANDS
from entraide.config.database import EmbeddedDatabase
from tests.runtime.desk import entraide, environment, free_port, left_of

WAYS_TO_START = ("run", "migrate")


def one_line(done: object, *, status: int = 2) -> str:
    """Return the one line that the command said before it gave up."""
    said = done.stderr.splitlines()  # type: ignore[attr-defined]
    assert done.returncode == status, said  # type: ignore[attr-defined]
    assert len(said) == 1, said
    assert said[0].startswith("entraide: ")
    return str(said[0])


@pytest.mark.parametrize("command", WAYS_TO_START)
def test_a_wrong_setting(data_dir: Path, command: str) -> None:
    line = one_line(entraide(command, data_dir=data_dir, ENTRAIDE_PORT="80 80"))
    assert line.startswith("entraide: ENTRAIDE_PORT: ")


def test_several_wrong_settings_get_a_line_each(data_dir: Path) -> None:
    done = entraide("run", data_dir=data_dir, ENTRAIDE_PORT="x", ENTRAIDE_MODE="x")
    assert done.returncode == 2
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == ["ENTRAIDE_MODE", "ENTRAIDE_PORT"]


def test_an_unreachable_database(data_dir: Path) -> None:
    address = f"postgresql://entraide:tulipe@127.0.0.1:{free_port()}/entraide"
    line = one_line(entraide("migrate", data_dir=data_dir, DATABASE_URL=address, ENTRAIDE_DATABASE_WAIT="0"))
    assert "The database of DATABASE_URL cannot be reached" in line
    assert "tulipe" not in line


@pytest.mark.parametrize("variable", ["ENTRAIDE_PORT", "ENTRAIDE_SMTP_PORT"])
def test_a_port_in_use(data_dir: Path, variable: str) -> None:
    ports = {"ENTRAIDE_PORT": str(free_port()), "ENTRAIDE_SMTP_PORT": str(free_port())}
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        line = one_line(entraide("run", data_dir=data_dir, **{**ports, variable: str(taken)}))
    assert f"cannot listen on 127.0.0.1:{taken} (Address already in use): stop what uses it, or set {variable}." in line
    assert left_of(data_dir) == []


@pytest.mark.parametrize("command", WAYS_TO_START)
def test_a_data_folder_that_is_a_file(data_dir: Path, command: str) -> None:
    (data_dir / "var").touch()
    line = one_line(entraide(command, data_dir=data_dir / "var"))
    assert f"The data folder {data_dir}/var cannot be written" in line
    assert "set ENTRAIDE_DATA_DIR" in line


@pytest.mark.parametrize("command", WAYS_TO_START)
def test_a_read_only_disk(small_disk: Callable[[str], Path], command: str) -> None:
    line = one_line(entraide(command, data_dir=small_disk("ro,size=1m")))
    assert "cannot be written (Read-only file system): free some space, mend its rights" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may write everywhere.")
def test_a_data_folder_of_somebody_else(data_dir: Path) -> None:
    data_dir.chmod(0o500)
    assert "cannot be written (Permission denied)" in one_line(entraide("run", data_dir=data_dir))


@pytest.mark.parametrize("command", WAYS_TO_START)
def test_a_full_disk(small_disk: Callable[[str], Path], command: str) -> None:
    place = small_disk("size=256k")
    _fill(place)
    line = one_line(entraide(command, data_dir=place))
    assert "cannot be written (No space left on device): free some space" in line


def test_a_disk_too_small_for_the_database(small_disk: Callable[[str], Path]) -> None:
    line = one_line(entraide("migrate", data_dir=small_disk("size=36m")))
    assert "The embedded PostgreSQL did not come into being" in line
    assert "No space left on device): free some space." in line


@pytest.mark.parametrize("command", WAYS_TO_START)
def test_a_disk_that_is_full_when_the_desk_starts_again(small_disk: Callable[[str], Path], command: str) -> None:
    place = small_disk("size=200m")
    database = EmbeddedDatabase(place)
    database.acquire()
    database.release()
    _fill(place, leave=2_000_000)
    line = one_line(entraide(command, data_dir=place))
    assert f"The disk of {place} is full (1 MiB are free): free some space." in line
    assert left_of(place) == []


def test_a_database_newer_than_the_program(data_dir: Path) -> None:
    database = EmbeddedDatabase(data_dir)
    address = database.acquire()
    try:
        assert entraide("migrate", data_dir=data_dir, DATABASE_URL=address).returncode == 0
        with psycopg.connect(address) as other:
            other.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('tickets', '0999_from_tomorrow', now())"
            )
        line = one_line(entraide("migrate", data_dir=data_dir, DATABASE_URL=address))
        assert "newer than this program (it knows tickets.0999_from_tomorrow): install the newer Entraide." in line
    finally:
        database.release()


def test_tables_that_are_not_there_yet(data_dir: Path, db: None) -> None:
    database = EmbeddedDatabase(data_dir)
    address = database.acquire()
    try:
        line = one_line(entraide("user", "list", data_dir=data_dir, DATABASE_URL=address))
        assert "The database is not up to date" in line
        assert "run `entraide migrate`" in line
    finally:
        database.release()


@pytest.mark.parametrize("command", ["run", "web"])
def test_front_end_assets_that_were_not_fetched(data_dir: Path, command: str) -> None:
    program = data_dir / "program"
    shutil.copytree(Path(package.__file__).parent, program / "entraide", ignore=shutil.ignore_patterns("__pycache__"))
    settings = connection.settings_dict
    address = f"postgresql://{settings['USER']}@{settings['HOST']}:{settings['PORT']}/postgres"
    done = entraide(
        command, data_dir=data_dir / "var", cwd=program, PYTHONPATH=str(program), DATABASE_URL=address
    )  # fmt: skip
    assert "The front-end assets are missing: run `make install`" in one_line(done)


def test_the_demo_does_not_go_into_a_desk_in_production(data_dir: Path) -> None:
    done = entraide(
        "run", "--demo", data_dir=data_dir, ENTRAIDE_MODE="production", ENTRAIDE_EMAIL_URL="smtp://127.0.0.1"
    )
    assert "The demo has passwords that everybody knows" in one_line(done)


def test_a_mail_that_is_piped_in_waits_at_the_mail_server(data_dir: Path) -> None:
    (data_dir / "var").touch()
    one_line(entraide("ingest", data_dir=data_dir / "var"), status=75)


def test_help_needs_no_database_and_no_django(data_dir: Path) -> None:
    code = (
        "import sys; sys.argv = ['entraide', '--help']\n"
        "from entraide.config.command import main\n"
        "try: main()\n"
        "finally: assert 'django' not in sys.modules and 'psycopg' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(data_dir), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = " ".join(done.stdout.split())
    assert all(f"{name} {about.summary}" in lines for name, about in COMMANDS.items())


def test_every_command_has_a_help_of_its_own_without_a_database(data_dir: Path) -> None:
    for name in COMMANDS:
        done = entraide(name, "--help", data_dir=data_dir)
        assert done.returncode == 0, done.stderr
    assert not (data_dir / "postgres").exists()


def test_an_unknown_command_is_told(data_dir: Path) -> None:
    done = entraide("rnu", data_dir=data_dir)
    assert done.returncode == 2
    assert "No such command 'rnu'" in done.stderr


def _fill(place: Path, *, leave: int = 0) -> None:
    """Write until there is no space left but `leave` bytes."""
    with (place / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 65536)
        except OSError:
            ballast.truncate(max(0, ballast.tell() - leave))
