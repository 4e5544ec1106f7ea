"""One log line per event, as JSON: ids as fields, never payloads, keys or names of people.

What libraries say in their own way becomes such lines too: nothing that comes from outside can begin a line.
"""

import json
import logging
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, Processor

from proctor_results import request_id
from proctor_results.log_lines import LINES

LONGEST = 200


def configure(level: str) -> None:
    """From here on, lines of this level and above go to standard error.

    Of libraries none below `info` do: in those they say what they were given, such as SQL with names in it.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_BESIDE_THE_EVENT, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: LINES,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.setLevel(max(least, logging.INFO))
    if not any(isinstance(each, _StandardError) for each in root.handlers):
        root.addHandler(_StandardError())


def line_formatter() -> logging.Formatter:
    """Makes one of our lines of what a library logs."""
    return structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_BESIDE_THE_EVENT],
    )


def _with_request_id(_: object, __: str, line: EventDict) -> EventDict:
    current = request_id.current()
    if current:
        line["request_id"] = current
    return line


def _as_json(_: object, __: str, line: EventDict) -> str:
    return _JSON.encode(line)


_JSON = json.JSONEncoder(default=repr)


def _told(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Where it happened, and the first line of what was said: databases put whole rows into the others."""
    told = _TRACE(exc_info)
    for each in told:
        each["exc_value"] = each["exc_value"].partition("\n")[0][:LONGEST]
    return told


_TRACE = ExceptionDictTransformer(show_locals=False, max_frames=30)

_BESIDE_THE_EVENT: list[Processor] = [
    _with_request_id,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(_told),
]


class _StandardError(logging.Handler):
    """Writes what libraries log."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(line_formatter())

    def emit(self, record: logging.LogRecord) -> None:
        LINES.msg(self.format(record))
