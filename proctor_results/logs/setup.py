"""One log line per event, as JSON: ids as fields, never payloads, keys or names of people.

What libraries say in their own way becomes such lines too: nothing that comes from outside can begin a line.
"""

import json
import logging
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, Processor

from proctor_results.logs import request_id
from proctor_results.logs.log_writer import LOG_WRITER

MAX_EXCEPTION_LENGTH = 200


def configure(level: str) -> None:
    """From here on, lines of this level and above go to standard error.

    Of libraries none below `info` do: in those they say what they were given, such as SQL with names in it.
    """
    minimum_level = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_PROCESSORS, _render_json],
        wrapper_class=structlog.make_filtering_bound_logger(minimum_level),
        logger_factory=lambda *_: LOG_WRITER,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.setLevel(max(minimum_level, logging.INFO))
    if not any(isinstance(handler, _StderrHandler) for handler in root.handlers):
        root.addHandler(_StderrHandler())


def json_formatter() -> logging.Formatter:
    """Makes one of our lines of what a library logs."""
    return structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render_json],
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_PROCESSORS],
    )


def _with_request_id(_: object, __: str, event: EventDict) -> EventDict:
    current_id = request_id.current()
    if current_id:
        event["request_id"] = current_id
    return event


def _render_json(_: object, __: str, event: EventDict) -> str:
    return _JSON.encode(event)


_JSON = json.JSONEncoder(default=repr)


def _exception_summary(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Where it happened, and the first line of what was said: databases put whole rows into the others."""
    exceptions = _EXCEPTION_TRANSFORMER(exc_info)
    for exception in exceptions:
        exception["exc_value"] = exception["exc_value"].partition("\n")[0][:MAX_EXCEPTION_LENGTH]
    return exceptions


_EXCEPTION_TRANSFORMER = ExceptionDictTransformer(show_locals=False, max_frames=30)

_PROCESSORS: list[Processor] = [
    _with_request_id,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(_exception_summary),
]


class _StderrHandler(logging.Handler):
    """Writes what libraries log."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(json_formatter())

    def emit(self, record: logging.LogRecord) -> None:
        LOG_WRITER.msg(self.format(record))
