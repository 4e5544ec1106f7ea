"""Asks the demo's service and LMS what they know."""

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from proctor_results.sandbox.demo.agreement import disagreements
from proctor_results.sandbox.demo.faults import DemoError
from proctor_results.sandbox.demo.premises import Premises
from proctor_results.sandbox.expected import Expected

Json = Mapping[str, Any]


class NoAnswerError(DemoError):
    """Nobody answered; says where."""


def not_ready(premises: Premises) -> str:
    """What keeps the service or the LMS from taking part, or nothing."""
    for url in (f"{premises.web}/readyz", f"{premises.lms}/told"):
        try:
            answer = requests.get(url, timeout=5)
        except requests.RequestException:
            return f"no answer from {url}"
        if answer.status_code != 200:
            return f"{url} answers {answer.status_code} {answer.text[:300]}"
    return ""


def differences(premises: Premises, expected: Sequence[Expected]) -> str:
    """Where service and LMS are not as expected, one line each; or who gave no answer, or nothing."""
    try:
        return "\n".join(disagreements(expected, sessions(premises, expected), told(premises)))
    except NoAnswerError as error:
        return str(error)


def told(premises: Premises) -> Json:
    """The LMS's whole story."""
    return _get(f"{premises.lms}/told").json()  # type: ignore[no-any-return]  # JSON is what it is


def sessions(premises: Premises, expected: Sequence[Expected]) -> dict[str, Json]:
    """What the service says of each session, by identifier; what it does not know is left out."""
    headers = {"Authorization": f"Bearer {premises.lms_key}"}
    answers = {each.identifier: _get(f"{premises.web}/sessions/{each.identifier}", headers) for each in expected}
    return {identifier: answer.json() for identifier, answer in answers.items() if answer.status_code == 200}


def _get(url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
    try:
        return requests.get(url, headers=headers, timeout=5)
    except requests.RequestException as error:
        raise NoAnswerError(f"no answer from {url}") from error
