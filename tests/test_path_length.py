"""The call paths of a webhook and of a heartbeat stay short, counted in files and calls."""

import inspect
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from proctor_results.settings.model import Settings
from tests.conftest import VENDOR_KEY
from tests.heartbeats.test_heartbeats_api import send_heartbeat
from tests.launches.test_launches_api import launch_session
from tests.support.reports import SAMPLE, body

PACKAGE = f"{Path(__file__).parents[1] / 'proctor_results'}/"
NOT_COUNTED = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"})


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    """A client of an app that logs as in production."""
    return create_app(replace(settings, log_level="info")).test_client()


def count_calls(request: Callable[[], object]) -> Counter[tuple[str, str]]:
    """Run a request; count the calls of each function of the package, by (file, function)."""
    calls: Counter[tuple[str, str]] = Counter()
    generators: set[FrameType] = set()

    def count_call(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        is_counted = (
            event == "call"
            and code.co_filename.startswith(PACKAGE)
            and code.co_name not in NOT_COUNTED
            and frame not in generators
        )
        if is_counted:
            calls[code.co_filename.removeprefix(PACKAGE), code.co_qualname] += 1
        if code.co_flags & inspect.CO_GENERATOR:
            generators.add(frame)  # when it is resumed, that is no further call

    sys.setprofile(count_call)
    try:
        request()
    finally:
        sys.setprofile(None)
    return calls


def assert_path_is_within(calls: Counter[tuple[str, str]], max_files: int, max_calls: int) -> None:
    files = {file for file, _ in calls}
    assert (len(files) <= max_files, calls.total() <= max_calls) == (True, True), (
        f"{len(files)} files, {calls.total()} calls: {calls.most_common()}"
    )


def test_the_second_report_of_a_session_takes_a_short_path(client: FlaskClient) -> None:
    headers = {"X-Api-Key": VENDOR_KEY}
    client.post("/webhooks/supervisor", data=body(status="started"), headers=headers)

    calls = count_calls(lambda: client.post("/webhooks/supervisor", data=SAMPLE, headers=headers))

    assert_path_is_within(calls, max_files=26, max_calls=180)


def test_a_heartbeat_takes_a_short_path(client: FlaskClient) -> None:
    token = launch_session(client)["launch"]["token"]
    send_heartbeat(client, token)

    calls = count_calls(lambda: send_heartbeat(client, token))

    assert_path_is_within(calls, max_files=12, max_calls=60)
