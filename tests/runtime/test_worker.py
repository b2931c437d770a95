"""Periodic jobs keep coming when the machine's clock is set, and none is queued a thousand times."""

from __future__ import annotations

from procrastinate import App
from procrastinate.testing import InMemoryConnector

from entraide.config.worker import SteadyDeferrer

NOON = 1_772_449_200.0


def deferrer() -> SteadyDeferrer:
    app = App(connector=InMemoryConnector())

    @app.periodic(cron="* * * * * */10")
    @app.task(name="sweep")
    def sweep(timestamp: int) -> None: ...

    @app.periodic(cron="17 3 * * *")
    @app.task(name="nightly")
    def nightly(timestamp: int) -> None: ...

    return SteadyDeferrer(app.periodic_registry)


def due(steady: SteadyDeferrer, at: float) -> list[tuple[str, int]]:
    """Return what is queued at `at`, seconds from noon."""
    return [(each.task.name, int(when - NOON)) for each, when in steady.get_previous_tasks(at=NOON + at)]


def test_each_time_comes_once() -> None:
    steady = deferrer()
    assert [due(steady, at) for at in (0.5, 3, 10.5, 20.5)] == [[("sweep", 0)], [], [("sweep", 10)], [("sweep", 20)]]


def test_a_clock_that_is_set_back_does_not_silence_a_job() -> None:
    steady = deferrer()
    assert due(steady, 0.5) == [("sweep", 0)]
    assert due(steady, -3599.5) == [("sweep", -3600)]
    assert due(steady, -3589.5) == [("sweep", -3590)]


def test_a_clock_that_is_set_forward_gives_the_newest_time_of_each_job_alone() -> None:
    steady = deferrer()
    due(steady, 0.5)
    assert [name for name, _when in due(steady, 30 * 86_400 + 0.5)] == ["sweep"]
    assert due(steady, 30 * 86_400 + 10.5) == [("sweep", 30 * 86_400 + 10)]


def test_a_nightly_job_of_long_ago_is_not_begun_by_a_start_but_one_that_was_slept_over_is() -> None:
    steady = deferrer()
    # Noon is in Geneva: a quarter past three at night in UTC, where 03:17 is in two minutes.
    night = 16 * 3600 + 15 * 60
    assert "nightly" not in dict(due(steady, night))
    assert "nightly" in dict(due(steady, night + 180))
    assert "nightly" not in dict(due(steady, night + 360))
    assert "nightly" in dict(due(steady, night + 5 * 86_400)), "the machine was asleep"
