"""What the audit costs who writes, and how fast it is sealed and verified: PYTHONPATH=. python bench/audit.py

Beside it, what chaining each row at its insert would cost: a lock that is held until the writer's transaction ends.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.cluster import Cluster

ROWS = 100_000
WRITERS = 8
SECONDS = 5
# A transaction that does something else, too: a form of three rows, a reply with its jobs.
WORK_S = 0.02


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="entraide-bench-"))
    cluster = Cluster(folder / "postgres")
    os.environ |= {
        "ENTRAIDE_DATA_DIR": str(folder), "ENTRAIDE_SECRET_KEY": "bench", "ENTRAIDE_MODE": "development",
        "DATABASE_URL": cluster.start(), "DJANGO_SETTINGS_MODULE": "entraide.config.settings",
    }  # fmt: skip
    try:
        _measure()
    finally:
        cluster.stop()


def _measure() -> None:
    import django

    _create_database(os.environ["DATABASE_URL"])
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from entraide.audit import sealing, verifying
    from entraide.audit.writing import Subject, write_down
    from entraide.core import locks

    call_command("migrate", verbosity=0)

    def written() -> None:
        write_down("viewed", Subject("tickets.ticket", 1, "ENT-1"), details={"as": "page"})

    def nothing() -> None:
        pass

    def chained() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.AUDIT])
        written()

    for name, act in (
        ("without the audit", nothing),
        ("written, sealed later", written),
        ("chained at the insert", chained),
    ):
        print(f"{name}: {_transactions(act) / SECONDS:.0f} transactions a second by {WRITERS} writers")
    sealing.seal()
    for number in range(ROWS):
        write_down("viewed", Subject("tickets.ticket", number, f"ENT-{number}"), details={"as": "page"})
    for name, work in (("sealed", sealing.seal), ("verified", lambda: verifying.verify().rows)):
        begun = time.monotonic()
        rows = work()
        print(f"{name}: {rows / (time.monotonic() - begun):.0f} rows a second")


def _transactions(act: Callable[[], None]) -> int:
    """Return how many transactions the writers end in that time; each works a while and then does `act`."""
    from django.db import connection, transaction

    until = time.monotonic() + SECONDS
    done = [0] * WRITERS

    def write(which: int) -> None:
        while time.monotonic() < until:
            with transaction.atomic():
                act()
                time.sleep(WORK_S)
            done[which] += 1
        connection.close()

    threads = [threading.Thread(target=write, args=[which]) for which in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)


def _create_database(url: str) -> None:
    import psycopg

    place, name = url.rsplit("/", 1)
    with psycopg.connect(f"{place}/postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name}")


if __name__ == "__main__":
    main()
