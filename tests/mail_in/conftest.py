"""What the tests of mail in share."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def an_empty_queue(request: pytest.FixtureRequest) -> None:
    """Leave no job of an earlier test: the flush between tests knows Django's own tables only."""
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_events CASCADE")
