"""The content of log lines, and what they never contain."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from proctor_results.logs import request_id
from proctor_results.logs import setup as log_setup

LogReader = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[LogReader]:
    """Return a function that gives the lines since its last call.

    Tests configure logging themselves: pytest changes the streams before a test.
    """
    before = structlog.get_config()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.configure(**before)


def fail(message: str) -> None:
    raise ValueError(message)


def test_a_line_says_what_happened_when_and_for_which_request(logged: LogReader) -> None:
    log_setup.configure("info")
    with request_id.new_request_id():
        structlog.get_logger().info("something.happened", session="s-1")
        expected = request_id.current()

    (line,) = logged()
    assert {**line, "timestamp": line["timestamp"][-1]} == {
        "event": "something.happened",
        "level": "info",
        "session": "s-1",
        "timestamp": "Z",
        "request_id": expected,
    }


def test_messages_of_libraries_are_json_lines(logged: LogReader) -> None:
    log_setup.configure("info")
    logging.getLogger("some.library").warning("%s went %s", "it", "wrong")
    logging.getLogger("some.library").log(47, "badly")

    first, second = logged()
    assert (first["event"], first["logger"], first["level"]) == (
        "it went wrong",
        "some.library",
        "warning",
    )
    assert second["event"] == "badly"


def test_messages_of_libraries_below_warning_are_not_logged(logged: LogReader) -> None:
    log_setup.configure("debug")
    logging.getLogger("peewee").debug("SELECT %s", "Ada Lovelace")
    logging.getLogger("urllib3.connectionpool").debug("POST %s", "/students/ada-lovelace/lock")

    assert logged() == []


def test_an_exception_is_logged_with_its_place_and_the_first_line_of_its_message(
    logged: LogReader,
) -> None:
    """PostgreSQL describes the error in the first line, and the personal data in the next one."""
    log_setup.configure("info")
    try:
        fail("null value in a column\nDETAIL:  Failing row contains (Ada Lovelace)")
    except ValueError:
        structlog.get_logger().exception("something.surprised")

    (line,) = logged()
    (exception,) = line["exception"]
    assert (exception["exc_type"], exception["exc_value"]) == (
        "ValueError",
        "null value in a column",
    )
    assert exception["frames"][-1]["name"] == "fail"
    assert "Ada" not in json.dumps(line)


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_events_below_the_level_are_not_logged(logged: LogReader, level: str) -> None:
    log_setup.configure(level)
    for each in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), each)(each)

    levels = ["debug", "info", "warning", "error"]
    assert [line["event"] for line in logged()] == levels[levels.index(level) :]
