"""`entraide run`: everything starts, what crashes starts again, and all of it stops."""

from __future__ import annotations

import os
import re
import shutil
import signal
import smtplib
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runtime.desk import Desk, entraide, left_of, nothing_left_of, processes

SECOND_START_TAKES_S = 5.0


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder in which a desk ran already."""
    made = Path(tempfile.mkdtemp(prefix="entraide-desk-"))
    desk = Desk(made)
    try:
        desk.said("ready in")
        desk.stop()
    finally:
        desk.clean_up()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def desk(folder: Path, run_desk: Callable[..., Desk]) -> Desk:
    started = run_desk(folder)
    started.said("ready in")
    return started


def test_a_second_start_is_ready_in_under_five_seconds(desk: Desk) -> None:
    seconds = float(desk.said(r"ready in ([\d.]+) s")[1])
    print(f"second start: ready in {seconds} s")
    assert seconds < SECOND_START_TAKES_S


def test_a_running_desk_says_where_it_is_and_answers_there(desk: Desk) -> None:
    desk.said(re.escape(f"open {desk.url}/"))
    with urllib.request.urlopen(f"{desk.url}/account/login/", timeout=20) as answer:
        page = answer.read().decode()
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert sheets
    for sheet in sheets:
        with urllib.request.urlopen(desk.url + sheet, timeout=20) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
    with smtplib.SMTP("127.0.0.1", desk.smtp_port, timeout=20) as mail:
        assert mail.noop()[0] == 250


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nothing_running(desk: Desk, number: int) -> None:
    assert len(processes(desk.process.pid)) == 3
    assert desk.stop(number) == 0
    assert desk.lines[-1].endswith("stopped")
    assert left_of(desk.data_dir) == []


def test_a_stop_in_the_middle_of_the_first_start_leaves_nothing_running(
    data_dir: Path, run_desk: Callable[..., Desk]
) -> None:
    desk = run_desk(data_dir)
    while not (data_dir / "postgres" / "postmaster.pid").exists():
        assert desk.process.poll() is None
    assert desk.stop() == 0
    assert left_of(data_dir) == []


@pytest.mark.parametrize("name", ["web", "jobs", "mail"])
def test_a_killed_part_starts_again(desk: Desk, name: str) -> None:
    before = desk.part(name)
    os.kill(before, signal.SIGKILL)
    desk.said(f"{name} stopped with signal SIGKILL; it starts again in 0.5 s")
    _until_true(lambda: any(words[-1] == name for _pid, words in processes(desk.process.pid)))
    assert desk.part(name) != before


def test_the_workers_of_a_killed_web_server_do_not_keep_its_port(folder: Path, run_desk: Callable[..., Desk]) -> None:
    desk = run_desk(folder, ENTRAIDE_WEB_WORKERS="2")
    desk.said("ready in")
    os.kill(desk.part("web"), signal.SIGKILL)
    desk.said("web stopped with signal SIGKILL")
    _until_true(lambda: _answers(desk))
    assert not [line for line in desk.lines if "address already in use" in line.lower()]


def test_a_killed_database_starts_again_and_the_desk_goes_on(desk: Desk) -> None:
    os.kill(int((desk.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    desk.said("the database had stopped; it runs again")
    _until_true(lambda: _answers(desk))
    assert entraide("user", "list", data_dir=desk.data_dir).returncode == 0


def test_the_parts_do_not_outlive_a_killed_supervisor(folder: Path, run_desk: Callable[..., Desk]) -> None:
    desk = run_desk(folder)
    desk.said("ready in")
    desk.process.kill()
    desk.process.wait()
    _until_true(lambda: not [words for words in left_of(folder) if "entraide.config.command" in words])
    # The database, which nobody stopped, is found by the next command and stops with it.
    assert entraide("user", "list", data_dir=folder).returncode == 0
    assert nothing_left_of(folder)


def test_a_first_start_with_demo_prints_a_sign_in_for_each_role(data_dir: Path, run_desk: Callable[..., Desk]) -> None:
    desk = run_desk(data_dir, "--demo")
    desk.said("ready in", seconds=120)
    desk.said(r"demo \| requester +\S+@\S+ +\S+")
    roles = {line.split("|")[1].split("  ")[0].strip() for line in desk.lines if line.strip().startswith("demo |")}
    assert {"N1", "N2", "N3", "coordinator", "manager", "administrator", "requester"} <= roles


def _answers(desk: Desk) -> bool:
    try:
        with urllib.request.urlopen(f"{desk.url}/account/login/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _until_true(condition: Callable[[], bool]) -> None:
    import time

    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "It never came true."
        time.sleep(0.05)
