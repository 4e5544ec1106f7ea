"""Out of order: an older revision after a newer one, or one id with two contents."""

from collections.abc import Iterator
from itertools import pairwise

from bench.reconciliation.check import Check, FaultKind
from bench.reconciliation.data import ReceivedMessage, ReconciliationData
from proctor_results.deliveries.messages import message_id
from proctor_results.sessions.enums import Topic


def _out_of_order_messages(sides: ReconciliationData) -> Iterator[str]:
    newest: dict[tuple[str, Topic], ReceivedMessage] = {}
    for message in _signed_messages(sides):
        latest = newest.setdefault(message.subject, message)
        if message.revision < latest.revision:
            yield f"{message.webhook_id}: received after {latest.webhook_id}"
        else:
            newest[message.subject] = message


def _conflicting_messages(sides: ReconciliationData) -> Iterator[str]:
    first: dict[str, ReceivedMessage] = {}
    for message in _signed_messages(sides):
        if first.setdefault(message.webhook_id, message).body != message.body:
            yield (
                f"{message.webhook_id}: says {message.body!r} after "
                f"{first[message.webhook_id].body!r}"
            )


def _wrong_message_ids(sides: ReconciliationData) -> Iterator[str]:
    for message in _signed_messages(sides):
        if message.webhook_id != message_id(*message.subject, message.revision):
            yield (
                f"{message.webhook_id}: is about {'.'.join(message.subject)} at revision "
                f"{message.revision}"
            )


def _feed_going_backwards(sides: ReconciliationData) -> Iterator[str]:
    for identifier, revisions in sides.feed_revisions.items():
        if any(later < earlier for earlier, later in pairwise(revisions)):
            yield f"{identifier}: the feed gave revisions {list(revisions)}"


def _signed_messages(sides: ReconciliationData) -> Iterator[ReceivedMessage]:
    return (message for message in sides.received if message.signature_valid)


def _message_count(sides: ReconciliationData) -> int:
    return len(sides.received)


CHECKS = (
    Check(
        name="no older revision is received after a newer one",
        kind=FaultKind.DISORDER,
        item_count=_message_count,
        faults=_out_of_order_messages,
    ),
    Check(
        name="one message id always has the same body",
        kind=FaultKind.DISORDER,
        item_count=_message_count,
        faults=_conflicting_messages,
    ),
    Check(
        name="every id names session, topic and revision",
        kind=FaultKind.DISORDER,
        item_count=_message_count,
        faults=_wrong_message_ids,
    ),
    Check(
        name="the change feed never goes back",
        kind=FaultKind.DISORDER,
        item_count=lambda sides: len(sides.feed_revisions),
        faults=_feed_going_backwards,
    ),
)
