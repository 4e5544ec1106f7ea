"""Asks the demo's service and LMS for their state."""

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from demo.compare import compare_sessions
from demo.environment import DemoEnvironment
from demo.errors import DemoError
from sandbox.expected_session import ExpectedSession

Json = Mapping[str, Any]


class NoResponseError(DemoError):
    """No answer came from the URL in the message."""


def readiness_error(demo_environment: DemoEnvironment) -> str:
    """Return why service or LMS is not ready, or an empty text."""
    for url in (f"{demo_environment.web_url}/readyz", f"{demo_environment.lms_url}/messages"):
        try:
            response = requests.get(url, timeout=5)
        except requests.RequestException:
            return f"no answer from {url}"
        if response.status_code != 200:
            return f"{url} answers {response.status_code} {response.text[:300]}"
    return ""


def find_differences(demo_environment: DemoEnvironment, expected: Sequence[ExpectedSession]) -> str:
    """Return the differences from the expected sessions, one line each, or an empty text."""
    try:
        return "\n".join(
            compare_sessions(
                expected,
                service_sessions(demo_environment, expected),
                received_messages(demo_environment),
            )
        )
    except NoResponseError as error:
        return str(error)


def received_messages(demo_environment: DemoEnvironment) -> Json:
    """Return all messages that the LMS has received."""
    return _get(f"{demo_environment.lms_url}/messages").json()  # type: ignore[no-any-return]  # JSON is what it is


def service_sessions(
    demo_environment: DemoEnvironment, expected: Sequence[ExpectedSession]
) -> dict[str, Json]:
    """Return the service's sessions by identifier, without those that it does not know."""
    headers = {"Authorization": f"Bearer {demo_environment.lms_key}"}
    responses = {
        expected_session.identifier: _get(
            f"{demo_environment.web_url}/sessions/{expected_session.identifier}", headers
        )
        for expected_session in expected
    }
    return {
        identifier: response.json()
        for identifier, response in responses.items()
        if response.status_code == 200
    }


def _get(url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
    try:
        return requests.get(url, headers=headers, timeout=5)
    except requests.RequestException as error:
        raise NoResponseError(f"no answer from {url}") from error
