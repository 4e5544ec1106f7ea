"""The content of log lines, and what they never contain."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from proctor_results.logs import request_id
from proctor_results.logs import setup as log_setup

Said = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Said]:
    """Return a function that gives the lines since its last call.

    Tests configure logging themselves: pytest changes the streams before a test.
    """
    before = structlog.get_config()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.configure(**before)


def fail(said: str) -> None:
    raise ValueError(said)


def test_a_line_says_what_happened_when_and_for_which_request(said: Said) -> None:
    log_setup.configure("info")
    with request_id.new_request_id():
        structlog.get_logger().info("something.happened", session="s-1")
        expected = request_id.current()

    (line,) = said()
    assert {**line, "timestamp": line["timestamp"][-1]} == {
        "event": "something.happened",
        "level": "info",
        "session": "s-1",
        "timestamp": "Z",
        "request_id": expected,
    }


def test_a_library_speaks_in_lines_too(said: Said) -> None:
    log_setup.configure("info")
    logging.getLogger("some.library").warning("%s went %s", "it", "wrong")
    logging.getLogger("some.library").log(47, "badly")

    first, second = said()
    assert (first["event"], first["logger"], first["level"]) == (
        "it went wrong",
        "some.library",
        "warning",
    )
    assert second["event"] == "badly"


def test_messages_of_libraries_below_warning_are_not_logged(said: Said) -> None:
    log_setup.configure("debug")
    logging.getLogger("peewee").debug("SELECT %s", "Ada Lovelace")
    logging.getLogger("urllib3.connectionpool").debug("POST %s", "/students/ada-lovelace/lock")

    assert said() == []


def test_an_exception_is_logged_with_its_place_and_the_first_line_of_its_message(
    said: Said,
) -> None:
    """PostgreSQL describes the error in the first line, and the personal data in the next one."""
    log_setup.configure("info")
    try:
        fail("null value in a column\nDETAIL:  Failing row contains (Ada Lovelace)")
    except ValueError:
        structlog.get_logger().exception("something.surprised")

    (line,) = said()
    (logged,) = line["exception"]
    assert (logged["exc_type"], logged["exc_value"]) == ("ValueError", "null value in a column")
    assert logged["frames"][-1]["name"] == "fail"
    assert "Ada" not in json.dumps(line)


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_below_the_level_nothing_is_said(said: Said, level: str) -> None:
    log_setup.configure(level)
    for each in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), each)(each)

    levels = ["debug", "info", "warning", "error"]
    assert [line["event"] for line in said()] == levels[levels.index(level) :]
