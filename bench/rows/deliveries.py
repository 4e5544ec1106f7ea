"""The worker's deliveries, against a bare loop of requests with as many threads."""

import subprocess  # noqa: S404  # one command of our own
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from statistics import median

from bench.conditions import Conditions
from bench.row import Figure, Promise, Row
from bench.site import WORKER_THREADS, Site, site
from proctor_results import clock
from proctor_results.sandbox.demo.premises import HOME
from proctor_results.store.columns import milliseconds
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement

MESSAGES = 3000
"""Of a round."""

_PATIENCE = 120


@dataclass(frozen=True, kw_only=True)
class Round:
    """Messages a second of either side, and what is wrong with ours."""

    bare: float
    ours: float
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return f"bare loop {self.bare:,.0f}, ours {self.ours:,.0f} a second: {self.ours / self.bare:.2f}"


def _measure(conditions: Conditions) -> Figure:
    with site(conditions, sessions=2 * MESSAGES) as made, ExitStack() as stack:
        for process in (made.lms(), made.worker()):
            stack.enter_context(process)
        ledger = stack.enter_context(closing(open_ledger(made.database_url)))
        deliver(made, ledger, MESSAGES // 10)  # warms up
        rounds = [_round(conditions, made, ledger) for _ in range(conditions.rounds)]
    bare, ours = median(each.bare for each in rounds), median(each.ours for each in rounds)
    return Figure(
        value=median(each.ours / each.bare for each in rounds),
        detail=f"{ours:,.0f} of {bare:,.0f} a second, {WORKER_THREADS} threads",
        faults=tuple(fault for each in rounds for fault in each.faults),
    )


def deliver(made: Site, ledger: Ledger, messages: int) -> tuple[float, tuple[str, ...]]:
    """Makes so many messages due; the seconds until the LMS has them all, and what is wrong."""
    began = time.monotonic()
    due = ledger.count(_DUE, messages=messages, now=milliseconds(clock.now()))
    while ledger.run(_LEFT)[0][0]:
        if time.monotonic() > began + _PATIENCE:
            break
        time.sleep(0.1)
    told = made.told()
    answered = [moment for moments in told.values() for moment in moments]
    facts = {"due": due, "told": len(told), "told in all": len(answered), "settled": due - ledger.run(_LEFT)[0][0]}
    wrong = {what: number for what, number in facts.items() if number != messages}
    faults = tuple(f"{number} of {messages} messages were {what}" for what, number in wrong.items())
    return max(answered, default=began + _PATIENCE) - began, faults


def _round(conditions: Conditions, made: Site, ledger: Ledger) -> Round:
    bare = _bare(made.hook, conditions.seconds)
    made.told()
    seconds, faults = deliver(made, ledger, MESSAGES)
    done = Round(bare=bare, ours=MESSAGES / seconds, faults=faults)
    conditions.say(str(done))
    return done


def _bare(url: str, seconds: int) -> float:
    command = [sys.executable, "-m", "bench.bare", url, str(WORKER_THREADS), str(seconds)]
    return float(subprocess.run(command, cwd=HOME, capture_output=True, check=True).stdout)  # noqa: S603  # our own


_DUE = Statement("""
UPDATE delivery SET delivered = NULL, due_at = :now, due_since = :now
WHERE id IN (SELECT id FROM delivery WHERE topic = 'outcome' ORDER BY id LIMIT :messages)
""")

_LEFT = Statement("SELECT COUNT(*) FROM delivery WHERE delivered IS NULL")

_PROMISE = Promise(bound=0.6)

ROW = Row(
    name="deliveries",
    title="deliveries ÷ a bare requests.Session loop with the same threads",
    promises={"sqlite": _PROMISE, "postgresql": _PROMISE},
    measure=_measure,
)
