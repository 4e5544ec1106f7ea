"""The reckoning finds nothing where all is well, and finds whatever is not."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from proctor_results.domain.words import Topic
from proctor_results.flows.house import House
from proctor_results.flows.keep_watch import arrive
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from tests.faults.lms import Heard
from tests.faults.reckoning import complaints
from tests.listeners import Listener
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, record, rejected
from tests.steps import Steps

REPORTS = (SAMPLE, rejected(signed_at="2022-02-19T09:00:00.000Z"), accepted())
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing here depends on it
OUTCOME, LOCK = f"{IDENTIFIER}.outcome", f"{IDENTIFIER}.lock"


@pytest.fixture
def heard(house: House, listener: Listener) -> list[Heard]:
    """What a listener hears that is told after each of three reports."""
    arrive(house, "worker-1", NOW)
    for said in REPORTS:
        record(house, said)
        worker = Steps()
        for _ in range(4):
            worker.go_on(house, 10, NOW)
    heard = [Heard(id=message_id, message=json.loads(json.dumps(message))) for message_id, message in listener.told]
    return sorted(heard, key=lambda each: (each.revision, each.about[1] is Topic.LOCK))


def test_where_all_is_well_there_are_no_complaints(ledger: Ledger, heard: list[Heard]) -> None:
    assert [each.id for each in heard] == [f"{OUTCOME}.1", f"{OUTCOME}.2", f"{LOCK}.2", f"{OUTCOME}.3", f"{LOCK}.3"]
    assert complaints(ledger, REPORTS, heard) == []


def test_a_repeat_under_its_old_id_is_no_reason_to_complain(ledger: Ledger, heard: list[Heard]) -> None:
    assert complaints(ledger, REPORTS, [*heard, heard[-1]]) == []


def altered(heard: Heard, **data: Any) -> Heard:
    """The message with other data, under the id that goes with them."""
    each = Heard(id="", message={**heard.message, "data": {**heard.message["data"], **data}})
    return replace(each, id=".".join([*each.about, str(each.revision)]))


WRONG: dict[str, tuple[Callable[[list[Heard]], list[Heard]], list[str]]] = {
    "something old told last": (
        lambda heard: [*heard, heard[0]],
        [f"{OUTCOME}.1 was told after {OUTCOME}.3", f"the LMS does not have the newest outcome of {IDENTIFIER}"],
    ),
    "the newest never told": (
        lambda heard: heard[:-1],
        [f"the LMS does not have the newest lock of {IDENTIFIER}"],
    ),
    "another content under the same id": (
        lambda heard: [altered(heard[0], score=1), *heard],
        [f"{OUTCOME}.1 does not say what was so at that revision"],
    ),
    "the same content under a new id": (
        lambda heard: [*heard[:1], altered(heard[0], revision=2), *heard[1:]],
        [f"{OUTCOME}.2 does not say what was so at that revision"],
    ),
    "somebody nobody knows": (
        lambda heard: [altered(heard[0], identifier="nobody"), *heard],
        ["nobody.outcome.1 does not say what was so at that revision"],
    ),
}


@pytest.mark.parametrize(("wrong", "complaint"), WRONG.values(), ids=WRONG)
def test_it_complains_of_what_was_told_wrongly(
    ledger: Ledger, heard: list[Heard], wrong: Callable[[list[Heard]], list[Heard]], complaint: list[str]
) -> None:
    assert complaints(ledger, REPORTS, wrong(heard)) == complaint


def test_it_complains_of_what_was_told_again_without_a_change(house: House, ledger: Ledger, heard: list[Heard]) -> None:
    """A report that changes what is known of the session, and nothing that the LMS is told."""
    silent = accepted(signed_at="2022-02-19T10:00:00.000Z", duration=77)
    record(house, silent)
    again = altered(heard[-2], revision=4)
    assert complaints(ledger, [], [*heard, again]) == [f"{OUTCOME}.4 says nothing that {OUTCOME}.3 had not said"]


TAMPERED: dict[str, tuple[str, str]] = {
    "a receipt is gone": ("DELETE FROM receipt WHERE id = 3", "answered and not stored"),
    "a session went back": ("UPDATE session SET outcome = 'pending'", "is not what its reports make of it"),
    "a decision is gone": ("DELETE FROM decision WHERE revision = 2", "a decision is missing"),
    "a delivery is left": ("UPDATE delivery SET delivered = 2 WHERE topic = 'outcome'", "undelivered"),
}


@pytest.mark.parametrize(("statement", "complaint"), TAMPERED.values(), ids=TAMPERED)
def test_it_complains_of_what_is_stored_wrongly(
    ledger: Ledger, heard: list[Heard], statement: str, complaint: str
) -> None:
    ledger.run(Statement("UPDATE decision SET receipt_id = NULL"))
    ledger.run(Statement(statement))
    assert any(complaint in each for each in complaints(ledger, REPORTS, heard))
