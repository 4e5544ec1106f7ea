"""The worker writes checkpoints, on both databases."""

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
SELECT 'receipt', id, record_sha256 FROM receipt UNION ALL
SELECT 'decision', id, record_sha256 FROM decision ORDER BY 1 DESC, 2
""")
MOMENT = timedelta(milliseconds=1)
IN_FLIGHT = Statement("""
INSERT INTO receipt (
  vendor, received_at, key_id, headers, body, body_sha256, result, detail, erasable_sha256,
  record_sha256
)
VALUES ('supervisor', 0, '', '', '', '', 'invalid', '', '', 'late')
""")

on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time, so nothing commits late."""


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """Open the same database a second time."""
    opened = connect(database_url)
    yield opened
    opened.close()


def run_steps(
    checkpoint_writer: CheckpointWriter, now: datetime = NOW, steps: int = 6
) -> list[Checkpoint]:
    """Take steps of a worker and return the checkpoints that they write."""
    return [written for _ in range(steps) if (written := checkpoint_writer.step(now))]


def test_one_checkpoint_covers_all_records(deps: Dependencies) -> None:
    for payload in (SAMPLE, b"{", accepted()):
        record(deps, payload)

    (checkpoint,) = run_steps(CheckpointWriter(deps))

    sheet = CheckpointManifest(NO_PREVIOUS, NOW)
    for each in deps.database.fetch(DIGESTS):
        sheet.add(*each)
    assert checkpoint.manifest_sha256 == sheet.manifest_sha256
    assert checkpoint.id_ranges == {"receipt": "1-3", "decision": "1"}


def test_no_checkpoint_is_written_without_new_records(deps: Dependencies) -> None:
    checkpoint_writer = CheckpointWriter(deps)
    assert run_steps(checkpoint_writer) == []

    record(deps, SAMPLE)
    assert len(run_steps(checkpoint_writer, NOW + INTERVAL)) == 1
    assert run_steps(checkpoint_writer, NOW + 2 * INTERVAL) == []


def test_the_next_checkpoint_follows_the_one_before_a_minute_later_and_not_earlier(
    deps: Dependencies,
) -> None:
    checkpoint_writer = CheckpointWriter(deps)
    record(deps, SAMPLE)
    (first,) = run_steps(checkpoint_writer)
    record(deps, accepted())

    assert run_steps(checkpoint_writer, NOW + INTERVAL - MOMENT) == []
    (second,) = run_steps(checkpoint_writer, NOW + INTERVAL)
    assert (second.previous_sha256, second.id_ranges) == (
        first.manifest_sha256,
        {"receipt": "2", "decision": "1"},
    )


def test_a_new_worker_follows_the_checkpoints_of_others(deps: Dependencies) -> None:
    record(deps, SAMPLE)
    (first,) = run_steps(CheckpointWriter(deps))
    record(deps, accepted())

    assert run_steps(CheckpointWriter(deps), NOW + INTERVAL - MOMENT) == []
    (second,) = run_steps(CheckpointWriter(deps), NOW + INTERVAL)
    assert second.previous_sha256 == first.manifest_sha256


def test_a_busy_minute_has_several_checkpoints(deps: Dependencies) -> None:
    for number in range(5):
        record(deps, body(identifier=f"exam-{number}"))

    written = run_steps(CheckpointWriter(deps, batch_size=2))

    assert [each.id_ranges["receipt"] for each in written] == ["1-2", "3-4", "5"]
    assert [each.previous_sha256 for each in written] == [
        NO_PREVIOUS,
        written[0].manifest_sha256,
        written[1].manifest_sha256,
    ]


def test_only_one_of_two_workers_follows_each_checkpoint(deps: Dependencies) -> None:
    record(deps, rejected())
    one, two = CheckpointWriter(deps), CheckpointWriter(deps)

    written = [
        each
        for _ in range(4)
        for checkpoint_writer in (one, two)
        if (each := checkpoint_writer.step(NOW))
    ]

    assert [each.previous_sha256 for each in written] == [NO_PREVIOUS]


@on_a_server
def test_a_checkpoint_waits_for_late_commits(deps: Dependencies, other: Database) -> None:
    """Ids are given out before the commit: here 1 is seen after 2."""
    checkpoint_writer = CheckpointWriter(deps)
    with other.transaction():
        other.fetch(IN_FLIGHT)
        record(deps, b"{")
        before = run_steps(checkpoint_writer)
    after = run_steps(checkpoint_writer)

    assert (before, [each.id_ranges["receipt"] for each in after]) == ([], ["1-2"])


@on_a_server
def test_a_checkpoint_does_not_wait_for_later_transactions(
    deps: Dependencies, other: Database
) -> None:
    checkpoint_writer = CheckpointWriter(deps)
    record(deps, b"{")
    checkpoint_writer.step(NOW)

    with other.transaction():
        other.fetch(IN_FLIGHT)
        (checkpoint,) = run_steps(checkpoint_writer, steps=1)

    assert checkpoint.id_ranges["receipt"] == "1"


def test_an_unreadable_newest_checkpoint_is_reported_once_a_minute_and_not_followed(
    deps: Dependencies,
) -> None:
    checkpoint_writer = CheckpointWriter(deps)
    record(deps, SAMPLE)
    run_steps(checkpoint_writer)
    deps.database.fetch(Statement("UPDATE checkpoint SET last_ids = 'x'"))
    record(deps, accepted())

    with pytest.raises(ValueError, match="checkpoint 1 cannot be read"):
        run_steps(checkpoint_writer, NOW + INTERVAL)
    assert run_steps(checkpoint_writer, NOW + 2 * INTERVAL - MOMENT) == []
    with pytest.raises(ValueError, match="checkpoint 1 cannot be read"):
        run_steps(checkpoint_writer, NOW + 2 * INTERVAL)
