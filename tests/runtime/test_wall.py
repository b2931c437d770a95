"""The wall between organisations is built by `entraide migrate`, also by a user who may make no roles."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cluster import Cluster
from tests.runtime.desk import entraide


@pytest.fixture
def cluster() -> Iterator[str]:
    made = Cluster(Path(tempfile.mkdtemp(prefix="entraide-wall-")) / "postgres")
    yield made.start()
    made.stop()


def test_an_operator_is_told_which_role_to_make(cluster: str, tmp_path: Path) -> None:
    with psycopg.connect(cluster.replace("/entraide", "/postgres"), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE desk LOGIN")
        superuser.execute("CREATE DATABASE desk OWNER desk")
        given = {
            "data_dir": tmp_path / "data",
            "DATABASE_URL": cluster.replace("postgres@", "desk@").replace("/entraide", "/desk"),
        }
        refused = entraide("migrate", **given)  # type: ignore[arg-type]
        assert refused.returncode != 0
        advice = 'CREATE ROLE entraide_client NOLOGIN; GRANT entraide_client TO "desk";'
        assert advice in refused.stdout + refused.stderr
        superuser.execute(advice)
    built = entraide("migrate", **given)  # type: ignore[arg-type]
    assert built.returncode == 0, built.stderr
    with psycopg.connect(given["DATABASE_URL"], autocommit=True) as desk:  # type: ignore[arg-type]
        assert desk.execute("SELECT count(*) FROM sla_calendarversion").fetchone() != (0,)
        desk.execute(
            "SELECT set_config('role', 'entraide_client', false), set_config('entraide.organisations', '{}', false)"
        )
        assert desk.execute("SELECT count(*) FROM people_person").fetchone() == (0,)
