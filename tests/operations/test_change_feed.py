"""The change feed, on both databases."""

import pytest

from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.operations import change_feed
from proctor_results.operations.change_feed import list_changes
from tests.support.reports import IDENTIFIER, SAMPLE, accepted, body, record

INSERT_EARLY = Statement("""
INSERT INTO session (
  identifier, vendor, status, outcome, lms_attributes, launch_count, facts, precedences, findings,
  reasons, holds, released_triggers, revision, created_at, updated_at
)
VALUES (
  'early', 'supervisor', 'created', 'pending', '{}', 0, '{}', '[]', '[]',
  '[]', '[]', '{}', 1, 0, 0
)
""")


def places(deps: Dependencies, after: int = 0, limit: int = 100) -> list[tuple[int, str]]:
    return [(place, session.identifier) for place, session in list_changes(deps, after, limit)]


def test_each_changed_session_is_listed_once_and_as_it_is_now(deps: Dependencies) -> None:
    record(deps, SAMPLE)
    record(deps, accepted())

    ((place, session),) = list_changes(deps, 0, 100)

    assert (place, session.revision) == (1, 2)


def test_nothing_changed_nothing_listed(deps: Dependencies) -> None:
    record(deps, SAMPLE)

    ((last, _),) = places(deps)

    assert places(deps, after=last) == []


def test_a_session_that_changes_again_comes_again(deps: Dependencies) -> None:
    record(deps, SAMPLE)
    record(deps, body(identifier="another"))
    last, _ = places(deps)[-1]

    record(deps, body(identifier="another", status="accepted"))

    assert places(deps, after=last) == [(last + 1, "another")]


def test_a_place_once_shown_is_never_given_again(deps: Dependencies) -> None:
    """The last place becomes free when its session changes; a reader would miss its reuse."""
    record(deps, SAMPLE)
    ((last, _),) = places(deps)
    record(deps, accepted())

    assert places(deps, after=last) == [(last + 1, IDENTIFIER)]


def test_pages_follow_each_other_without_gap_or_repeat(deps: Dependencies) -> None:
    for number in range(7):
        record(deps, body(identifier=f"session-{number}"))

    read: list[tuple[int, str]] = []
    while page := places(deps, after=read[-1][0] if read else 0, limit=3):
        read += page

    assert [identifier for _, identifier in read] == [f"session-{number}" for number in range(7)]


def test_a_writer_that_commits_late_is_not_skipped(
    deps: Dependencies, database: Database, database_url: str
) -> None:
    """Two transactions are open at once and the one that began first commits last."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time, so nothing commits late")
    late = connect(database_url)
    with late.transaction():
        late.fetch(INSERT_EARLY)
        record(deps, SAMPLE)
        ((last, _),) = places(deps)
    late.close()

    assert [identifier for _, identifier in places(deps, after=last)] == ["early"]


def test_two_readers_give_out_every_place_once(deps: Dependencies, database_url: str) -> None:
    record(deps, SAMPLE)
    other = connect(database_url)
    with deps.database.transaction():
        change_feed.assign_positions(deps.database, 100)
    with other.transaction():
        change_feed.assign_positions(other, 100)
    other.close()

    assert places(deps) == [(1, IDENTIFIER)]
