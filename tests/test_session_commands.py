"""`sessions …` as a person calls them, on both databases."""

from datetime import timedelta

from flask import Flask

from proctor_results.domain.words import HoldKind
from proctor_results.flows.hold_by_hand import Hand, release_by_hand
from proctor_results.flows.house import House
from proctor_results.policy_file import built_in
from tests.reports import IDENTIFIER, NOW, body, record, rejected, request_of
from tests.test_commands import call, lines

HELD = body(averages={"c4": 45})


def test_sessions_show_tells_what_is_known_of_one(app: Flask, house: House) -> None:
    record(house, HELD)

    shown = lines(app, "sessions", "show", IDENTIFIER)

    assert "outcome    pending" in shown
    assert "           someone-else: average of c4 is 45, allowed below 20 (measured 45, bar 20)" in shown
    assert "locked     violation since 2026-03-02T09:00:00.000Z: average of c4 is 45, allowed below 20" in shown
    assert "score      64" in shown


def test_sessions_explain_tells_rule_value_bar_policy_receipt_and_person(app: Flask, house: House) -> None:
    record(house, HELD)
    release_by_hand(
        house, IDENTIFIER, HoldKind.VIOLATION, Hand(actor="exam office", reason="twins"), NOW + timedelta(hours=1)
    )

    told = "\n".join(lines(app, "sessions", "explain", IDENTIFIER)).split("\n\n")

    assert told[1].splitlines() == [
        "2026-03-02T09:00:00.000Z  revision 1, by report",
        "  opened   violation: average of c4 is 45, allowed below 20",
        "  reason   status: finished, not rated yet",
        "  reason   someone-else: average of c4 is 45, allowed below 20 (measured 45, bar 20)",
        f"  receipt  1, supervisor, SHA-256 {request_of(HELD).sha256}",
        f"  policy   SHA-256 {built_in().sha256}",
    ]
    assert told[2].startswith("2026-03-02T10:00:00.000Z  revision 2, by exam office: twins\n  closed   violation: ")


def test_sessions_explain_tells_how_the_outcome_changed(app: Flask, house: House) -> None:
    record(house, rejected())

    assert "  outcome  pending -> rejected" in lines(app, "sessions", "explain", IDENTIFIER)


def test_sessions_explain_says_where_nothing_was_decided(app: Flask, house: House) -> None:
    record(house, body())

    assert lines(app, "sessions", "explain", IDENTIFIER)[-1] == "nothing has been decided yet"


def test_a_session_that_nobody_knows_is_one_line(app: Flask) -> None:
    for command in ("show", "explain"):
        result = call(app, "sessions", command, "nobody")
        assert (result.exit_code, result.stderr) == (1, "Error: no session has the identifier nobody\n")
