"""A search fills its page within a time limit, on both databases."""

import pytest

from proctor_results.dashboard.queries import search_store
from proctor_results.dashboard.queries.find_sessions import (
    Cursor,
    SessionFilter,
    find_sessions,
)
from proctor_results.dependencies import Dependencies
from tests.support.reports import body, record, rejected

RARE = SessionFilter(outcome="rejected")


@pytest.fixture(autouse=True)
def _sessions(deps: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine sessions, of which the oldest two are rejected; a scan covers two."""
    monkeypatch.setattr(
        search_store, "SCAN_LIMIT", 2
    )  # a setting, not code: many sessions would be needed
    for number in range(1, 10):
        identifier = f"exam-{number}"
        record(deps, (rejected if number < 3 else body)(identifier=identifier, student=identifier))


def find_identifiers(
    deps: Dependencies,
    session_filter: SessionFilter,
    after: Cursor | None = None,
    *,
    time_is_up: bool,
) -> tuple[str, Cursor | None]:
    page = find_sessions(deps, session_filter, after, 2, lambda: time_is_up)
    return " ".join(item.session.identifier for item in page.items), page.next_cursor


def test_a_search_scans_until_the_page_is_full(deps: Dependencies) -> None:
    identifiers, next_cursor = find_identifiers(deps, RARE, time_is_up=False)

    assert identifiers == "exam-2 exam-1"
    assert next_cursor is not None


def test_a_search_that_takes_too_long_can_be_continued(deps: Dependencies) -> None:
    after: Cursor | None = None
    pages = []
    for _ in range(5):
        identifiers, after = find_identifiers(deps, RARE, after, time_is_up=True)
        pages.append(identifiers)

    assert pages == ["", "", "", "exam-2", "exam-1"]
    assert after is None


def test_a_search_without_matches_ends(deps: Dependencies) -> None:
    assert find_identifiers(deps, SessionFilter(status="skipped"), time_is_up=False) == ("", None)


def test_a_match_in_two_scans_is_listed_once(deps: Dependencies) -> None:
    page = find_sessions(deps, SessionFilter(prefix="exam-"), None, 50, lambda: False)

    assert [item.session.identifier for item in page.items] == [
        f"exam-{number}" for number in range(1, 10)
    ]
