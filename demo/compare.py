"""Compares the expected sessions, the service's sessions and the messages of the LMS."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.expected_session import ExpectedSession

Json = Mapping[str, Any]
FinalState = tuple[str | None, bool | None]


def compare_sessions(
    expected: Sequence[ExpectedSession], service_sessions: Mapping[str, Json], received: Json
) -> list[str]:
    """Return the differences, one line each.

    `service_sessions` has them by identifier, `received` is the JSON of the LMS.
    """
    session_lines = (
        line
        for expected_session in expected
        for line in _session_differences(expected_session, service_sessions, received["sessions"])
    )
    order_lines = (
        [f"received out of order: {', '.join(received['out_of_order'])}"]
        if received["out_of_order"]
        else []
    )
    return [*session_lines, *order_lines]


def _session_differences(
    expected: ExpectedSession,
    service_sessions: Mapping[str, Json],
    lms_sessions: Mapping[str, Json],
) -> Iterator[str]:
    expected_state: FinalState = (expected.outcome, expected.locked)
    service_state, lms_state = (
        _final_state(service_sessions.get(expected.identifier)),
        _final_state(lms_sessions.get(expected.identifier)),
    )
    if service_state != expected_state:
        yield (
            f"{expected.name}: the service says {_describe(service_state)} where "
            f"{_describe(expected_state)} is expected"
        )
    if lms_state != service_state:
        yield (
            f"{expected.name}: the LMS received {_describe(lms_state)} where the service says "
            f"{_describe(service_state)}"
        )


def _final_state(session: Json | None) -> FinalState:
    return (None, None) if session is None else (session.get("outcome"), session.get("locked"))


def _describe(state: FinalState) -> str:
    outcome, locked = state
    return f"{outcome}, {'locked' if locked else 'open'}" if outcome else "nothing"
