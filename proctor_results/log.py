"""One log line per event, as JSON: ids as fields, never payloads, keys or names of people."""

import logging
import sys

import structlog
from structlog.typing import EventDict

from proctor_results import request_id


def configure(level: str) -> None:
    """From here on, lines of this level and above go to standard error."""
    structlog.configure(
        processors=[
            _with_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def _with_request_id(_: object, __: str, line: EventDict) -> EventDict:
    current = request_id.current()
    if current:
        line["request_id"] = current
    return line
