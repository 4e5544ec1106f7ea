"""One log line per event, as JSON: ids as fields, never payloads, keys or names of people.

What libraries say in their own way becomes such lines too: nothing that comes from outside can begin a line.
"""

import json
import logging

import structlog
from structlog.typing import EventDict, Processor

from proctor_results import request_id
from proctor_results.log_lines import LINES


def configure(level: str) -> None:
    """From here on, lines of this level and above go to standard error."""
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_BESIDE_THE_EVENT, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: LINES,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.setLevel(least)
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
_BESIDE_THE_EVENT: list[Processor] = [
    _with_request_id,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


class _StandardError(logging.Handler):
    """Writes what libraries log."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(line_formatter())

    def emit(self, record: logging.LogRecord) -> None:
        LINES.msg(self.format(record))
