"""Sealing what has been written, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.checkpoint import NO_PREVIOUS, Checkpoint, CheckpointManifest
from proctor_results.evidence.write_checkpoints import INTERVAL, CheckpointWriter
from tests.support.reports import NOW, SAMPLE, accepted, body, record, rejected

DIGESTS = Statement("""
SELECT 'receipt', id, record_sha256 FROM receipt UNION ALL SELECT 'decision', id, record_sha256 FROM decision ORDER BY 1 DESC, 2
""")
MOMENT = timedelta(milliseconds=1)
IN_FLIGHT = Statement("""
INSERT INTO receipt (vendor, received_at, key_id, headers, body, body_sha256, result, detail, erasable_sha256, record_sha256)
VALUES ('supervisor', 0, '', '', '', '', 'invalid', '', '', 'late')
""")

on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time, so nothing commits late."""


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """The same database, opened by somebody else."""
    opened = connect(database_url)
    yield opened
    opened.close()


def sealed(sealer: CheckpointWriter, now: datetime = NOW, steps: int = 6) -> list[Checkpoint]:
    """What some steps of a worker write."""
    return [written for _ in range(steps) if (written := sealer.step(now))]


def test_what_has_been_written_is_sealed_by_one_checkpoint(deps: Dependencies) -> None:
    for said in (SAMPLE, b"{", accepted()):
        record(deps, said)

    (checkpoint,) = sealed(CheckpointWriter(deps))

    sheet = CheckpointManifest(NO_PREVIOUS, NOW)
    for each in deps.database.fetch(DIGESTS):
        sheet.add(*each)
    assert checkpoint.manifest_sha256 == sheet.manifest_sha256
    assert checkpoint.id_ranges == {"receipt": "1-3", "decision": "1"}


def test_where_nothing_is_new_nothing_is_written(deps: Dependencies) -> None:
    sealer = CheckpointWriter(deps)
    assert sealed(sealer) == []

    record(deps, SAMPLE)
    assert len(sealed(sealer, NOW + INTERVAL)) == 1
    assert sealed(sealer, NOW + 2 * INTERVAL) == []


def test_the_next_checkpoint_follows_the_one_before_a_minute_later_and_not_earlier(
    deps: Dependencies,
) -> None:
    sealer = CheckpointWriter(deps)
    record(deps, SAMPLE)
    (first,) = sealed(sealer)
    record(deps, accepted())

    assert sealed(sealer, NOW + INTERVAL - MOMENT) == []
    (second,) = sealed(sealer, NOW + INTERVAL)
    assert (second.previous_sha256, second.id_ranges) == (
        first.manifest_sha256,
        {"receipt": "2", "decision": "1"},
    )


def test_a_worker_that_starts_goes_by_what_others_have_sealed(deps: Dependencies) -> None:
    record(deps, SAMPLE)
    (first,) = sealed(CheckpointWriter(deps))
    record(deps, accepted())

    assert sealed(CheckpointWriter(deps), NOW + INTERVAL - MOMENT) == []
    (second,) = sealed(CheckpointWriter(deps), NOW + INTERVAL)
    assert second.previous_sha256 == first.manifest_sha256


def test_a_busy_minute_is_sealed_in_several_steps(deps: Dependencies) -> None:
    for number in range(5):
        record(deps, body(identifier=f"exam-{number}"))

    written = sealed(CheckpointWriter(deps, batch_size=2))

    assert [each.id_ranges["receipt"] for each in written] == ["1-2", "3-4", "5"]
    assert [each.previous_sha256 for each in written] == [
        NO_PREVIOUS,
        written[0].manifest_sha256,
        written[1].manifest_sha256,
    ]


def test_of_two_workers_at_work_only_one_follows_each_checkpoint(deps: Dependencies) -> None:
    record(deps, rejected())
    one, two = CheckpointWriter(deps), CheckpointWriter(deps)

    written = [each for _ in range(4) for sealer in (one, two) if (each := sealer.step(NOW))]

    assert [each.previous_sha256 for each in written] == [NO_PREVIOUS]


@on_a_server
def test_no_checkpoint_leaves_room_for_what_is_committed_late(
    deps: Dependencies, other: Database
) -> None:
    """Ids are given out before the commit: here 1 is seen after 2."""
    sealer = CheckpointWriter(deps)
    with other.transaction():
        other.fetch(IN_FLIGHT)
        record(deps, b"{")
        before = sealed(sealer)
    after = sealed(sealer)

    assert (before, [each.id_ranges["receipt"] for each in after]) == ([], ["1-2"])


@on_a_server
def test_who_begins_to_write_later_does_not_keep_a_checkpoint_waiting(
    deps: Dependencies, other: Database
) -> None:
    sealer = CheckpointWriter(deps)
    record(deps, b"{")
    sealer.step(NOW)

    with other.transaction():
        other.fetch(IN_FLIGHT)
        (checkpoint,) = sealed(sealer, steps=1)

    assert checkpoint.id_ranges["receipt"] == "1"


def test_a_newest_checkpoint_that_nobody_can_read_is_told_once_a_minute_and_not_followed(
    deps: Dependencies,
) -> None:
    sealer = CheckpointWriter(deps)
    record(deps, SAMPLE)
    sealed(sealer)
    deps.database.fetch(Statement("UPDATE checkpoint SET last_ids = 'x'"))
    record(deps, accepted())

    with pytest.raises(ValueError, match="checkpoint 1 cannot be read"):
        sealed(sealer, NOW + INTERVAL)
    assert sealed(sealer, NOW + 2 * INTERVAL - MOMENT) == []
    with pytest.raises(ValueError, match="checkpoint 1 cannot be read"):
        sealed(sealer, NOW + 2 * INTERVAL)
