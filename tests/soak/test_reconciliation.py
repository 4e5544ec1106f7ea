"""The reconciliation accepts a consistent run, and finds what is lost, invented or out of order."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.reconciliation.data import (
    HeartbeatAttempt,
    ManualChange,
    PostAttempt,
    ReceivedMessage,
    ReconciliationData,
)
from bench.reconciliation.reconcile import reconcile
from proctor_results.dependencies import Dependencies
from proctor_results.sessions.enums import Outcome, Topic
from tests.soak.consistent_run import (
    CONNECTED,
    DISCONNECTED,
    FIRST_REPORT,
    LOCKED_AT,
    NEVER_LAUNCHED,
    play_consistent_run,
)
from tests.support.recording_target import RecordingTarget
from tests.support.reports import accepted, rejected

PlantFault = Callable[[ReconciliationData], ReconciliationData]


@pytest.fixture
def sides(deps: Dependencies, recording_target: RecordingTarget) -> ReconciliationData:
    return play_consistent_run(deps, recording_target)


def test_a_consistent_run_reconciles(sides: ReconciliationData) -> None:
    result = reconcile(sides)

    assert result.faults == []
    assert result.summary == "0 lost, 0 invented, 0 out of order"
    assert all(check.item_count for check in result.checks)


def plant_unstored_post(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.posts.append(
        PostAttempt(body=rejected(identifier=NEVER_LAUNCHED, comment="another"), status=200)
    )
    return sides


def plant_unstored_repeat(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.posts.append(PostAttempt(body=FIRST_REPORT, status=200))
    return sides


def plant_unstored_launch(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.session_logs[CONNECTED].answered_launches = sides.sent.session_logs[
        CONNECTED
    ].launch_attempts = 2
    return sides


def plant_unstored_hold(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.manual_changes.append(ManualChange(identifier=CONNECTED, note="soak 2"))
    return sides


def plant_uncounted_heartbeat(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.session_logs[CONNECTED].heartbeats.append(
        HeartbeatAttempt(launch=1, sent=94, ended=94.1, was_answered=True)
    )
    return sides


def plant_undelivered(sides: ReconciliationData) -> ReconciliationData:
    return replace(sides, stored=replace(sides.stored, pending_deliveries=["a lock"]))


def plant_missing_message(sides: ReconciliationData) -> ReconciliationData:
    return replace(
        sides,
        received=[
            message for message in sides.received if message.subject != (DISCONNECTED, Topic.LOCK)
        ],
    )


def plant_message_not_accepted(sides: ReconciliationData) -> ReconciliationData:
    return replace(
        sides,
        received=[
            replace(message, was_accepted=message.subject[0] != CONNECTED)
            for message in sides.received
        ],
    )


def plant_missing_feed_entry(sides: ReconciliationData) -> ReconciliationData:
    return replace(sides, feed_revisions={CONNECTED: [1]})


def plant_missing_lock(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.session_logs[CONNECTED].is_disconnected = True
    return sides


def plant_missing_release(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.manually_held.clear()
    return sides


def plant_wrong_score(sides: ReconciliationData) -> ReconciliationData:
    session = sides.stored.sessions[NEVER_LAUNCHED]
    changed_session = replace(session, facts={**session.facts, "score": 12})
    return replace(
        sides,
        stored=replace(
            sides.stored, sessions={**sides.stored.sessions, NEVER_LAUNCHED: changed_session}
        ),
    )


@pytest.mark.parametrize(
    ("plant_fault", "lost_count", "expected_text"),
    [
        (plant_unstored_post, 1, "answered, 1 times more often than stored"),
        (plant_unstored_repeat, 1, "answered, 1 times more often than stored"),
        (plant_unstored_launch, 1, "connected: 2 launches were answered, 1 are stored"),
        (plant_unstored_hold, 1, "connected: no decision is noted as 'soak 2'"),
        (plant_uncounted_heartbeat, 1, "connected: 11 heartbeats were answered, 10 are counted"),
        (plant_undelivered, 1, "a lock"),
        (plant_missing_message, 1, "disconnected.lock: the LMS received nothing where"),
        (plant_message_not_accepted, 2, "connected.outcome: the LMS received nothing where"),
        (plant_missing_feed_entry, 3, "the feed gave revisions [1] where"),
        (
            plant_missing_lock,
            1,
            "connected: is held as manual where it should be disconnected, manual",
        ),
        (plant_missing_release, 1, "connected: is held as manual where it should be nothing"),
        (plant_wrong_score, 3, "never-launched: score is 12 where the reports make it 64"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_planted_loss_is_found(
    sides: ReconciliationData, plant_fault: PlantFault, lost_count: int, expected_text: str
) -> None:
    result = reconcile(plant_fault(sides))

    assert result.summary == f"{lost_count} lost, 0 invented, 0 out of order"
    assert any(expected_text in fault for fault in result.faults)


def plant_unsent_report(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.posts.remove(PostAttempt(body=accepted(identifier=CONNECTED), status=200))
    return sides


def plant_report_applied_twice(sides: ReconciliationData) -> ReconciliationData:
    receipts = [*sides.stored.receipts, sides.stored.receipts[0]]
    return replace(sides, stored=replace(sides.stored, receipts=receipts), may_duplicate=True)


def plant_wrong_decision(sides: ReconciliationData) -> ReconciliationData:
    first, *others = sides.stored.decisions[NEVER_LAUNCHED]
    decisions = {
        **sides.stored.decisions,
        NEVER_LAUNCHED: [replace(first, outcome=Outcome.ACCEPTED), *others],
    }
    return replace(sides, stored=replace(sides.stored, decisions=decisions))


def plant_changed_message(sides: ReconciliationData) -> ReconciliationData:
    """Add the hold at a time that its content does not have."""
    message = _find_message(sides, NEVER_LAUNCHED, Topic.OUTCOME, 2)
    other = replace(
        message, body=message.body.replace(b"2026-03-02T09:01:35", b"2026-03-02T09:01:36")
    )
    return replace(
        sides,
        received=[
            sent_message if sent_message is not message else other
            for sent_message in sides.received
        ],
    )


def plant_early_message(sides: ReconciliationData) -> ReconciliationData:
    """Add the same message before its time."""
    early_message = _with_revision(_find_message(sides, NEVER_LAUNCHED, Topic.LOCK), 0)
    return replace(sides, received=[early_message, *sides.received])


def plant_message_about_unknown_session(sides: ReconciliationData) -> ReconciliationData:
    return replace(
        sides, received=[*sides.received, _with_identifier(sides.received[0], "unknown")]
    )


def plant_invalid_signature(sides: ReconciliationData) -> ReconciliationData:
    return replace(
        sides, received=[*sides.received, replace(sides.received[0], signature_valid=False)]
    )


def plant_untried_launch(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.session_logs[CONNECTED].launch_attempts = sides.sent.session_logs[
        CONNECTED
    ].answered_launches = 0
    return sides


def plant_untried_heartbeat(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.session_logs[CONNECTED].heartbeats.pop(0)
    return sides


def plant_missing_decisions(sides: ReconciliationData) -> ReconciliationData:
    decisions = {**sides.stored.decisions, DISCONNECTED: ()}
    return replace(sides, stored=replace(sides.stored, decisions=decisions))


def plant_message_without_change(sides: ReconciliationData) -> ReconciliationData:
    """Add a message of a revision that changes nothing."""
    repeated_message = replace(
        _with_revision(_find_message(sides, DISCONNECTED, Topic.LOCK), 4), was_accepted=True
    )
    next_state = replace(sides.stored.sessions[DISCONNECTED], revision=4)
    history = sides.stored.histories[DISCONNECTED]
    extended_history = replace(history, states=[*history.states, next_state])
    stored = replace(
        sides.stored,
        sessions={**sides.stored.sessions, DISCONNECTED: next_state},
        histories={**sides.stored.histories, DISCONNECTED: extended_history},
    )
    return replace(
        sides,
        received=[*sides.received, repeated_message],
        stored=stored,
        feed_revisions={**sides.feed_revisions, DISCONNECTED: [3, 4]},
    )


def plant_lock_despite_heartbeats(sides: ReconciliationData) -> ReconciliationData:
    sides.sent.session_logs[DISCONNECTED].heartbeats[:] = [
        HeartbeatAttempt(launch=1, sent=LOCKED_AT - 20, ended=LOCKED_AT - 19, was_answered=True)
    ]
    return sides


def plant_lock_despite_attempts(sides: ReconciliationData) -> ReconciliationData:
    attempts = [
        HeartbeatAttempt(launch=1, sent=second, ended=second + 1, was_answered=False)
        for second in range(0, int(LOCKED_AT), 10)
    ]
    sides.sent.session_logs[DISCONNECTED].heartbeats[:] = [
        replace(attempts[0], was_answered=True),
        *attempts[1:],
    ]
    return sides


@pytest.mark.parametrize(
    ("plant_fault", "invented_count", "expected_text"),
    [
        (plant_unsent_report, 1, "sent 1 times, stored 2 times"),
        (plant_report_applied_twice, 1, "was applied 2 times"),
        (plant_wrong_decision, 4, "does not follow"),
        (plant_changed_message, 1, "never-launched.outcome.2: says"),
        (plant_early_message, 2, "never-launched.lock.0: there was no such news at that revision"),
        (plant_message_about_unknown_session, 2, "unknown: was delivered, but is not stored"),
        (plant_invalid_signature, 1, "the signature is wrong"),
        (plant_untried_launch, 1, "connected: 0 launches were tried, 1 are stored"),
        (plant_untried_heartbeat, 1, "connected: 9 heartbeats were tried, 10 are counted"),
        (plant_missing_decisions, 4, "delivered disconnected, decided "),
        (
            plant_message_without_change,
            2,
            "disconnected.lock.4: says what disconnected.lock.3 said",
        ),
        (plant_lock_despite_heartbeats, 1, "disconnected: locked at 09:01:35"),
        (plant_lock_despite_attempts, 1, "disconnected: locked at 09:01:35"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_planted_invention_is_found(
    sides: ReconciliationData, plant_fault: PlantFault, invented_count: int, expected_text: str
) -> None:
    result = reconcile(plant_fault(sides))

    assert result.summary == f"0 lost, {invented_count} invented, 0 out of order"
    assert any(expected_text in fault for fault in result.faults)


def plant_message_out_of_order(sides: ReconciliationData) -> ReconciliationData:
    return replace(
        sides,
        received=[
            *sides.received,
            replace(_find_message(sides, NEVER_LAUNCHED, Topic.LOCK), was_accepted=False),
        ],
    )


def plant_contradicting_messages(sides: ReconciliationData) -> ReconciliationData:
    message = _find_message(sides, CONNECTED, Topic.OUTCOME)
    other = replace(message, body=message.body.replace(b'"score": 64', b'"score": 65'))
    return replace(sides, received=[other, *sides.received])


def plant_wrong_webhook_id(sides: ReconciliationData) -> ReconciliationData:
    message = _find_message(sides, NEVER_LAUNCHED, Topic.OUTCOME)
    other_messages = [
        sent_message for sent_message in sides.received if sent_message is not message
    ]
    return replace(
        sides,
        received=[replace(message, webhook_id=f"{NEVER_LAUNCHED}.outcome.7"), *other_messages],
    )


def plant_feed_out_of_order(sides: ReconciliationData) -> ReconciliationData:
    return replace(sides, feed_revisions={**sides.feed_revisions, NEVER_LAUNCHED: [2, 1, 2]})


@pytest.mark.parametrize(
    ("plant_fault", "invented_count", "expected_text"),
    [
        (
            plant_message_out_of_order,
            0,
            "never-launched.lock.1: received after never-launched.lock.2",
        ),
        (plant_contradicting_messages, 1, "says b"),
        (
            plant_wrong_webhook_id,
            0,
            "never-launched.outcome.7: is about never-launched.outcome at revision 1",
        ),
        (plant_feed_out_of_order, 0, "never-launched: the feed gave revisions [2, 1, 2]"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_planted_disorder_is_found(
    sides: ReconciliationData, plant_fault: PlantFault, invented_count: int, expected_text: str
) -> None:
    result = reconcile(plant_fault(sides))

    assert result.summary == f"0 lost, {invented_count} invented, 1 out of order"
    assert any(expected_text in fault for fault in result.faults)


def test_a_lock_that_a_changed_clock_explains_is_no_fault(sides: ReconciliationData) -> None:
    sides.sent.session_logs[DISCONNECTED].heartbeats[:] = [
        HeartbeatAttempt(launch=1, sent=LOCKED_AT - 20, ended=LOCKED_AT - 19, was_answered=True)
    ]
    sides.clock.shift(LOCKED_AT + 1, -60)

    assert sides.clock.possible_times(sides.stored.decisions[DISCONNECTED][-1].at) == [
        LOCKED_AT,
        LOCKED_AT + 60,
    ]
    assert reconcile(sides).summary == "0 lost, 0 invented, 0 out of order"


def _find_message(
    sides: ReconciliationData, identifier: str, topic: Topic, revision: int | None = None
) -> ReceivedMessage:
    """Return the first message of that id, or the one of that revision."""
    matching = (message for message in sides.received if message.subject == (identifier, topic))
    return next(message for message in matching if revision in (None, message.revision))


def _with_revision(message: ReceivedMessage, revision: int) -> ReceivedMessage:
    old, new = (b'"revision": %d' % number for number in (message.revision, revision))
    return ReceivedMessage(
        ".".join((*message.subject, str(revision))),
        message.body.replace(old, new),
        was_accepted=False,
    )


def _with_identifier(message: ReceivedMessage, identifier: str) -> ReceivedMessage:
    old_identifier = message.subject[0]
    return ReceivedMessage(
        message.webhook_id.replace(old_identifier, identifier),
        message.body.replace(old_identifier.encode(), identifier.encode()),
    )
