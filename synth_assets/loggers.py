"""The console logger of every run: what a person at a terminal wants to read, and nothing else.

Dagster's own events are in the run's event log; here only messages of the stages and failures appear.
"""

import logging
import sys
import time
from typing import Any

import dagster as dg

_FAILURES = (dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.PIPELINE_FAILURE)


def _terminal(context: dg.InitLoggerContext) -> logging.Logger:
    """A logger that writes compact lines to stderr."""
    logger = logging.Logger("synth_assets.loggers", level=logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_message)
    handler.setFormatter(_Compact())
    logger.addHandler(handler)
    return logger


class _Compact(logging.Formatter):
    """`[ 12 s] masked_corpus    refill: 10 of 20`, elapsed since the logger was made."""

    def __init__(self) -> None:
        super().__init__()
        self._start = time.monotonic()

    def format(self, record: logging.LogRecord) -> str:
        meta = getattr(record, "dagster_meta", {})
        stage = (meta.get("step_key") or "") if isinstance(meta, dict) else ""
        message = _reason(meta.get("dagster_event")) or meta.get("orig_message") or record.getMessage()
        mark = "  ! " if record.levelno >= logging.ERROR else "    "
        return f"[{time.monotonic() - self._start:5.0f} s]{mark}{stage:<17}{message}"


def _is_message(record: logging.LogRecord) -> bool:
    """Messages of stages, and failures. That later steps wait for a failed one is no message: everybody knows."""
    meta: dict[str, Any] = getattr(record, "dagster_meta", {})
    event: dg.DagsterEvent | None = meta.get("dagster_event")
    if event is None:
        return not str(meta.get("orig_message", "")).startswith("Dependencies for step")
    return record.levelno >= logging.ERROR and event.event_type in _FAILURES


def _reason(event: dg.DagsterEvent | None) -> str:
    """Why a step failed, which Dagster's own message leaves to the event's details."""
    if event is None or not event.is_step_failure:
        return ""
    failure = event.step_failure_data
    said = failure.user_failure_data.description if failure.user_failure_data else None
    error = failure.error and (failure.error.cause or failure.error)  # Dagster's own error is about the step
    return said or (error.message.strip() if error else "")


terminal = dg.LoggerDefinition(_terminal, description="One short line a message: elapsed time, stage, what happened")
