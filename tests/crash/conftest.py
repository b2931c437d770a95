"""A data folder outside pytest's own (the database runs as another user), and a mail server to send to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.desk import MailServer


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="entraide-desk-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server() -> Iterator[MailServer]:
    made = MailServer()
    yield made
    made.close()


@pytest.fixture
def small_disk(data_dir: Path) -> Iterator[Path]:
    """A disk on which a desk has room to work, and which is soon full: only root may mount one."""
    place = data_dir / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("Only root may mount a disk for this test.")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
