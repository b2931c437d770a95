"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import translation


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Build the wall, as `entraide migrate` does; let the flush between tests empty the audit, whose guard a test of it puts back."""
    from entraide.core.building_wall import build_wall

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        build_wall()
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_keep_all")


@pytest.fixture
def world(db: None) -> Iterator[object]:
    from tests.world import World

    return World()  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def files_of_this_test(settings: object, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path / "files"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def language_of_the_desk() -> None:
    """Start in the desk's own language: a page asked for in English leaves its thread in English."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def an_empty_queue(request: pytest.FixtureRequest) -> None:
    """Leave no job and no count of an earlier test: the flush between tests knows Django's own tables only."""
    marker = request.node.get_closest_marker("django_db")
    is_committed = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if is_committed:
        request.getfixturevalue("transactional_db")
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_events, entraide_cache CASCADE"
            )
