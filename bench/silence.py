"""How long it takes until a whole cohort that falls silent at once is locked: 10,000 sessions, two workers."""

import multiprocessing
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

from proctor_results.domain.session import Session
from proctor_results.flows.house import House
from proctor_results.flows.launch_session import launch_session
from proctor_results.flows.listen import listen
from proctor_results.flows.lock_silent import lock_silent
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.policy_file import built_in
from proctor_results.store import schema
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from proctor_results.worker import LOCKED_AT_ONCE
from tests.listeners import Listener
from tests.postgresql import running

LEARNERS = 10_000
WORKERS = 2
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SILENT = START + timedelta(minutes=2)


def main() -> None:
    """Prints one line per database; ends with 1 where a session was not locked exactly once."""
    with tempfile.TemporaryDirectory() as folder, running() as postgresql:
        for name, url in (("SQLite", f"sqlite:///{folder}/silence.db"), ("PostgreSQL", postgresql.get_uri())):
            _measure(name, url)


def _measure(name: str, url: str) -> None:
    house = _house(url)
    schema.upgrade(house.ledger)
    _fill(name, house)
    seconds = _lock_all(url)
    locked, decisions, due = house.ledger.run(_COUNTS)[0]
    house.ledger.close()
    rate = f"{LEARNERS / seconds:.0f} a second"
    print(f"{name}: {locked} of {LEARNERS} locked in {seconds:.1f} s by {WORKERS} workers, {rate}")
    if (locked, decisions, due) != (LEARNERS, LEARNERS, LEARNERS):
        sys.exit(
            f"{name}: {locked} locked, {decisions} decisions and {due} lock messages due; expected {LEARNERS} of each"
        )


def _house(url: str) -> House:
    return House(ledger=open_ledger(url), policy=built_in(), targets=(Listener(),))


def _fill(name: str, house: House) -> None:
    for number in range(LEARNERS):
        identifier = f"learner-{number}"
        launched = launch_session(house, identifier, "supervisor", {"student": identifier, "exam": "exam"}, START)
        if not isinstance(launched, Session):
            sys.exit(launched.detail)
        record_heartbeat(house, Heartbeat(identifier=identifier, launch=1), START)
        if number % 1000 == 999:
            print(f"{name}: {number + 1} of {LEARNERS} learners are there", end="\r", file=sys.stderr)
    for second in range(-60, 121, 10):
        moment = START + timedelta(seconds=second)
        listen(house, moment, moment)


def _lock_all(url: str) -> float:
    gate = multiprocessing.Event()
    workers = [multiprocessing.Process(target=_work, args=(url, gate)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    time.sleep(2)  # until both have loaded
    began = time.perf_counter()
    gate.set()
    for worker in workers:
        worker.join()
    return time.perf_counter() - began


def _work(url: str, gate: "multiprocessing.synchronize.Event") -> None:
    house = _house(url)
    gate.wait()
    while lock_silent(house, LOCKED_AT_ONCE, SILENT):
        pass
    house.ledger.close()


_COUNTS = Statement("""
SELECT (SELECT COUNT(*) FROM session WHERE holds <> '[]'),
  (SELECT COUNT(*) FROM decision WHERE cause = 'silence'),
  (SELECT COUNT(*) FROM delivery WHERE topic = 'lock')
""")

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
