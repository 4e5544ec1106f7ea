"""Compares the worker's deliveries with a bare loop of requests with as many threads."""

import subprocess  # one command of our own
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from statistics import median

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.conditions import Conditions
from bench.installation import WORKER_THREADS, BenchInstallation, create_installation
from demo.environment import PROJECT_FOLDER
from proctor_results import clock
from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.formats.times import to_milliseconds

MESSAGES_PER_ROUND = 3000
"""The seconds of a round."""

_DELIVERY_TIMEOUT = 120


@dataclass(frozen=True, kw_only=True)
class DeliveryRound:
    """Messages a second of either side, and what is wrong with ours."""

    bare: float
    ours: float
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"bare loop {self.bare:,.0f}, ours {self.ours:,.0f} a second: "
            f"{self.ours / self.bare:.2f}"
        )


def _measure(conditions: Conditions) -> Measurement:
    with (
        create_installation(conditions, sessions=2 * MESSAGES_PER_ROUND) as installation,
        ExitStack() as stack,
    ):
        for process in (installation.lms(), installation.worker()):
            stack.enter_context(process)
        database = stack.enter_context(closing(connect(installation.database_url)))
        deliver_messages(installation, database, MESSAGES_PER_ROUND // 10)  # warms up
        rounds = [_run_round(conditions, installation, database) for _ in range(conditions.rounds)]
    bare, ours = (
        median(delivery_round.bare for delivery_round in rounds),
        median(each.ours for each in rounds),
    )
    return Measurement(
        value=median(delivery_round.ours / delivery_round.bare for delivery_round in rounds),
        detail=f"{ours:,.0f} of {bare:,.0f} a second, {WORKER_THREADS} threads",
        faults=tuple(fault for delivery_round in rounds for fault in delivery_round.faults),
    )


def deliver_messages(
    installation: BenchInstallation, database: Database, messages: int
) -> tuple[float, tuple[str, ...]]:
    """Make that many messages due. Return the seconds until the LMS has them, and what is wrong."""
    started = time.monotonic()
    due_count = database.execute(_MAKE_DUE, messages=messages, now=to_milliseconds(clock.now()))
    while database.fetch(_COUNT_UNDELIVERED)[0][0]:
        if time.monotonic() > started + _DELIVERY_TIMEOUT:
            break
        time.sleep(0.1)
    answered_at = installation.answer_times()
    answer_times = [answer_time for times in answered_at.values() for answer_time in times]
    counts = {
        "due": due_count,
        "delivered": len(answered_at),
        "delivered in all": len(answer_times),
        "marked delivered": due_count - database.fetch(_COUNT_UNDELIVERED)[0][0],
    }
    mismatches = {
        description: number for description, number in counts.items() if number != messages
    }
    faults = tuple(
        f"{number} of {messages} messages were {description}"
        for description, number in mismatches.items()
    )
    return max(answer_times, default=started + _DELIVERY_TIMEOUT) - started, faults


def _run_round(
    conditions: Conditions, installation: BenchInstallation, database: Database
) -> DeliveryRound:
    bare_rate = _measure_bare_loop(installation.webhook_url, conditions.seconds)
    installation.answer_times()
    seconds, faults = deliver_messages(installation, database, MESSAGES_PER_ROUND)
    result = DeliveryRound(bare=bare_rate, ours=MESSAGES_PER_ROUND / seconds, faults=faults)
    conditions.report_progress(str(result))
    return result


def _measure_bare_loop(url: str, seconds: int) -> float:
    command = [sys.executable, "-m", "bench.requests_loop", url, str(WORKER_THREADS), str(seconds)]
    return float(
        subprocess.run(command, cwd=PROJECT_FOLDER, capture_output=True, check=True).stdout
    )  # our own


_MAKE_DUE = Statement("""
UPDATE delivery SET delivered_revision = NULL, next_attempt_at = :now, pending_since = :now
WHERE id IN (SELECT id FROM delivery WHERE topic = 'outcome' ORDER BY id LIMIT :messages)
""")

_COUNT_UNDELIVERED = Statement("SELECT COUNT(*) FROM delivery WHERE delivered_revision IS NULL")

_THRESHOLD = Threshold(limit=0.6)

BENCHMARK = Benchmark(
    name="deliveries",
    title="deliveries ÷ a bare requests.Session loop with the same threads",
    thresholds={"sqlite": _THRESHOLD, "postgresql": _THRESHOLD},
    measure=_measure,
)
