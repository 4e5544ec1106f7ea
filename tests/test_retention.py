"""`prune` and `erase`: what goes, what stays, and that the evidence still holds; on both databases."""

from datetime import datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time

from proctor_results.domain.words import HoldKind
from proctor_results.flows.hold_by_hand import Hand, hold_by_hand, release_by_hand
from proctor_results.flows.house import House
from proctor_results.flows.launch_session import Contradiction, launch_session
from proctor_results.flows.prune import AT_ONCE, Ages, Pruning
from proctor_results.flows.seal import Sealer
from proctor_results.flows.verify_receipts import Verification
from proctor_results.store import sessions
from proctor_results.store.ledger import Ledger, Row
from proctor_results.store.statement import Statement
from tests.conftest import VENDOR_KEY, with_listener
from tests.listeners import Listener
from tests.reports import NOW, accepted, body, record, rejected
from tests.steps import Steps

LATER = NOW + timedelta(days=100)
NAME = "ada-lovelace"
EVERYTHING = {
    table: Statement(f"SELECT * FROM {table}")  # noqa: S608  # constants only
    for table in ("session", "receipt", "decision", "watch", "live", "delivery", "attempt", "erasure", "tally")
}
BODIES = Statement("SELECT body, pruned_at IS NOT NULL FROM receipt ORDER BY id")
ATTEMPTS = Statement("SELECT COUNT(*) FROM attempt")


@pytest.fixture
def house(app: Flask, listener: Listener) -> House:
    return with_listener(app, listener)


def call(app: Flask, *words: str) -> Result:
    with freeze_time(LATER):
        return app.test_cli_runner().invoke(args=words)


def lines(app: Flask, *words: str) -> list[str]:
    result = call(app, *words)
    assert result.exit_code == 0, result.output
    return [line for line in result.stdout.splitlines() if not line.startswith("{")]


def told(house: House) -> None:
    steps = Steps()
    steps.go_on(house, 100, NOW)
    while steps.busy:
        steps.go_on(house, 100, NOW)


def rows(ledger: Ledger) -> list[Row]:
    return [row for statement in EVERYTHING.values() for row in ledger.run(statement)]


def named(ledger: Ledger, name: str) -> list[Row]:
    return [row for row in rows(ledger) if name in str([bytes(v) if isinstance(v, memoryview) else v for v in row])]


def seal(house: House, now: datetime) -> None:
    sealer = Sealer(house)
    for _ in range(3):
        sealer.go_on(now)


def verified(house: House) -> tuple[list[str], int, int]:
    verification = Verification(house)
    faults = [fault.detail for fault in verification.faults(lambda _: None)]
    return faults, verification.seen["pruned"], verification.seen["erased"]


def test_old_bodies_are_emptied_and_the_evidence_holds(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, accepted())
    record(house, b"nothing that anybody could read")
    told(house)
    record(house, accepted(identifier="new"), LATER)
    seal(house, LATER)

    assert lines(app, "prune", "--receipt-bodies", "90") == ["pruned 2 bodies, 0 attempts, 0 sessions"]

    assert [(not bytes(said), bool(pruned)) for said, pruned in ledger.run(BODIES)] == [(True, True)] * 2 + [
        (False, False)
    ]
    assert verified(house) == ([], 2, 0)


def test_a_dry_run_says_as_much_and_does_nothing(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, accepted())
    told(house)
    before = rows(ledger)

    said = lines(app, "prune", "--receipt-bodies", "90", "--attempts", "90", "--sessions", "90", "--dry-run")

    assert said == ["would prune 1 bodies, 1 attempts, 1 sessions"]
    assert rows(ledger) == before


def test_what_is_held_or_undelivered_is_kept_whole(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, rejected(identifier="held"))
    told(house)
    record(house, accepted(identifier="undelivered"))
    before = rows(ledger)

    said = lines(app, "prune", "--receipt-bodies", "1", "--attempts", "1", "--sessions", "1")

    assert said[1] == "kept 2 old sessions that are locked, undelivered or listened for"
    assert [row for row in rows(ledger) if row not in before] == []


def test_old_attempts_at_what_has_arrived_are_forgotten(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, accepted())
    told(house)

    assert lines(app, "prune", "--attempts", "90") == ["pruned 0 bodies, 1 attempts, 0 sessions"]
    assert ledger.run(ATTEMPTS) == [(0,)]


def test_old_sessions_are_forgotten_and_the_evidence_holds(app: Flask, house: House, ledger: Ledger) -> None:
    for number in range(45):
        record(house, accepted(identifier=f"old-{number}"))
    record(house, accepted(identifier="young"))
    told(house)
    hold_by_hand(house, "young", Hand(actor="office", reason="why not"), LATER)
    release_by_hand(house, "young", HoldKind.MANUAL, Hand(actor="office", reason="why"), LATER)
    told(house)
    seal(house, LATER)

    assert lines(app, "prune", "--sessions", "90")[0] == "pruned 0 bodies, 0 attempts, 45 sessions"

    assert named(ledger, "old-") == []
    assert sessions.find(ledger, "young")
    assert verified(house) == ([], 0, 90)


def interrupted() -> None:
    raise KeyboardInterrupt


def test_what_was_stopped_is_taken_up_again(app: Flask, house: House, ledger: Ledger) -> None:
    for number in range(AT_ONCE["session"] + 3):
        record(house, accepted(identifier=f"old-{number}"))
    told(house)
    stopped = Pruning(house, Ages(sessions=timedelta(days=90)), LATER, dry=False)

    with pytest.raises(KeyboardInterrupt):
        stopped.run(lambda _: None, interrupted)

    assert lines(app, "prune", "--sessions", "90")[0] == "pruned 0 bodies, 0 attempts, 3 sessions"
    assert named(ledger, "old-") == []


def test_pruning_again_finds_nothing(app: Flask, house: House) -> None:
    record(house, accepted())
    told(house)
    everything = ("prune", "--receipt-bodies", "1", "--attempts", "1", "--sessions", "1")
    call(app, *everything)

    assert lines(app, *everything) == ["pruned 0 bodies, 0 attempts, 0 sessions"]


def test_what_is_old_must_be_said(app: Flask) -> None:
    result = call(app, "prune")

    assert (result.exit_code, "--sessions DAYS" in result.output) == (2, True)


def test_a_person_is_erased_and_the_evidence_holds(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, accepted(identifier=f"{NAME}-1", student=NAME, comment=f"well done, {NAME}"))
    hold_by_hand(house, f"{NAME}-1", Hand(actor="office", reason=f"{NAME} called"), NOW)
    release_by_hand(house, f"{NAME}-1", HoldKind.MANUAL, Hand(actor="office", reason=f"{NAME} again"), NOW)
    launch_session(house, f"{NAME}-2", "supervisor", {"student": NAME}, NOW)
    record(house, accepted(identifier=f"{NAME}-2"))
    record(house, body(identifier=f"{NAME}-3", student=NAME, score="good"))
    record(house, body(identifier=7, student=NAME))
    record(house, accepted(identifier="another", student="grace-hopper"))
    told(house)
    seal(house, NOW)

    assert lines(app, "erase", "--student", NAME, "--yes", "--by", "office")[-1] == "erased 3 sessions with 4 receipts"

    assert named(ledger, NAME) == []
    assert len(named(ledger, "grace-hopper")) == 2
    assert verified(house) == ([], 0, 4 + 5)


def test_an_erasure_is_remembered_without_the_name(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, accepted(identifier=f"{NAME}-1", student=NAME))
    told(house)

    lines(app, "erase", "--student", NAME, "--yes", "--by", "the office")

    ((chain, _, actor),) = ledger.run(EVERYTHING["erasure"])
    assert (len(chain), actor) == (64, "the office")


def test_what_is_locked_or_undelivered_is_erased_by_force_only(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, rejected(identifier="s-1", student=NAME))

    refused = call(app, "erase", "--student", NAME, "--yes")

    assert refused.exit_code == 1
    assert "session s-1 is locked: rejected" in refused.stdout
    assert "session s-1: 2 messages not delivered" in refused.stdout
    assert len(named(ledger, NAME)) == 2
    assert lines(app, "erase", "--student", NAME, "--yes", "--force")[-1] == "erased 1 sessions with 1 receipts"
    assert named(ledger, NAME) == []


def test_a_dry_run_of_an_erasure_shows_what_there_is(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, accepted(identifier="s-1", student=NAME))
    told(house)
    before = rows(ledger)

    said = lines(app, "erase", "--student", NAME, "--dry-run")

    assert said == ["session s-1", "1 sessions, and 0 receipts that name none"]
    assert rows(ledger) == before


def test_one_session_is_erased_by_its_identifier(app: Flask, house: House, ledger: Ledger) -> None:
    record(house, accepted(identifier="s-1"))
    record(house, accepted(identifier="s-2"))
    told(house)

    lines(app, "erase", "--session", "s-1", "--yes")

    assert (sessions.find(ledger, "s-1"), sessions.find(ledger, "s-2") is None) == (None, False)


def test_whose_data_must_be_said(app: Flask) -> None:
    assert call(app, "erase").exit_code == 2


@pytest.mark.parametrize("said", [rejected(identifier="s-1", student=NAME), body(identifier="s-1", score=NAME)])
def test_a_report_that_comes_after_the_erasure_is_refused_and_not_kept(
    app: Flask, client: FlaskClient, house: House, ledger: Ledger, said: bytes
) -> None:
    record(house, accepted(identifier="s-1", student=NAME))
    told(house)
    lines(app, "erase", "--student", NAME, "--yes")

    answer = client.post("/webhooks/supervisor", data=said, headers={"X-Api-Key": VENDOR_KEY})

    assert (answer.status_code, answer.content_type) == (410, "application/problem+json")
    assert named(ledger, NAME) == []
    assert verified(house)[0] == []


def test_an_erased_session_cannot_be_launched_again(app: Flask, house: House) -> None:
    """Its messages would begin with ids that the LMS has had."""
    record(house, accepted(identifier="s-1", student=NAME))
    told(house)
    lines(app, "erase", "--student", NAME, "--yes")

    refused = launch_session(house, "s-1", "supervisor", {"student": NAME}, LATER)

    assert isinstance(refused, Contradiction)
    assert refused.field == "identifier"
