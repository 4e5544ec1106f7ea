"""Waiting writers share one transaction, and none returns before the commit."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.database.group_commit import GroupCommit
from proctor_results.database.statement import Statement
from proctor_results.logs import request_id

ADD = Statement("INSERT INTO policy (sha256, text) VALUES (:name, '')")
NAMES = Statement("SELECT sha256 FROM policy ORDER BY sha256")


class Transactions:
    """Record what happens to transactions; a test can delay their commit."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.may_commit = threading.Event()
        self.may_commit.set()
        self.fault: Exception | None = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.events.append("begin")
        try:
            yield
        except BaseException:
            self.events.append("rollback")
            raise
        assert self.may_commit.wait(10)
        if self.fault:
            raise self.fault
        self.events.append("commit")


@pytest.fixture
def transactions() -> Transactions:
    return Transactions()


@pytest.fixture
def turns(transactions: Transactions) -> GroupCommit:
    return GroupCommit(transactions)


def crowd(
    turns: GroupCommit, transactions: Transactions, steps: list[Callable[[], object]]
) -> list[Future[object]]:
    """Delay the commit of one step, so that the others share the next transaction.

    Each step runs in a thread of its own.
    """

    def ask(number: int, step: Callable[[], object]) -> object:
        request_id.continue_request(str(number))
        return turns.run(step)

    transactions.may_commit.clear()
    pool = ThreadPoolExecutor(len(steps) + 1)
    first = pool.submit(turns.run, lambda: "first")
    until(lambda: transactions.events == ["begin"])
    others = [pool.submit(ask, number, step) for number, step in enumerate(steps)]
    until(lambda: len(turns._pending) == len(steps))
    transactions.may_commit.set()
    pool.shutdown(wait=True)
    return [first, *others]


def until(fact: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if fact():
            return
        pause.wait(0.005)
    raise AssertionError("it never came to that")


def test_a_lone_step_has_a_transaction_of_its_own(
    turns: GroupCommit, transactions: Transactions
) -> None:
    assert turns.run(lambda: 7) == 7
    assert transactions.events == ["begin", "commit"]


def test_those_who_wait_share_one_transaction(
    turns: GroupCommit, transactions: Transactions
) -> None:
    done = crowd(turns, transactions, [lambda each=each: each for each in range(5)])  # type: ignore[misc]  # a loop's
    assert [each.result() for each in done] == ["first", 0, 1, 2, 3, 4]
    assert transactions.events == ["begin", "commit"] * 2


def test_a_step_knows_the_request_behind_it_whichever_thread_takes_it(
    turns: GroupCommit, transactions: Transactions
) -> None:
    done = crowd(turns, transactions, [request_id.current] * 3)
    assert [each.result() for each in done] == ["first", "0", "1", "2"]


def test_a_step_that_fails_affects_no_other_writer(
    turns: GroupCommit, transactions: Transactions
) -> None:
    done = crowd(turns, transactions, [lambda: 1, lambda: 1 // 0, lambda: 3])
    assert [done[1].result(), done[3].result()] == [1, 3]
    assert isinstance(done[2].exception(), ZeroDivisionError)
    shared, alone = (
        ["begin", "rollback"],
        ["begin", "commit", "begin", "rollback", "begin", "commit"],
    )
    assert transactions.events == ["begin", "commit", *shared, *alone]


def test_a_failed_commit_raises_for_all_writers_that_shared_it(
    turns: GroupCommit, transactions: Transactions
) -> None:
    transactions.fault = DatabaseUnavailable("disk full")
    done = crowd(turns, transactions, [lambda: 1, lambda: 2])
    assert [type(each.exception()) for each in done] == [DatabaseUnavailable] * 3
    assert "commit" not in transactions.events


def test_a_leader_that_is_stopped_leaves_no_writer_waiting(
    turns: GroupCommit, transactions: Transactions
) -> None:
    def stopped() -> None:
        raise SystemExit

    done = crowd(turns, transactions, [stopped, lambda: 2])
    assert isinstance(done[1].exception(), SystemExit)
    assert done[2].result() == 2
    assert turns.run(lambda: "goes on") == "goes on"


def test_everything_that_was_answered_is_there(database: Database) -> None:
    def add(number: int) -> str:
        database.run_write(lambda: database.fetch(ADD, name=f"{number:03}"))
        database.close()
        return f"{number:03}"

    with ThreadPoolExecutor(16) as pool:
        answered = list(pool.map(add, range(200)))
    assert [name for (name,) in database.fetch(NAMES)] == sorted(answered)


def test_a_step_within_a_transaction_belongs_to_it(database: Database) -> None:
    def think_better_of_it() -> None:
        with database.transaction():
            database.run_write(lambda: database.fetch(ADD, name="undone"))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        think_better_of_it()
    assert database.fetch(NAMES) == []
