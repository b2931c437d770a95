"""The main job on the PostgreSQL that Debian ships (15 or newer), by DATABASE_URL."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
USABLE = [each for each in INSTALLED if int(each.parent.name) >= 15]
JOBS = ("tests/browser/test_main_job.py", "tests/rules", "tests/mail_out/test_sending.py")


@pytest.fixture
def address() -> Iterator[str]:
    if not USABLE:
        pytest.skip("No PostgreSQL from Debian is installed (apt install postgresql).")
    # Not below pytest's own folder, which the user of the server may not enter. The oldest one that is supported:
    with tempfile.TemporaryDirectory(prefix="entraide-debian-") as folder:
        cluster = Cluster(Path(folder) / "postgres", programs=USABLE[0])
        yield cluster.start()
        cluster.stop()


@pytest.mark.xdist_group("browser")
def test_the_main_job_passes_on_debians_postgresql(address: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "ENTRAIDE_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *JOBS],
        env={**environment, "DATABASE_URL": address},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-4000:]
