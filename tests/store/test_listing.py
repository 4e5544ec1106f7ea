"""Finding sessions, on both databases: every way to look, page by page."""

from dataclasses import replace

import pytest

from proctor_results.flows.house import House
from proctor_results.flows.launch_session import launch_session
from proctor_results.store import listing
from proctor_results.store.listing import Place, Wanted
from proctor_results.store.statement import Statement
from tests.reports import NOW, body, record, rejected


@pytest.fixture(autouse=True)
def _sessions(house: House) -> None:
    """Nine of them: exam-1 of anna, rejected; exam-2 of bert, told; and so on in turn."""
    for number in range(1, 10):
        student, identifier = ("anna", "bert", "exam-")[number % 3], f"exam-{number}"
        launch_session(house, identifier, "supervisor", {"student": student, "exam": f"e{number % 2}"}, NOW)
        record(house, (body, rejected)[number % 2](identifier=identifier))
    house.ledger.run(_TOLD)


_TOLD = Statement("""
UPDATE delivery SET delivered = wanted WHERE session_id IN (SELECT id FROM session WHERE identifier > 'exam-3')
""")


def found(house: House, wanted: Wanted, at_once: int = 2) -> str:
    """The numbers of those found, in their order, page by page."""
    after: Place | None = None
    numbers = ""
    for _ in range(20):
        page = listing.find(house.ledger, wanted, after, at_once)
        numbers += "".join(listed.session.identifier.removeprefix("exam-") for listed in page.found)
        if page.next is None:
            return numbers
        after = page.next
    raise AssertionError("no end")


LOOKED_FOR = {
    "everything": (Wanted(), "987654321"),
    "by identifier": (Wanted(begins="exam-3"), "3"),
    "by student": (Wanted(begins="an"), "369"),
    "one student's": (Wanted(student="bert"), "741"),
    "one exam's": (Wanted(exam="e0"), "8642"),
    "locked": (Wanted(held="any"), "97531"),
    "locked for one reason": (Wanted(held="rejected"), "97531"),
    "locked for another": (Wanted(held="manual"), ""),
    "open": (Wanted(held="none"), "8642"),
    "status": (Wanted(status="stopped"), "8642"),
    "outcome": (Wanted(outcome="rejected"), "97531"),
    "undelivered": (Wanted(undelivered=True), "123"),
    "everything at once": (
        Wanted(begins="e", exam="e1", student="bert", status="rejected", held="any", undelivered=True),
        "1",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("wanted", "numbers"), LOOKED_FOR.values(), ids=LOOKED_FOR.keys())
def test_all_that_fit_are_found_once_and_in_order(house: House, wanted: Wanted, numbers: str) -> None:
    assert found(house, wanted) == numbers
    assert found(house, wanted, at_once=50) == numbers


def test_one_found_by_identifier_and_by_student_stands_on_a_page_once(house: House) -> None:
    assert found(house, Wanted(begins="exam-"), at_once=50) == "258134679"


def test_enough_looked_at_is_no_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "WINDOW", 4)  # no code of ours: a number that needs a million sessions otherwise

    for wanted, numbers in LOOKED_FOR.values():
        assert found(house, wanted) == numbers
    page = listing.find(house.ledger, Wanted(outcome="rejected", held="none"), None, 2)
    assert page.found == ()
    assert page.next is not None


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(undelivered=True), Wanted(begins="e")])
def test_a_place_that_nobody_gave_out_is_no_accident(house: House, wanted: Wanted) -> None:
    assert listing.find(house.ledger, wanted, Place(id=10**17, key="x"), 2) is not None


def test_it_is_told_whether_the_newest_state_is(house: House) -> None:
    page = listing.find(house.ledger, replace(Wanted(), exam="e0"), None, 50)

    assert [listed.undelivered for listed in page.found] == [False, False, False, True]
