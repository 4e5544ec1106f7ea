"""The reckoning finds nothing where all is well, and finds whatever is not: in the ledger, and in what was told."""

import json

import pytest

from bench.reconciliation.sides import Heard
from proctor_results.domain.words import Topic
from proctor_results.flows.house import House
from proctor_results.flows.keep_watch import arrive
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from tests.faults.reckoning import answered, complaints
from tests.listeners import Listener
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, record, rejected
from tests.steps import Steps

REPORTS = answered((SAMPLE, rejected(signed_at="2022-02-19T09:00:00.000Z"), accepted()))
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing here depends on it
OUTCOME, LOCK = f"{IDENTIFIER}.outcome", f"{IDENTIFIER}.lock"


@pytest.fixture
def heard(house: House, listener: Listener) -> list[Heard]:
    """What a listener hears that is told after each of three reports."""
    arrive(house, "worker-1", NOW)
    for report in REPORTS:
        record(house, report.body)
        worker = Steps()
        for _ in range(4):
            worker.go_on(house, 10, NOW)
    heard = [Heard(message_id, json.dumps(message).encode()) for message_id, message in listener.told]
    return sorted(heard, key=lambda each: (each.revision, each.about[1] is Topic.LOCK))


def test_where_all_is_well_there_are_no_complaints(ledger: Ledger, heard: list[Heard]) -> None:
    told = [each.webhook_id for each in heard]
    assert told == [f"{OUTCOME}.1", f"{OUTCOME}.2", f"{LOCK}.2", f"{OUTCOME}.3", f"{LOCK}.3"]
    assert complaints(ledger, REPORTS, heard) == []


def test_a_repeat_under_its_old_id_is_no_reason_to_complain(ledger: Ledger, heard: list[Heard]) -> None:
    assert complaints(ledger, REPORTS, [*heard, heard[-1]]) == []


def test_it_complains_of_what_was_told_again_without_a_change(house: House, ledger: Ledger, heard: list[Heard]) -> None:
    """A report that changes what is known of the session, and nothing that the LMS is told."""
    silent = accepted(signed_at="2022-02-19T10:00:00.000Z", duration=77)
    record(house, silent)
    again = Heard(f"{OUTCOME}.4", heard[-2].body.replace(b'"revision": 3', b'"revision": 4'))

    assert complaints(ledger, [*REPORTS, *answered([silent])], [*heard, again]) == [
        f"invented: {OUTCOME}.4: there was no such news at that revision",
        f"invented: {OUTCOME}.4: says what {OUTCOME}.3 said",
    ]


TAMPERED: dict[str, tuple[str, str]] = {
    "a receipt is gone": ("DELETE FROM receipt WHERE id = 3", "more often than stored"),
    "a session went back": ("UPDATE session SET outcome = 'pending'", "is stored otherwise than"),
    "a decision is gone": ("DELETE FROM decision WHERE revision = 2", "follows, and is missing"),
    "a delivery is left": ("UPDATE delivery SET delivered = 2 WHERE topic = 'outcome'", f"lost: {OUTCOME}.3 to"),
}


@pytest.mark.parametrize(("statement", "complaint"), TAMPERED.values(), ids=TAMPERED)
def test_it_complains_of_what_is_stored_wrongly(
    ledger: Ledger, heard: list[Heard], statement: str, complaint: str
) -> None:
    ledger.run(Statement("UPDATE decision SET receipt_id = NULL"))
    ledger.run(Statement(statement))
    assert any(complaint in each for each in complaints(ledger, REPORTS, heard))
