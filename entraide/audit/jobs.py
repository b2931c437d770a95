"""What the audit does by itself: sealing, every ten seconds."""

from __future__ import annotations

from procrastinate.contrib.django import app

from entraide.audit.sealing import seal


@app.periodic(cron="* * * * * */10")
@app.task(name="entraide.seal_audit", queue="upkeep", queueing_lock="seal_audit")
def seal_audit(timestamp: int) -> None:
    """Seal what was written down since the last time."""
    seal()
