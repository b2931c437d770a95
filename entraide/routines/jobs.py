"""Recurring tickets on time."""

from __future__ import annotations

from procrastinate.contrib.django import app

from entraide.routines import bulk_jobs, opening  # noqa: F401 (its job registers itself)


@app.periodic(cron="* * * * *")
@app.task(name="entraide.open_recurring", queue="upkeep", queueing_lock="open_recurring")
def open_recurring(timestamp: int) -> None:
    """Open the recurring tickets whose date has come."""
    opening.open_what_is_due()


@app.periodic(cron="7 * * * *")
@app.task(name="entraide.recurring_dates", queue="upkeep", queueing_lock="recurring_dates")
def recurring_dates(timestamp: int) -> None:
    """Reckon the next dates by the calendars as they are now."""
    opening.look_ahead()
