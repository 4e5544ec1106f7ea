"""Finding sessions, on both databases: every way to look, page by page."""

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
    """Nine of them: exam-1 of anna, rejected; exam-2 of bert, told; and so on in turn."""
    for number in range(1, 10):
        student, identifier = ("anna", "bert", "exam-")[number % 3], f"exam-{number}"
        launch_session(
            deps, identifier, "supervisor", {"student": student, "exam": f"e{number % 2}"}, NOW
        )
        record(deps, (body, rejected)[number % 2](identifier=identifier))
    deps.database.fetch(_TOLD)


_TOLD = Statement("""
UPDATE delivery SET delivered_revision = desired_revision WHERE session_id IN (SELECT id FROM session WHERE identifier > 'exam-3')
""")


def found(deps: Dependencies, wanted: SessionFilter, at_once: int = 2) -> str:
    """The numbers of those found, in their order, page by page."""
    after: Cursor | None = None
    numbers = ""
    for _ in range(20):
        page = search_store.search(deps.database, wanted, after, at_once)
        numbers += "".join(listed.session.identifier.removeprefix("exam-") for listed in page.items)
        if page.next_cursor is None:
            return numbers
        after = page.next_cursor
    raise AssertionError("no end")


LOOKED_FOR = {
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
    "undelivered": (SessionFilter(has_pending_delivery=True), "123"),
    "everything at once": (
        SessionFilter(prefix="e", exam="e1", student="bert", status="rejected", hold="any", has_pending_delivery=True),
        "1",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("wanted", "numbers"), LOOKED_FOR.values(), ids=LOOKED_FOR.keys())
def test_all_that_fit_are_found_once_and_in_order(
    deps: Dependencies, wanted: SessionFilter, numbers: str
) -> None:
    assert found(deps, wanted) == numbers
    assert found(deps, wanted, at_once=50) == numbers


def test_one_found_by_identifier_and_by_student_stands_on_a_page_once(deps: Dependencies) -> None:
    assert found(deps, SessionFilter(prefix="exam-"), at_once=50) == "258134679"


def test_enough_looked_at_is_no_end(deps: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        search_store, "SCAN_LIMIT", 4
    )  # no code of ours: a number that needs a million sessions otherwise

    for wanted, numbers in LOOKED_FOR.values():
        assert found(deps, wanted) == numbers
    page = search_store.search(
        deps.database, SessionFilter(outcome="rejected", hold="none"), None, 2
    )
    assert page.items == ()
    assert page.next_cursor is not None


@pytest.mark.parametrize(
    "wanted", [SessionFilter(), SessionFilter(has_pending_delivery=True), SessionFilter(prefix="e")]
)
def test_a_place_that_nobody_gave_out_is_no_accident(
    deps: Dependencies, wanted: SessionFilter
) -> None:
    assert (
        search_store.search(deps.database, wanted, Cursor(id=10**17, sort_key="x"), 2) is not None
    )


def test_it_is_told_whether_the_newest_state_is(deps: Dependencies) -> None:
    page = search_store.search(deps.database, replace(SessionFilter(), exam="e0"), None, 50)

    assert [listed.has_pending_delivery for listed in page.items] == [False, False, False, True]
