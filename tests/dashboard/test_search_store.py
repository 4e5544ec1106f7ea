"""Every kind of search, page by page, on both databases."""

from dataclasses import replace

import pytest

from proctor_results.dashboard.queries import search_store
from proctor_results.dashboard.queries.search_store import Cursor, SessionFilter
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.launches.launch_session import launch_session
from tests.support.reports import NOW, body, record, rejected


@pytest.fixture(autouse=True)
def _sessions(deps: Dependencies) -> None:
    """Nine sessions of three students; those after exam-3 are delivered."""
    for number in range(1, 10):
        student, identifier = ("anna", "bert", "exam-")[number % 3], f"exam-{number}"
        launch_session(
            deps, identifier, "supervisor", {"student": student, "exam": f"e{number % 2}"}, NOW
        )
        record(deps, (body, rejected)[number % 2](identifier=identifier))
    deps.database.fetch(_DELIVERED)


_DELIVERED = Statement("""
UPDATE delivery SET delivered_revision = desired_revision
WHERE session_id IN (SELECT id FROM session WHERE identifier > 'exam-3')
""")


def find_numbers(deps: Dependencies, session_filter: SessionFilter, limit: int = 2) -> str:
    """Return the numbers of the sessions found, in their order, page by page."""
    after: Cursor | None = None
    numbers = ""
    for _ in range(20):
        page = search_store.search(deps.database, session_filter, after, limit)
        numbers += "".join(listed.session.identifier.removeprefix("exam-") for listed in page.items)
        if page.next_cursor is None:
            return numbers
        after = page.next_cursor
    raise AssertionError("no end")


SEARCHES = {
    "everything": (SessionFilter(), "987654321"),
    "by identifier": (SessionFilter(prefix="exam-3"), "3"),
    "by student": (SessionFilter(prefix="an"), "369"),
    "one student's": (SessionFilter(student="bert"), "741"),
    "one exam's": (SessionFilter(exam="e0"), "8642"),
    "locked": (SessionFilter(hold="any"), "97531"),
    "locked for one reason": (SessionFilter(hold="rejected"), "97531"),
    "locked for another": (SessionFilter(hold="manual"), ""),
    "open": (SessionFilter(hold="none"), "8642"),
    "status": (SessionFilter(status="stopped"), "8642"),
    "outcome": (SessionFilter(outcome="rejected"), "97531"),
    "pending delivery": (SessionFilter(has_pending_delivery=True), "123"),
    "everything at once": (
        SessionFilter(
            prefix="e",
            exam="e1",
            student="bert",
            status="rejected",
            hold="any",
            has_pending_delivery=True,
        ),
        "1",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("session_filter", "numbers"), SEARCHES.values(), ids=SEARCHES.keys())
def test_all_matches_are_found_once_and_in_order(
    deps: Dependencies, session_filter: SessionFilter, numbers: str
) -> None:
    assert find_numbers(deps, session_filter) == numbers
    assert find_numbers(deps, session_filter, limit=50) == numbers


def test_a_match_by_identifier_and_student_is_listed_once(deps: Dependencies) -> None:
    assert find_numbers(deps, SessionFilter(prefix="exam-"), limit=50) == "258134679"


def test_a_search_continues_after_the_scan_limit(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        search_store, "SCAN_LIMIT", 4
    )  # a setting, not code: a million sessions would be needed

    for session_filter, numbers in SEARCHES.values():
        assert find_numbers(deps, session_filter) == numbers
    page = search_store.search(
        deps.database, SessionFilter(outcome="rejected", hold="none"), None, 2
    )
    assert page.items == ()
    assert page.next_cursor is not None


@pytest.mark.parametrize(
    "session_filter",
    [SessionFilter(), SessionFilter(has_pending_delivery=True), SessionFilter(prefix="e")],
)
def test_an_invented_cursor_does_no_harm(deps: Dependencies, session_filter: SessionFilter) -> None:
    assert (
        search_store.search(deps.database, session_filter, Cursor(id=10**17, sort_key="x"), 2)
        is not None
    )


def test_a_session_found_shows_whether_a_delivery_is_pending(deps: Dependencies) -> None:
    page = search_store.search(deps.database, replace(SessionFilter(), exam="e0"), None, 50)

    assert [listed.has_pending_delivery for listed in page.items] == [False, False, False, True]
