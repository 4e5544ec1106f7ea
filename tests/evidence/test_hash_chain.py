"""Receipts of one session form a chain, also with concurrent writers, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import peewee
import pytest

from proctor_results.database.connection import WriteConflict
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.hash_chain import chain_start
from proctor_results.sessions import repository
from proctor_results.sessions import save as session_save
from proctor_results.sessions.decision import ChangeSet
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import Receipt
from tests.support.reports import (
    IDENTIFIER,
    NOW,
    SAMPLE,
    accepted,
    body,
    inbound_request,
    record,
    rejected,
)

CHAIN = Statement(
    "SELECT chain_position, previous_sha256, record_sha256 FROM receipt "
    "WHERE identifier = :identifier ORDER BY id"
)
LOOSE = Statement(
    "SELECT chain_position, previous_sha256, record_sha256 FROM receipt WHERE identifier IS NULL"
)


def chain(deps: Dependencies, identifier: str = IDENTIFIER) -> list[tuple[int, str, str]]:
    return [
        (place, previous, digest)
        for place, previous, digest in deps.database.fetch(CHAIN, identifier=identifier)
    ]


def unbroken(deps: Dependencies, identifier: str = IDENTIFIER) -> int:
    """Follow the chain from its beginning and return its length."""
    links = chain(deps, identifier)
    before = [chain_start(identifier).record_sha256, *(digest for _, _, digest in links)]
    assert [place for place, _, _ in links] == list(range(1, len(links) + 1))
    assert [previous for _, previous, _ in links] == before[:-1]
    return len(links)


def write(deps: Dependencies, entry: ChangeSet) -> bool:
    with suppress(WriteConflict), deps.database.transaction():
        session_save.save(deps, entry)
        return True
    return False


def test_each_receipt_follows_the_one_before_whatever_became_of_it(deps: Dependencies) -> None:
    for payload in (
        SAMPLE,
        SAMPLE,
        accepted(),
        body(status="started"),
        body(status="new"),
        body(score="many"),
    ):
        record(deps, payload)

    assert unbroken(deps) == 6


def test_every_session_has_a_chain_of_its_own(deps: Dependencies) -> None:
    for identifier in ("one", "two", "one"):
        record(deps, body(identifier=identifier))

    assert (unbroken(deps, "one"), unbroken(deps, "two")) == (2, 1)


def test_what_names_no_session_is_in_no_chain_and_has_its_digest(deps: Dependencies) -> None:
    record(deps, b"{")

    ((place, previous, digest),) = deps.database.fetch(LOOSE)
    assert (place, previous, len(digest)) == (None, None, 64)


def test_the_same_body_at_another_time_has_another_digest(deps: Dependencies) -> None:
    record(deps, b"{")
    record(deps, b"{", NOW + timedelta(milliseconds=1))

    assert len({digest for _, _, digest in deps.database.fetch(LOOSE)}) == 2


def test_simultaneous_posts_of_every_kind_make_one_unbroken_chain(deps: Dependencies) -> None:
    def post(payload: bytes) -> None:
        record(deps, payload)
        deps.database.close()

    kinds = [SAMPLE, body(status="new"), body(score="many"), accepted()]
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(post, [*kinds, *(rejected(comment=str(number)) for number in range(4))] * 3)
        )

    assert unbroken(deps) == 24


@pytest.mark.parametrize("changing", [True, False], ids=["with a session", "alone"])
def test_a_receipt_whose_place_was_taken_meanwhile_is_not_written_and_changes_nothing(
    deps: Dependencies, changing: bool
) -> None:
    record(deps, SAMPLE)
    before = repository.get(deps.database, IDENTIFIER)
    assert before is not None
    late = Receipt(
        request=inbound_request(accepted()),
        result=ReceiptResult.DUPLICATE,
        identifier=IDENTIFIER,
        chain_head=chain_start(IDENTIFIER),
    )
    session: Session | None = replace(before, revision=2) if changing else None

    assert not write(deps, ChangeSet(receipt=late, session=session))
    assert (unbroken(deps), repository.get(deps.database, IDENTIFIER)) == (1, before)


def test_a_receipt_that_no_table_can_hold_is_our_fault_and_not_taken_for_a_rival(
    deps: Dependencies,
) -> None:
    request = replace(inbound_request(SAMPLE), key_id=None)  # type: ignore[arg-type]  # that is the fault
    receipt = Receipt(
        request=request,
        result=ReceiptResult.APPLIED,
        identifier="one",
        chain_head=chain_start("one"),
    )
    session = Session(identifier="one", vendor="supervisor", revision=1, updated_at=NOW)

    with pytest.raises(peewee.IntegrityError):
        write(deps, ChangeSet(receipt=receipt, session=session))
    assert repository.get(deps.database, "one") is None
