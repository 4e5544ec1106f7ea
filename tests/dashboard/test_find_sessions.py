"""An operator looks for sessions, for as long as it may take; on both databases."""

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
    """Nine of them, of which the oldest two are rejected; at a look two are seen."""
    monkeypatch.setattr(
        search_store, "SCAN_LIMIT", 2
    )  # no code of ours: a number that needs many sessions otherwise
    for number in range(1, 10):
        identifier = f"exam-{number}"
        record(deps, (rejected if number < 3 else body)(identifier=identifier, student=identifier))


def found(
    deps: Dependencies, wanted: SessionFilter, after: Cursor | None = None, *, enough: bool
) -> tuple[str, Cursor | None]:
    page = find_sessions(deps, wanted, after, 2, lambda: enough)
    return " ".join(listed.session.identifier for listed in page.items), page.next_cursor


def test_it_looks_on_until_the_page_is_full(deps: Dependencies) -> None:
    identifiers, onward = found(deps, RARE, enough=False)

    assert identifiers == "exam-2 exam-1"
    assert onward is not None


def test_what_takes_too_long_goes_on_from_there(deps: Dependencies) -> None:
    after: Cursor | None = None
    pages = []
    for _ in range(5):
        identifiers, after = found(deps, RARE, after, enough=True)
        pages.append(identifiers)

    assert pages == ["", "", "", "exam-2", "exam-1"]
    assert after is None


def test_what_nothing_fits_ends(deps: Dependencies) -> None:
    assert found(deps, SessionFilter(status="skipped"), enough=False) == ("", None)


def test_one_found_in_two_looks_stands_there_once(deps: Dependencies) -> None:
    page = find_sessions(deps, SessionFilter(prefix="exam-"), None, 50, lambda: False)

    assert [listed.session.identifier for listed in page.items] == [
        f"exam-{number}" for number in range(1, 10)
    ]
