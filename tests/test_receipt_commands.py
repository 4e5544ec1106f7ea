"""`receipts …` as a person calls it, on both databases."""

from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask

from proctor_results.flows.house import House
from proctor_results.flows.seal import Sealer
from proctor_results.store.statement import Statement
from tests.conftest import house_of
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, record

CHANGE = Statement("UPDATE receipt SET detail = 'x' WHERE id = 2")


def call(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["receipts", *words])


@pytest.fixture
def house(app: Flask) -> House:
    """With three receipts, of which the first is sealed."""
    house = house_of(app)
    sealer = Sealer(house)
    for minutes, said in enumerate((SAMPLE, SAMPLE, accepted())):
        record(house, said, NOW + timedelta(minutes=minutes))
        for _ in range(3 if minutes == 0 else 0):
            sealer.go_on(NOW)
    return house


def test_verify_says_that_nothing_is_wrong_and_what_it_has_looked_at(app: Flask, house: House) -> None:
    result = call(app, "verify")

    *_, sealed, unsealed, looked_at, last = result.stdout.splitlines()
    assert (result.exit_code, last) == (0, "nothing is wrong")
    assert sealed.startswith("newest checkpoint: 1 of 2026-03-02T09:00:00.000Z, SHA-256 ")
    assert unsealed == "newer than that, and not sealed yet: 3"
    assert looked_at.startswith("looked at 3 receipts, 1 decisions, 1 checkpoints and 1 policies in ")


def test_verify_names_what_is_wrong_and_ends_with_1(app: Flask, house: House) -> None:
    house.ledger.run(CHANGE)

    result = call(app, "verify")

    first, *_, last = result.stdout.splitlines()
    detail = "its identifier, headers, content, detail or replay_of was changed"
    assert (result.exit_code, last) == (1, "1 wrong")
    assert first == f"receipt 2 of {IDENTIFIER}, place 2: {detail}"


def test_verify_looks_at_one_session_where_one_is_named(app: Flask, house: House) -> None:
    record(house, b'{"identifier": "two"}')
    house.ledger.run(CHANGE)

    assert [call(app, "verify", each).exit_code for each in (IDENTIFIER, "two")] == [1, 0]


def test_verify_knows_when_there_is_nothing_to_look_at(app: Flask, house: House) -> None:
    result = call(app, "verify", "nobody")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: no receipt and no decision has the identifier nobody\n"


def test_verify_lets_nobody_play_with_the_terminal(app: Flask, house: House) -> None:
    house.ledger.run(Statement("UPDATE receipt SET identifier = :wild WHERE id = 2"), wild="\x1b[2J")

    assert "receipt 2 of \\x1b[2J, place 2: " in call(app, "verify").stdout
