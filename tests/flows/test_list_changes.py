"""The change feed, on both databases."""

import pytest

from proctor_results.flows.house import House
from proctor_results.flows.list_changes import list_changes
from proctor_results.store import feed
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from tests.reports import IDENTIFIER, SAMPLE, accepted, body, record

INSERT_EARLY = Statement("""
INSERT INTO session (identifier, vendor, status, outcome, enrolment, launches, facts, standings, findings,
  reasons, holds, releases, revision, created_at, updated_at)
VALUES ('early', 'supervisor', 'created', 'pending', '{}', 0, '{}', '[]', '[]', '[]', '[]', '{}', 1, 0, 0)
""")


def places(house: House, after: int = 0, limit: int = 100) -> list[tuple[int, str]]:
    return [(place, session.identifier) for place, session in list_changes(house, after, limit)]


def test_each_changed_session_is_listed_once_and_as_it_is_now(house: House) -> None:
    record(house, SAMPLE)
    record(house, accepted())

    ((place, session),) = list_changes(house, 0, 100)

    assert (place, session.revision) == (1, 2)


def test_nothing_changed_nothing_listed(house: House) -> None:
    record(house, SAMPLE)

    ((last, _),) = places(house)

    assert places(house, after=last) == []


def test_a_session_that_changes_again_comes_again(house: House) -> None:
    record(house, SAMPLE)
    record(house, body(identifier="another"))
    last, _ = places(house)[-1]

    record(house, body(identifier="another", status="accepted"))

    assert places(house, after=last) == [(last + 1, "another")]


def test_a_place_once_shown_is_never_given_again(house: House) -> None:
    """The last place falls free when its session changes; given again, it would be behind the reader's back."""
    record(house, SAMPLE)
    ((last, _),) = places(house)
    record(house, accepted())

    assert places(house, after=last) == [(last + 1, IDENTIFIER)]


def test_pages_follow_each_other_without_gap_or_repeat(house: House) -> None:
    for number in range(7):
        record(house, body(identifier=f"session-{number}"))

    read: list[tuple[int, str]] = []
    while page := places(house, after=read[-1][0] if read else 0, limit=3):
        read += page

    assert [identifier for _, identifier in read] == [f"session-{number}" for number in range(7)]


def test_a_writer_that_commits_late_is_not_skipped(house: House, ledger: Ledger, database_url: str) -> None:
    """Two transactions are open at once and the one that began first commits last."""
    if ledger.embedded:
        pytest.skip("SQLite has one writer at a time, so nothing commits late")
    late = open_ledger(database_url)
    with late.transaction():
        late.run(INSERT_EARLY)
        record(house, SAMPLE)
        ((last, _),) = places(house)
    late.close()

    assert [identifier for _, identifier in places(house, after=last)] == ["early"]


def test_two_readers_give_out_every_place_once(house: House, database_url: str) -> None:
    record(house, SAMPLE)
    other = open_ledger(database_url)
    with house.ledger.transaction():
        feed.give_places(house.ledger, 100)
    with other.transaction():
        feed.give_places(other, 100)
    other.close()

    assert places(house) == [(1, IDENTIFIER)]
