"""Sealing what has been written, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from proctor_results.domain.checkpoint import FIRST, Checkpoint, Sheet
from proctor_results.flows.house import House
from proctor_results.flows.seal import EVERY, Sealer
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from tests.reports import NOW, SAMPLE, accepted, body, record, rejected

DIGESTS = Statement("""
SELECT 'receipt', id, digest FROM receipt UNION ALL SELECT 'decision', id, digest FROM decision ORDER BY 1 DESC, 2
""")
MOMENT = timedelta(milliseconds=1)
IN_FLIGHT = Statement("""
INSERT INTO receipt (vendor, received_at, key_id, headers, body, sha256, verdict, detail, particulars, digest)
VALUES ('supervisor', 0, '', '', '', '', 'invalid', '', '', 'late')
""")

on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time, so nothing commits late."""


@pytest.fixture
def other(database_url: str) -> Iterator[Ledger]:
    """The same database, opened by somebody else."""
    opened = open_ledger(database_url)
    yield opened
    opened.close()


def sealed(sealer: Sealer, now: datetime = NOW, steps: int = 6) -> list[Checkpoint]:
    """What some steps of a worker write."""
    return [written for _ in range(steps) if (written := sealer.go_on(now))]


def test_what_has_been_written_is_sealed_by_one_checkpoint(house: House) -> None:
    for said in (SAMPLE, b"{", accepted()):
        record(house, said)

    (checkpoint,) = sealed(Sealer(house))

    sheet = Sheet(FIRST, NOW)
    for each in house.ledger.run(DIGESTS):
        sheet.add(*each)
    assert checkpoint.digest == sheet.digest
    assert checkpoint.covers == {"receipt": "1-3", "decision": "1"}


def test_where_nothing_is_new_nothing_is_written(house: House) -> None:
    sealer = Sealer(house)
    assert sealed(sealer) == []

    record(house, SAMPLE)
    assert len(sealed(sealer, NOW + EVERY)) == 1
    assert sealed(sealer, NOW + 2 * EVERY) == []


def test_the_next_checkpoint_follows_the_one_before_a_minute_later_and_not_earlier(house: House) -> None:
    sealer = Sealer(house)
    record(house, SAMPLE)
    (first,) = sealed(sealer)
    record(house, accepted())

    assert sealed(sealer, NOW + EVERY - MOMENT) == []
    (second,) = sealed(sealer, NOW + EVERY)
    assert (second.previous, second.covers) == (first.digest, {"receipt": "2", "decision": "1"})


def test_a_worker_that_starts_goes_by_what_others_have_sealed(house: House) -> None:
    record(house, SAMPLE)
    (first,) = sealed(Sealer(house))
    record(house, accepted())

    assert sealed(Sealer(house), NOW + EVERY - MOMENT) == []
    (second,) = sealed(Sealer(house), NOW + EVERY)
    assert second.previous == first.digest


def test_a_busy_minute_is_sealed_in_several_steps(house: House) -> None:
    for number in range(5):
        record(house, body(identifier=f"exam-{number}"))

    written = sealed(Sealer(house, at_once=2))

    assert [each.covers["receipt"] for each in written] == ["1-2", "3-4", "5"]
    assert [each.previous for each in written] == [FIRST, written[0].digest, written[1].digest]


def test_of_two_workers_at_work_only_one_follows_each_checkpoint(house: House) -> None:
    record(house, rejected())
    one, two = Sealer(house), Sealer(house)

    written = [each for _ in range(4) for sealer in (one, two) if (each := sealer.go_on(NOW))]

    assert [each.previous for each in written] == [FIRST]


@on_a_server
def test_no_checkpoint_leaves_room_for_what_is_committed_late(house: House, other: Ledger) -> None:
    """Ids are given out before the commit: here 1 is seen after 2."""
    sealer = Sealer(house)
    with other.transaction():
        other.run(IN_FLIGHT)
        record(house, b"{")
        before = sealed(sealer)
    after = sealed(sealer)

    assert (before, [each.covers["receipt"] for each in after]) == ([], ["1-2"])


@on_a_server
def test_who_begins_to_write_later_does_not_keep_a_checkpoint_waiting(house: House, other: Ledger) -> None:
    sealer = Sealer(house)
    record(house, b"{")
    sealer.go_on(NOW)

    with other.transaction():
        other.run(IN_FLIGHT)
        (checkpoint,) = sealed(sealer, steps=1)

    assert checkpoint.covers["receipt"] == "1"


def test_a_newest_checkpoint_that_nobody_can_read_is_told_once_a_minute_and_not_followed(house: House) -> None:
    sealer = Sealer(house)
    record(house, SAMPLE)
    sealed(sealer)
    house.ledger.run(Statement("UPDATE checkpoint SET last = 'x'"))
    record(house, accepted())

    with pytest.raises(ValueError, match="checkpoint 1 cannot be read"):
        sealed(sealer, NOW + EVERY)
    assert sealed(sealer, NOW + 2 * EVERY - MOMENT) == []
    with pytest.raises(ValueError, match="checkpoint 1 cannot be read"):
        sealed(sealer, NOW + 2 * EVERY)
