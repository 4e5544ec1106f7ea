"""Something must be told: claim it, carry it, and settle what became of it. No transaction spans the carrying."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import uuid4

from proctor_results.domain.messages import message, message_id
from proctor_results.domain.schedule import Tries, after_refusal, after_unreachable, pause
from proctor_results.flows.house import House
from proctor_results.lms.base import LONGEST_CALL, Delivered, Gone, PushResult, Refused, Target, Unreachable, Unsendable
from proctor_results.store import attempts, deliveries, landings, targets
from proctor_results.store.attempts import Attempt
from proctor_results.store.deliveries import LEASE, Claim
from proctor_results.store.targets import TargetState


@dataclass(frozen=True, kw_only=True)
class Lapsed:
    """Nothing was sent: the lease could have ended during the call, and another worker have told something newer."""

    detail: str = "not sent: too little was left of the lease"
    status: None = None


@dataclass(frozen=True, kw_only=True)
class Landing:
    """A try that has come to its end: what was claimed, what the target said, when, and how many seconds it took."""

    claim: Claim
    result: PushResult | Lapsed
    at: datetime
    seconds: float

    @property
    def began_at(self) -> datetime:
        return self.at - timedelta(seconds=self.seconds)

    @property
    def outcome(self) -> str:
        """The name of the result, in lower case."""
        return type(self.result).__name__.lower()


def claim(house: House, target: Target, limit: int, now: datetime) -> list[Claim]:
    """Leases at most `limit` deliveries of a target; one only, as a probe, where the target has been failing.

    Raises LedgerAway.
    """
    state, token = targets.state_if_due(house.ledger, target.name, now), uuid4().hex
    if state is None or not _is_open(state, now):
        return []
    if state.paused_until is not None:
        return _probe(house, target, token, now)
    house.ledger.enter(lambda: deliveries.lease(house.ledger, target.name, token, limit, now))
    return deliveries.leased(house.ledger, token)


def carry(target: Target, claimed: Claim, now: datetime) -> PushResult | Lapsed:
    """Tells the target the state that was claimed. Touches no ledger; meant for threads of its own.

    A worker may have stood still since it claimed: what could land after its lease stays here.
    """
    if now + LONGEST_CALL > claimed.lease_ends:
        return Lapsed()
    session, topic, revision = claimed.session, claimed.topic, claimed.revision
    told = message(session, topic, revision, claimed.wanted_at)
    return target.push(message_id(session.identifier, topic, revision), told, now)


def settle(house: House, landed: Sequence[Landing], jitter: float) -> None:
    """Writes down what became of each try, all or nothing and in their order. Raises LedgerAway.

    A try whose lease was lost is kept as an attempt, but settles nothing: a later worker speaks for its delivery.
    """
    if landed and all(isinstance(landing.result, Delivered) for landing in landed):
        house.ledger.enter(lambda: _settle_delivered(house, landed, jitter))
    else:
        _settle_all(house, landed, jitter)
    for landing in landed:
        house.tally.push(landing.claim.target, landing.outcome, landing.seconds)


def give_back(house: House, claims: Iterable[Claim], now: datetime) -> None:
    """Returns what was claimed and not tried. Raises LedgerAway."""
    with house.ledger.transaction():
        for claimed in claims:
            deliveries.give_back(house.ledger, claimed, now)


def _is_open(state: TargetState, now: datetime) -> bool:
    return not state.stopped and (state.paused_until is None or state.paused_until <= now)


def _probe(house: House, target: Target, token: str, now: datetime) -> list[Claim]:
    with house.ledger.transaction():
        deliveries.lease(house.ledger, target.name, token, 1, now)
        targets.pause(house.ledger, target.name, now + LEASE)
    return [replace(claimed, probe=True) for claimed in deliveries.leased(house.ledger, token)]


def _attempt(landing: Landing) -> Attempt:
    return Attempt(
        delivery_id=landing.claim.delivery_id,
        revision=landing.claim.revision,
        at=landing.at,
        seconds=landing.seconds,
        result=landing.outcome,
        status=landing.result.status,
        detail=landing.result.detail,
    )


def _settle_all(house: House, landed: Sequence[Landing], jitter: float) -> None:
    with house.ledger.transaction():
        for kind, alike in groupby(landed, key=lambda landing: type(landing.result)):
            _SETTLEMENTS[kind](house, list(alike), jitter)


def _settle_delivered(house: House, landed: Sequence[Landing], jitter: float) -> None:
    arrived = [(landing.claim, _attempt(landing)) for landing in landed]
    landings.settle(house.ledger, arrived, landed[-1].at)


def _one_by_one(settle_one: Callable[[House, Landing, float], None]) -> "Settlement":
    def settle_each(house: House, landed: Sequence[Landing], jitter: float) -> None:
        for landing in landed:
            attempts.keep(house.ledger, _attempt(landing))
            settle_one(house, landing, jitter)

    return settle_each


def _settle_unreachable(house: House, landing: Landing, jitter: float) -> None:
    claimed, asked = landing.claim, _asked(landing.result)
    next_try = after_unreachable(_tries(claimed), landing.at, jitter, asked)
    deliveries.settle_failed(house.ledger, claimed, next_try, landing.at)
    failures = targets.failed(
        house.ledger, claimed.target, landing.began_at, landing.at, landing.result.detail, probe=claimed.probe
    )
    rest = pause(failures, asked)
    if rest:
        targets.pause(house.ledger, claimed.target, landing.at + rest)


def _asked(result: PushResult | Lapsed) -> timedelta | None:
    return result.retry_after if isinstance(result, Unreachable) else None


def _settle_refused(house: House, landing: Landing, jitter: float) -> None:
    next_try = after_refusal(_tries(landing.claim), landing.at, jitter)
    deliveries.settle_failed(house.ledger, landing.claim, next_try, landing.at)


def _settle_gone(house: House, landing: Landing, jitter: float) -> None:
    """The message stays due, for the day on which somebody resumes the target."""
    deliveries.settle_failed(house.ledger, landing.claim, landing.at, landing.at)
    targets.stop(house.ledger, landing.claim.target, landing.at, landing.result.detail)


def _settle_unsendable(house: House, landing: Landing, jitter: float) -> None:
    """The target is not to blame, and another try would know no more: it waits for news, which makes it due again."""
    deliveries.settle_failed(house.ledger, landing.claim, None, landing.at)


def _settle_lapsed(house: House, landing: Landing, jitter: float) -> None:
    deliveries.give_back(house.ledger, landing.claim, landing.at)


def _tries(claimed: Claim) -> Tries:
    return Tries(failed=claimed.failed + 1, due_since=claimed.due_since)


Settlement = Callable[[House, Sequence[Landing], float], None]

_SETTLEMENTS: Mapping[type[PushResult | Lapsed], Settlement] = {
    Delivered: _settle_delivered,
    Unreachable: _one_by_one(_settle_unreachable),
    Refused: _one_by_one(_settle_refused),
    Gone: _one_by_one(_settle_gone),
    Unsendable: _one_by_one(_settle_unsendable),
    Lapsed: _one_by_one(_settle_lapsed),
}
