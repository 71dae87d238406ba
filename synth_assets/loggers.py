"""The console logger of every run: what a person at a terminal wants to read, and nothing else.

Dagster's own events are in the run's event log; here only messages of the stages and failures appear.
"""

import logging
import sys
import time

import dagster as dg


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
        message = meta.get("orig_message") or record.getMessage()
        mark = "  ! " if record.levelno >= logging.ERROR else "    "
        return f"[{time.monotonic() - self._start:5.0f} s]{mark}{stage:<17}{message}"


def _is_message(record: logging.LogRecord) -> bool:
    meta = getattr(record, "dagster_meta", {})
    event = meta.get("dagster_event") if isinstance(meta, dict) else None
    return event is None or record.levelno >= logging.ERROR


terminal = dg.LoggerDefinition(_terminal, description="One short line a message: elapsed time, stage, what happened")
