"""Data folders outside pytest's own, which it closes to everybody: the database may run as another user."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runtime.desk import Desk


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="entraide-desk-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def run_desk() -> Iterator[Callable[..., Desk]]:
    """Start desks that are stopped at the end of the test, whatever became of it."""
    started: list[Desk] = []

    def start(data_dir: Path, *options: str, **variables: str) -> Desk:
        started.append(Desk(data_dir, *options, **variables))
        return started[-1]

    yield start
    for desk in started:
        desk.clean_up()


@pytest.fixture
def small_disk(data_dir: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a disk of a given size: only root may, and only where mounts are allowed."""
    place = data_dir / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("Only root may mount a disk for this test.")
        return place

    yield mount
    if place.is_mount():
        subprocess.run(["umount", "-l", str(place)], check=True)
