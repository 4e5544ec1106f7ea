"""Invented: stored or delivered and never sent, or delivered without a decision."""

from collections import Counter
from collections.abc import Iterable, Iterator

from bench.reconciliation.check import Check, FaultKind
from bench.reconciliation.data import ReceivedMessage, ReconciliationData
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import Outcome, ReceiptResult, Topic


def _never_sent(sides: ReconciliationData) -> Iterator[str]:
    attempt_counts = Counter(post.body for post in sides.sent.posts) + Counter(
        sides.sent.live_metric_bodies
    )
    for body, count in Counter(receipt.body for receipt in sides.stored.receipts).items():
        if count > sides.copies_per_attempt * attempt_counts[body]:
            yield f"sent {attempt_counts[body]} times, stored {count} times: {body[:120]!r}"


def _applied_twice(sides: ReconciliationData) -> Iterator[str]:
    applied = Counter(
        (receipt.identifier, receipt.content_sha256)
        for receipt in sides.stored.receipts
        if receipt.result is ReceiptResult.APPLIED and receipt.content_sha256
    )
    yield from (
        f"{name}: {content} was applied {count} times"
        for (name, content), count in applied.items()
        if count > 1
    )


def _unknown_sessions(sides: ReconciliationData) -> Iterator[str]:
    known_identifiers = {
        receipt.identifier for receipt in sides.stored.receipts
    } | sides.sent.session_logs.keys()
    yield from (
        f"{identifier}: is stored, but was never sent"
        for identifier in sides.stored.sessions.keys() - known_identifiers
    )
    notified_identifiers = {
        message.subject[0] for message in sides.received if message.signature_valid
    }
    yield from (
        f"{identifier}: was delivered, but is not stored"
        for identifier in notified_identifiers - sides.stored.sessions.keys()
    )


def _unsigned_messages(sides: ReconciliationData) -> Iterator[str]:
    yield from (
        f"{message.webhook_id}: the signature is wrong"
        for message in sides.received
        if not message.signature_valid
    )


def _extra_launches(sides: ReconciliationData) -> Iterator[str]:
    for session_log in sides.sent.session_logs.values():
        session = sides.stored.sessions.get(session_log.identifier)
        if session and session.launch_count > session_log.launch_attempts:
            yield (
                f"{session_log.identifier}: {session_log.launch_attempts} launches were tried, "
                f"{session.launch_count} are stored"
            )


def _extra_heartbeats(sides: ReconciliationData) -> Iterator[str]:
    for session_log in sides.sent.session_logs.values():
        attempt_count, stored_count = (
            len(session_log.heartbeats),
            sides.stored.heartbeat_counts.get(session_log.identifier, 0),
        )
        if stored_count > sides.copies_per_attempt * attempt_count:
            yield (
                f"{session_log.identifier}: {attempt_count} heartbeats were tried, {stored_count} "
                "are counted"
            )


def _unexplained_messages(sides: ReconciliationData) -> Iterator[str]:
    """Outcome and open holds of a message must follow from the decisions up to its revision."""
    for message in _unique_messages(sides.received):
        identifier, topic = message.subject
        decisions = [
            decision
            for decision in sides.stored.decisions.get(identifier, ())
            if decision.revision <= message.revision
        ]
        stated, expected = _STATED[topic](message), _EXPECTED[topic](decisions)
        if stated != expected:
            yield f"{message.webhook_id}: delivered {stated}, decided {expected}"
        session = sides.stored.sessions.get(identifier)
        if session and message.revision > session.revision:
            yield f"{message.webhook_id}: the session has come to revision {session.revision} only"


def _open_holds(decisions: Iterable[Decision]) -> str:
    open_kinds: set[str] = set()
    for decision in decisions:
        open_kinds = (open_kinds | {hold.kind for hold in decision.opened}) - {
            hold.kind for hold in decision.closed
        }
    return ", ".join(sorted(open_kinds))


def _last_outcome(decisions: Iterable[Decision]) -> str:
    return [Outcome.PENDING, *(decision.outcome for decision in decisions)][-1]


def _stated_outcome(message: ReceivedMessage) -> str:
    return str(message.data["outcome"])


def _stated_holds(message: ReceivedMessage) -> str:
    return ", ".join(sorted(hold["kind"] for hold in message.data["holds"]))


_STATED = {Topic.OUTCOME: _stated_outcome, Topic.LOCK: _stated_holds}
_EXPECTED = {Topic.OUTCOME: _last_outcome, Topic.LOCK: _open_holds}


def _unique_messages(messages: Iterable[ReceivedMessage]) -> Iterable[ReceivedMessage]:
    """Return each message once, as it first came."""
    first: dict[str, ReceivedMessage] = {}
    for message in messages:
        if message.signature_valid:
            first.setdefault(message.webhook_id, message)
    return first.values()


CHECKS = (
    Check(
        name="no receipt is stored that was not sent",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: len(sides.stored.receipts),
        faults=_never_sent,
    ),
    Check(
        name="nothing is applied twice",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: sum(
            receipt.result is ReceiptResult.APPLIED for receipt in sides.stored.receipts
        ),
        faults=_applied_twice,
    ),
    Check(
        name="no session is stored that nothing was sent about",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: len(sides.stored.sessions),
        faults=_unknown_sessions,
    ),
    Check(
        name="no launch is stored that was not tried",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: len(sides.sent.session_logs),
        faults=_extra_launches,
    ),
    Check(
        name="no heartbeat is counted that was not tried",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: len(sides.stored.heartbeat_counts),
        faults=_extra_heartbeats,
    ),
    Check(
        name="messages are signed",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: len(sides.received),
        faults=_unsigned_messages,
    ),
    Check(
        name="messages are explained by decisions",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: len({message.webhook_id for message in sides.received}),
        faults=_unexplained_messages,
    ),
)
