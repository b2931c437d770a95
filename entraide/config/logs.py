"""Structured logs on standard error: what happened, never what people wrote."""

from __future__ import annotations

from typing import Any

import structlog


def logging_config(*, level: str, format: str) -> dict[str, Any]:
    """Return the dictConfig for `text` (people read it) or `json` (machines do)."""
    renderers: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if format == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=False,
                pad_event_to=0,
                # The values of local variables are people's words: they stay out of the logs.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_colours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "entraide": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "entraide"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "procrastinate": {"level": "WARNING"},
            # It tries again by itself; what it could not mend is raised where a connection was wanted.
            "psycopg.pool": {"level": "ERROR"},
            "django.request": {"level": "ERROR"},
            "uvicorn.access": {"level": "WARNING"},
            "mail.log": {"level": "ERROR"},
        },
    }


def _without_colours(logger: Any, method: str, event: Any) -> Any:
    """Leave out the coloured twin that uvicorn sends along with each of its messages."""
    event.pop("color_message", None)
    return event
