"""The worker: keeps telling targets what they should know, until it is asked to stop."""

import random
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime, timedelta

import structlog

from proctor_results import request_id
from proctor_results.carriers import Carriers
from proctor_results.domain.words import HoldKind
from proctor_results.flows import LedgerAway
from proctor_results.flows.deliver import Landing, carry, claim, give_back, settle
from proctor_results.flows.house import House
from proctor_results.flows.keep_watch import arrive, leave, report_in
from proctor_results.flows.lock_silent import lock_silent
from proctor_results.flows.seal import Sealer
from proctor_results.flows.settle_outcomes import settle_outcomes
from proctor_results.flows.write_tallies import write_tallies
from proctor_results.lms.base import Target, Unreachable
from proctor_results.store.deliveries import Claim

LOOK_EVERY = 0.05
WATCH_EVERY = timedelta(seconds=LOOK_EVERY)
GATHER = 0.005
LOCKED_AT_ONCE = 200
SETTLED_AT_ONCE = 200
SETTLE_EVERY = timedelta(seconds=1)
BEAT_EVERY = timedelta(seconds=5)
WAIT_FOR_LEDGER = 1.0
STOP_WITHIN = 20.0

log = structlog.get_logger()


class Worker:
    """Claims in this thread, carries in `threads` others, and settles in this one: they never touch the ledger."""

    def __init__(self, house: House, name: str, threads: int, now: Callable[[], datetime]) -> None:
        self._house, self._name, self._now = house, name, now
        share = max(1, threads // max(1, len(house.targets)))
        self._carriers = [Carriers(target, share, self._carry) for target in house.targets]
        self._landed: list[Landing] = []
        self._beaten_at: datetime | None = None
        self._watched_at: datetime | None = None
        self._sealer = Sealer(house)
        self._settled_at: datetime | None = None
        self._stopping = False  # no Event: its lock may be held by the very thread that a signal interrupts

    def stop(self) -> None:
        """Asks the worker to end; safe in a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Works until asked to stop, then finishes what is in the air and gives the rest back."""
        log.info("worker.started", worker=self._name, targets=[target.name for target in self._house.targets])
        while not self._stopping:
            self._guarded(self.look)
            self._pause()
        self._finish()
        log.info("worker.stopped", worker=self._name)

    def look(self) -> None:
        """One round: be seen, write down what has landed, send off what is due, seal. Raises LedgerAway."""
        self._beat()
        self._land()
        self._lock_silent()
        self._settle_outcomes()
        self._send_off()
        self._seal()

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except LedgerAway as error:
            log.warning("worker.ledger_away", worker=self._name, error=str(error).strip())
            time.sleep(WAIT_FOR_LEDGER)
        except Exception:
            # The loop must outlive what nobody foresaw: a worker that is gone tells nobody anything.
            log.exception("worker.surprised", worker=self._name)
            time.sleep(WAIT_FOR_LEDGER)

    def _pause(self) -> None:
        """What lands soon after the first is settled together with it."""
        if air := self._air():
            wait(air, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
            time.sleep(GATHER)
        else:
            time.sleep(LOOK_EVERY)

    def _air(self) -> list[Future[Landing]]:
        return [future for carriers in self._carriers for future in carriers.air]

    def _beat(self) -> None:
        """Arrives anew where the clock has been set back."""
        now = self._now()
        if self._beaten_at is None or now < self._beaten_at:
            arrive(self._house, self._name, now)
        elif now >= self._beaten_at + BEAT_EVERY:
            report_in(self._house, self._name, now)
        else:
            return
        write_tallies(self._house)
        self._beaten_at = now

    def _land(self) -> None:
        """What could not be settled, because the ledger was away, is kept and settled when it is back.

        What fails for any other reason is let go: its lease ends, and it is told again under the same id.
        """
        for carriers in self._carriers:
            self._landed.extend(carriers.landed())
        landed, self._landed = self._landed, []
        if landed:
            self._settle(landed)

    def _settle(self, landed: list[Landing]) -> None:
        try:
            settle(self._house, landed, random.random())  # noqa: S311  # jitter, not a secret
        except LedgerAway:
            self._landed = landed
            raise
        for landing in landed:
            _log(landing)

    def _lock_silent(self) -> None:
        """A few hundred at a time, so that what is due does not wait behind a whole room."""
        now = self._now()
        if self._watched_at is not None and timedelta(0) <= now - self._watched_at < WATCH_EVERY:
            return
        with request_id.begun():
            locked = lock_silent(self._house, LOCKED_AT_ONCE, now)
            for identifier in locked:
                log.info("session.locked", session=identifier, hold=HoldKind.DISCONNECTED)
        self._watched_at = None if locked else now

    def _settle_outcomes(self) -> None:
        """Nobody counts on the second in which an outcome becomes final. Where many do, the next round goes on."""
        now = self._now()
        if self._settled_at is not None and timedelta(0) <= now - self._settled_at < SETTLE_EVERY:
            return
        with request_id.begun():
            settled = settle_outcomes(self._house, SETTLED_AT_ONCE, now)
        for session in settled:
            log.info("session.settled", session=session.identifier, outcome=session.outcome)
        self._settled_at = None if len(settled) == SETTLED_AT_ONCE else now

    def _send_off(self) -> None:
        """Each target has its share of the threads, so that one that hangs does not keep the others waiting."""
        for carriers in self._carriers:
            if carriers.free > 0:
                carriers.send_off(claim(self._house, carriers.target, carriers.free, self._now()))

    def _seal(self) -> None:
        """The digest is told to the log, which others keep: nobody can change what is sealed, and it, too."""
        try:
            written = self._sealer.go_on(self._now())
        except ValueError as error:
            log.warning("checkpoint.broken", error=str(error), mend="see `receipts verify`")
            return
        if written:
            log.info("checkpoint.written", checkpoint=written.number, digest=written.digest, **written.last)

    def _carry(self, target: Target, claimed: Claim) -> Landing:
        request_id.follow(claimed.request_id)
        began = time.monotonic()
        try:
            result = carry(target, claimed, self._now())
        except Exception as error:
            # A carrier that stumbles over one message must not take the others down with it.
            log.exception("delivery.surprised", delivery=claimed.delivery_id)
            result = Unreachable(detail=f"failed here: {type(error).__name__}")
        return Landing(claim=claimed, result=result, at=self._now(), seconds=time.monotonic() - began)

    def _finish(self) -> None:
        unsent = [claimed for carriers in self._carriers for claimed in carriers.take_back()]
        wait(self._air(), timeout=STOP_WITHIN)
        self._guarded(self._land)
        self._guarded(lambda: give_back(self._house, unsent, self._now()))
        self._guarded(lambda: write_tallies(self._house))
        self._guarded(lambda: leave(self._house, self._name))
        for carriers in self._carriers:
            carriers.dismiss()


def _log(landing: Landing) -> None:
    log.info(
        "delivery.attempt",
        session=landing.claim.session.identifier,
        target=landing.claim.target,
        topic=landing.claim.topic,
        revision=landing.claim.revision,
        result=landing.outcome,
        status=landing.result.status,
        seconds=round(landing.seconds, 3),
        request_id=landing.claim.request_id,
    )
