"""Receipts of one session form a chain, whoever writes at the same time, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import peewee
import pytest

from proctor_results.domain.evidence import genesis
from proctor_results.domain.receipt import Receipt
from proctor_results.domain.session import Session
from proctor_results.domain.words import ReceiptVerdict
from proctor_results.flows.house import House
from proctor_results.flows.show_session import show_session
from proctor_results.store import entries
from proctor_results.store.entries import Entry
from proctor_results.store.statement import Statement
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected, request_of

CHAIN = Statement("SELECT place, previous, digest FROM receipt WHERE identifier = :identifier ORDER BY id")
LOOSE = Statement("SELECT place, previous, digest FROM receipt WHERE identifier IS NULL")


def chain(house: House, identifier: str = IDENTIFIER) -> list[tuple[int, str, str]]:
    return [(place, previous, digest) for place, previous, digest in house.ledger.run(CHAIN, identifier=identifier)]


def unbroken(house: House, identifier: str = IDENTIFIER) -> int:
    """How long the chain is, once it has been followed from its beginning."""
    links = chain(house, identifier)
    before = [genesis(identifier).digest, *(digest for _, _, digest in links)]
    assert [place for place, _, _ in links] == list(range(1, len(links) + 1))
    assert [previous for _, previous, _ in links] == before[:-1]
    return len(links)


def write(house: House, entry: Entry) -> bool:
    return house.ledger.enter(lambda: entries.write(house.ledger, entry))


def test_each_receipt_follows_the_one_before_whatever_became_of_it(house: House) -> None:
    for said in (SAMPLE, SAMPLE, accepted(), body(status="started"), body(status="new"), body(score="many")):
        record(house, said)

    assert unbroken(house) == 6


def test_every_session_has_a_chain_of_its_own(house: House) -> None:
    for identifier in ("one", "two", "one"):
        record(house, body(identifier=identifier))

    assert (unbroken(house, "one"), unbroken(house, "two")) == (2, 1)


def test_what_names_no_session_is_in_no_chain_and_has_its_digest(house: House) -> None:
    record(house, b"{")

    ((place, previous, digest),) = house.ledger.run(LOOSE)
    assert (place, previous, len(digest)) == (None, None, 64)


def test_the_same_said_at_another_time_has_another_digest(house: House) -> None:
    record(house, b"{")
    record(house, b"{", NOW + timedelta(milliseconds=1))

    assert len({digest for _, _, digest in house.ledger.run(LOOSE)}) == 2


def test_simultaneous_posts_of_every_kind_make_one_unbroken_chain(house: House) -> None:
    def post(said: bytes) -> None:
        record(house, said)
        house.ledger.close()

    kinds = [SAMPLE, body(status="new"), body(score="many"), accepted()]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(post, [*kinds, *(rejected(comment=str(number)) for number in range(4))] * 3))

    assert unbroken(house) == 24


@pytest.mark.parametrize("changing", [True, False], ids=["with a session", "alone"])
def test_a_receipt_whose_place_was_taken_meanwhile_is_not_written_and_changes_nothing(
    house: House, changing: bool
) -> None:
    record(house, SAMPLE)
    before = show_session(house, IDENTIFIER)
    assert before is not None
    late = Receipt(
        request=request_of(accepted()),
        verdict=ReceiptVerdict.DUPLICATE,
        identifier=IDENTIFIER,
        previous=genesis(IDENTIFIER),
    )
    session: Session | None = replace(before, revision=2) if changing else None

    assert not write(house, Entry(receipt=late, session=session))
    assert (unbroken(house), show_session(house, IDENTIFIER)) == (1, before)


def test_a_receipt_that_no_table_can_hold_is_our_fault_and_not_taken_for_a_rival(house: House) -> None:
    request = replace(request_of(SAMPLE), key_id=None)  # type: ignore[arg-type]  # that is the fault
    receipt = Receipt(request=request, verdict=ReceiptVerdict.APPLIED, identifier="one", previous=genesis("one"))
    session = Session(identifier="one", vendor="supervisor", revision=1, updated_at=NOW)

    with pytest.raises(peewee.IntegrityError):
        write(house, Entry(receipt=receipt, session=session))
    assert show_session(house, "one") is None
