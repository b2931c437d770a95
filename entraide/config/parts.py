"""The parts of a running desk, each a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Any

import click
from django.conf import settings
from django.db import close_old_connections, connections

from entraide.config.assets import collect_static, require_assets
from entraide.core.building_wall import require_wall


@click.command()
def web() -> None:
    """Run the web server alone."""
    import uvicorn

    from entraide.config.slow_clients import PatientProtocol, allow_many_connections

    require_assets()
    require_wall()
    # The tests serve the static files from where they are.
    if not settings.WHITENOISE_USE_FINDERS:
        collect_static()
    environment = settings.ENTRAIDE
    allow_many_connections()
    uvicorn.run(
        "entraide.config.asgi:application",
        host=environment.host,
        port=environment.port,
        workers=environment.web_workers if environment.web_workers > 1 else None,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=environment.trusted_proxies,
        # Open streams would otherwise keep a stopping server waiting.
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        server_header=False,
        http=PatientProtocol,
    )


@click.command()
def jobs() -> None:
    """Run a worker for background jobs alone."""
    asyncio.run(_work(settings.ENTRAIDE.job_concurrency))


@click.command()
def mail() -> None:
    """Run the mail listener and the mailbox polling alone."""
    from entraide.channels.email.listener import main

    main()


def _with_fresh_connections(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """Give the thread's database connection back after each job, broken or not."""
    close_old_connections()
    try:
        return call_next()
    finally:
        connections.close_all()


async def _work(concurrency: int) -> None:
    from procrastinate.contrib.django import app

    from entraide.config.worker import UrgentFirst, run_worker

    connector: Any = app.connector
    worker_app = app.with_connector(connector.get_worker_connector())
    async with worker_app.open_async():
        worker = asyncio.create_task(
            run_worker(
                worker_app,
                concurrency=concurrency,
                fetch_job_polling_interval=2,
                update_heartbeat_interval=5,
                stalled_worker_timeout=20,
                shutdown_graceful_timeout=8,
                install_signal_handlers=False,
                task_middleware=[UrgentFirst("clocks"), _with_fresh_connections],
            )
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await worker
