"""Gives the tests a PostgreSQL of their own, or the one that DATABASE_URL names.

A plugin of its own (`-p tests.postgres`): it must run before pytest-django reads the settings.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.cluster import Cluster

_data = Path(tempfile.mkdtemp(prefix="entraide-tests-"))
# What the operator of this machine set for a desk is not for the tests.
for _name in [name for name in os.environ if name.startswith("ENTRAIDE_") and name != "ENTRAIDE_TEST_CLUSTER"]:
    del os.environ[_name]
os.environ["ENTRAIDE_DATA_DIR"] = str(_data)
os.environ["ENTRAIDE_SECRET_KEY"] = "tests only"
os.environ["ENTRAIDE_MODE"] = "development"
_cluster: Cluster | None = None
if "DATABASE_URL" not in os.environ or os.environ.get("ENTRAIDE_TEST_CLUSTER"):
    _cluster = Cluster(_data / "postgres")
    os.environ["DATABASE_URL"] = _cluster.start()
    # A worker of pytest-xdist inherits this environment, and starts a cluster of its own.
    os.environ["ENTRAIDE_TEST_CLUSTER"] = "own"


def pytest_unconfigure(config: pytest.Config) -> None:
    if _cluster is not None:
        _cluster.stop()
    shutil.rmtree(_data, ignore_errors=True)
