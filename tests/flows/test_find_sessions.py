"""An operator looks for sessions, for as long as it may take; on both databases."""

import pytest

from proctor_results.flows.find_sessions import Place, Wanted, find_sessions
from proctor_results.flows.house import House
from proctor_results.store import listing
from tests.reports import body, record, rejected

RARE = Wanted(outcome="rejected")


@pytest.fixture(autouse=True)
def _sessions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine of them, of which the oldest two are rejected; at a look two are seen."""
    monkeypatch.setattr(listing, "WINDOW", 2)  # no code of ours: a number that needs many sessions otherwise
    for number in range(1, 10):
        identifier = f"exam-{number}"
        record(house, (rejected if number < 3 else body)(identifier=identifier, student=identifier))


def found(house: House, wanted: Wanted, after: Place | None = None, *, enough: bool) -> tuple[str, Place | None]:
    page = find_sessions(house, wanted, after, 2, lambda: enough)
    return " ".join(listed.session.identifier for listed in page.found), page.next


def test_it_looks_on_until_the_page_is_full(house: House) -> None:
    identifiers, onward = found(house, RARE, enough=False)

    assert identifiers == "exam-2 exam-1"
    assert onward is not None


def test_what_takes_too_long_goes_on_from_there(house: House) -> None:
    after: Place | None = None
    pages = []
    for _ in range(5):
        identifiers, after = found(house, RARE, after, enough=True)
        pages.append(identifiers)

    assert pages == ["", "", "", "exam-2", "exam-1"]
    assert after is None


def test_what_nothing_fits_ends(house: House) -> None:
    assert found(house, Wanted(status="skipped"), enough=False) == ("", None)


def test_one_found_in_two_looks_stands_there_once(house: House) -> None:
    page = find_sessions(house, Wanted(begins="exam-"), None, 50, lambda: False)

    assert [listed.session.identifier for listed in page.found] == [f"exam-{number}" for number in range(1, 10)]
