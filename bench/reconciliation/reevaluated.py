"""Evaluates all stored data again, and compares every revision with decisions and messages."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from bench.reconciliation.check import Check, FaultKind
from bench.reconciliation.data import (
    ReceivedMessage,
    ReconciliationData,
    ReevaluatedHistory,
)
from proctor_results.deliveries.messages import build_message
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.decide import changed_topics


def _wrong_states(sides: ReconciliationData) -> Iterator[str]:
    for identifier, history in sides.stored.histories.items():
        if history.error:
            yield f"{identifier}: cannot be judged again: {history.error}"
        elif history.states[-1] != sides.stored.sessions[identifier]:
            yield (
                f"{identifier}: is stored otherwise than {history.states[-1]}, which is what "
                "follows from its history"
            )


def _wrong_decisions(sides: ReconciliationData) -> Iterator[str]:
    for identifier, history in sides.stored.histories.items():
        stored_decisions = sides.stored.decisions.get(identifier, ())
        yield from (
            f"{identifier}: {decision} does not follow"
            for decision in stored_decisions
            if decision not in history.decisions
        )
        yield from (
            f"{identifier}: {decision} follows, and is missing"
            for decision in history.decisions
            if decision not in stored_decisions
        )


def _wrong_messages(sides: ReconciliationData) -> Iterator[str]:
    """Each message must equal that of a revision at which its topic changed."""
    for received in sides.received:
        history = (
            sides.stored.histories.get(received.subject[0]) if received.signature_valid else None
        )
        if history is None:
            continue
        if not _has_changed(history, received):
            yield f"{received.webhook_id}: there was no such news at that revision"
        elif received.message != _expected_message(history.states[received.revision], received):
            yield (
                f"{received.webhook_id}: says {received.message}, not "
                f"{_expected_message(history.states[received.revision], received)}"
            )


def _has_changed(history: ReevaluatedHistory, received: ReceivedMessage) -> bool:
    if not 0 < received.revision < len(history.states):
        return False
    previous_state, new_state = history.states[received.revision - 1 : received.revision + 1]
    return received.subject[1] in changed_topics(
        previous_state if previous_state.revision else None, new_state
    )


def _expected_message(state: Session, received: ReceivedMessage) -> Any:
    return json.loads(
        json.dumps(build_message(state, received.subject[1], received.revision, state.updated_at))
    )


def _repeated_messages(sides: ReconciliationData) -> Iterator[str]:
    """No message repeats the one before under a new id, unless the content changed between."""
    latest: dict[tuple[str, Topic], ReceivedMessage] = {}
    for received in sides.received:
        if not received.signature_valid:
            continue
        previous = latest.setdefault(received.subject, received)
        if received.revision > previous.revision:
            latest[received.subject] = received
            if received.content == previous.content and not _changed_in_between(
                sides, previous, received
            ):
                yield f"{received.webhook_id}: says what {previous.webhook_id} said"


def _changed_in_between(
    sides: ReconciliationData, previous: ReceivedMessage, current: ReceivedMessage
) -> bool:
    """Whether the content changed between: an LMS that was away receives of A, B, A only two A."""
    history = sides.stored.histories.get(previous.subject[0])
    states = history.states[previous.revision : current.revision + 1] if history else []
    return any(
        _expected_message(earlier, current)["data"] != _expected_message(later, current)["data"]
        for earlier, later in pairwise(states)
    )


def _revision_count(sides: ReconciliationData) -> int:
    return sum(len(history.states) for history in sides.stored.histories.values())


def _message_count(sides: ReconciliationData) -> int:
    return len({received.webhook_id for received in sides.received})


CHECKS = (
    Check(
        name="stored receipts reevaluated give the stored session",
        kind=FaultKind.LOST,
        item_count=_revision_count,
        faults=_wrong_states,
    ),
    Check(
        name="decisions are those that follow from what is stored",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: sum(map(len, sides.stored.decisions.values())),
        faults=_wrong_decisions,
    ),
    Check(
        name="messages state the session at their revision exactly",
        kind=FaultKind.INVENTED,
        item_count=_message_count,
        faults=_wrong_messages,
    ),
    Check(
        name="no message is repeated under another id",
        kind=FaultKind.INVENTED,
        item_count=_message_count,
        faults=_repeated_messages,
    ),
)
