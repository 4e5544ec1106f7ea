"""Configures logging: one JSON line per event, with ids as fields; never payloads, keys or names.

Lines of libraries become JSON too, so that no sender can begin a line.
"""

import logging
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo, Processor

from proctor_results.logs.output import OUTPUT, render_json

MAX_EXCEPTION_LENGTH = 200


def configure(level: str) -> None:
    """Log events of this level and above to standard error.

    Libraries log at `info` at least: below, they quote what they were given, such as SQL with
    names in it.
    """
    minimum_level = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_PROCESSORS, render_json],
        wrapper_class=structlog.make_filtering_bound_logger(minimum_level),
        logger_factory=lambda *_: OUTPUT,
        cache_logger_on_first_use=True,
    )
    OUTPUT.setFormatter(json_formatter())
    root = logging.getLogger()
    root.setLevel(max(minimum_level, logging.INFO))
    root.addHandler(OUTPUT)  # adding it again changes nothing


def json_formatter() -> logging.Formatter:
    """Return a formatter that renders records of libraries as our lines."""
    return structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render_json],
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_PROCESSORS],
    )


def _exception_summary(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Keep the first line of each message: databases quote whole rows in the others."""
    exceptions = _EXCEPTION_TRANSFORMER(exc_info)
    for exception in exceptions:
        exception["exc_value"] = exception["exc_value"].partition("\n")[0][:MAX_EXCEPTION_LENGTH]
    return exceptions


_EXCEPTION_TRANSFORMER = ExceptionDictTransformer(show_locals=False, max_frames=30)

_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(_exception_summary),
]
