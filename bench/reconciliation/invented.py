"""Invented: stored or told, and never sent; or told, and explained by no decision."""

from collections import Counter
from collections.abc import Iterable, Iterator

from bench.reconciliation.check import Check, Kind
from bench.reconciliation.sides import Heard, Sides
from proctor_results.domain.decision import Decision
from proctor_results.domain.words import Outcome, ReceiptVerdict, Topic


def _never_sent(sides: Sides) -> Iterator[str]:
    tries = Counter(post.body for post in sides.sent.posts) + Counter(sides.sent.live)
    for body, count in Counter(receipt.body for receipt in sides.stored.receipts).items():
        if count > sides.traces * tries[body]:
            yield f"sent {tries[body]} times, stored {count} times: {body[:120]!r}"


def _applied_twice(sides: Sides) -> Iterator[str]:
    applied = Counter(
        (receipt.identifier, receipt.content)
        for receipt in sides.stored.receipts
        if receipt.verdict is ReceiptVerdict.APPLIED and receipt.content
    )
    yield from (
        f"{name}: {content} was applied {count} times" for (name, content), count in applied.items() if count > 1
    )


def _strangers(sides: Sides) -> Iterator[str]:
    known = {receipt.identifier for receipt in sides.stored.receipts} | sides.sent.sittings.keys()
    yield from (
        f"{each}: is stored, and nobody sent anything about it" for each in sides.stored.sessions.keys() - known
    )
    told = {heard.about[0] for heard in sides.told if heard.genuine}
    yield from (f"{each}: was told, and is not stored" for each in told - sides.stored.sessions.keys())


def _forged(sides: Sides) -> Iterator[str]:
    yield from (f"{heard.webhook_id}: the signature is wrong" for heard in sides.told if not heard.genuine)


def _unlaunched(sides: Sides) -> Iterator[str]:
    for sitting in sides.sent.sittings.values():
        session = sides.stored.sessions.get(sitting.identifier)
        if session and session.launches > sitting.tried:
            yield f"{sitting.identifier}: {sitting.tried} launches were tried, {session.launches} are stored"


def _unbeaten(sides: Sides) -> Iterator[str]:
    for sitting in sides.sent.sittings.values():
        tried, counted = len(sitting.beats), sides.stored.beats.get(sitting.identifier, 0)
        if counted > sides.traces * tried:
            yield f"{sitting.identifier}: {tried} heartbeats were tried, {counted} are counted"


def _unexplained(sides: Sides) -> Iterator[str]:
    """Outcome and open holds in a message are what the decisions up to its revision add up to."""
    for heard in _by_id(sides.told):
        identifier, topic = heard.about
        decisions = [each for each in sides.stored.decisions.get(identifier, ()) if each.revision <= heard.revision]
        said, decided = _SAID[topic](heard), _DECIDED[topic](decisions)
        if said != decided:
            yield f"{heard.webhook_id}: told {said}, decided {decided}"
        session = sides.stored.sessions.get(identifier)
        if session and heard.revision > session.revision:
            yield f"{heard.webhook_id}: the session has come to revision {session.revision} only"


def _open(decisions: Iterable[Decision]) -> str:
    held: set[str] = set()
    for decided in decisions:
        held = (held | {hold.kind for hold in decided.opened}) - {hold.kind for hold in decided.closed}
    return ", ".join(sorted(held))


def _last(decisions: Iterable[Decision]) -> str:
    return [Outcome.PENDING, *(decided.outcome for decided in decisions)][-1]


def _outcome(heard: Heard) -> str:
    return str(heard.data["outcome"])


def _holds(heard: Heard) -> str:
    return ", ".join(sorted(hold["kind"] for hold in heard.data["holds"]))


_SAID = {Topic.OUTCOME: _outcome, Topic.LOCK: _holds}
_DECIDED = {Topic.OUTCOME: _last, Topic.LOCK: _open}


def _by_id(told: Iterable[Heard]) -> Iterable[Heard]:
    """Each message once, as it first came."""
    first: dict[str, Heard] = {}
    for heard in told:
        if heard.genuine:
            first.setdefault(heard.webhook_id, heard)
    return first.values()


CHECKS = (
    Check(
        name="nothing is stored that was not sent",
        kind=Kind.INVENTED,
        size=lambda sides: len(sides.stored.receipts),
        faults=_never_sent,
    ),
    Check(
        name="nothing is applied twice",
        kind=Kind.INVENTED,
        size=lambda sides: sum(receipt.verdict is ReceiptVerdict.APPLIED for receipt in sides.stored.receipts),
        faults=_applied_twice,
    ),
    Check(
        name="nobody is known of whom nothing was sent",
        kind=Kind.INVENTED,
        size=lambda sides: len(sides.stored.sessions),
        faults=_strangers,
    ),
    Check(
        name="no launch is stored that was not tried",
        kind=Kind.INVENTED,
        size=lambda sides: len(sides.sent.sittings),
        faults=_unlaunched,
    ),
    Check(
        name="no heartbeat is counted that was not tried",
        kind=Kind.INVENTED,
        size=lambda sides: len(sides.stored.beats),
        faults=_unbeaten,
    ),
    Check(
        name="messages are signed",
        kind=Kind.INVENTED,
        size=lambda sides: len(sides.told),
        faults=_forged,
    ),
    Check(
        name="messages are explained by decisions",
        kind=Kind.INVENTED,
        size=lambda sides: len({heard.webhook_id for heard in sides.told}),
        faults=_unexplained,
    ),
)
