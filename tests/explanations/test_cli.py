"""`sessions …` as a person calls them, on both databases."""

from datetime import timedelta

import pytest
from flask import Flask

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.launches.launch_session import launch_session
from proctor_results.operations.hold import Attribution, release_hold
from proctor_results.policies.load import default_policy
from proctor_results.sessions.enums import HoldKind
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.replay import replay_receipt
from tests.cli.test_commands import call, lines
from tests.support.reports import IDENTIFIER, NOW, body, inbound_request, record, rejected
from tests.support.upgraded_vendor import UPGRADED_VENDOR

HELD = body(averages={"c4": 45})


def test_sessions_show_tells_what_is_known_of_one(app: Flask, deps: Dependencies) -> None:
    record(deps, HELD)

    shown = lines(app, "sessions", "show", IDENTIFIER)

    assert "outcome    pending" in shown
    assert (
        "           someone-else: average of c4 is 45, allowed below 20 (measured 45, bar 20)"
        in shown
    )
    assert (
        "locked     violation since 2026-03-02T09:00:00.000Z: average of c4 is 45, allowed below 20"
        in shown
    )
    assert "score      64" in shown


def test_sessions_show_tells_hearsay_from_what_the_lms_said(app: Flask, deps: Dependencies) -> None:
    launch_session(deps, IDENTIFIER, "supervisor", {"student": "ann", "exam": None}, NOW)
    record_heartbeat(deps, Heartbeat(identifier=IDENTIFIER, launch=1, ids={"exam": "final"}), NOW)

    heard = lines(app, "sessions", "show", IDENTIFIER)
    launch_session(deps, IDENTIFIER, "supervisor", {"student": "ann", "exam": "final"}, NOW)

    assert "exam       final, as the exam page says, which chooses no policy" in heard
    assert "exam       final" in lines(app, "sessions", "show", IDENTIFIER)


def test_sessions_explain_tells_rule_value_bar_policy_receipt_and_person(
    app: Flask, deps: Dependencies
) -> None:
    record(deps, HELD)
    release_hold(
        deps,
        IDENTIFIER,
        HoldKind.VIOLATION,
        Attribution(actor="exam office", reason="twins"),
        NOW + timedelta(hours=1),
    )

    told = "\n".join(lines(app, "sessions", "explain", IDENTIFIER)).split("\n\n")

    assert told[1].splitlines() == [
        "2026-03-02T09:00:00.000Z  revision 1, a report came",
        "  opened   violation: average of c4 is 45, allowed below 20",
        "  reason   status: finished, not rated yet",
        "  reason   someone-else: average of c4 is 45, allowed below 20 (measured 45, bar 20)",
        f"  receipt  1, supervisor, SHA-256 {inbound_request(HELD).body_sha256}",
        f"  policy   SHA-256 {default_policy().sha256}",
        "  again    same",
    ]
    assert told[2].startswith(
        "2026-03-02T10:00:00.000Z  revision 2, released by exam office: twins\n  closed   violation: "
    )


def test_sessions_explain_tells_how_the_outcome_changed(app: Flask, deps: Dependencies) -> None:
    record(deps, rejected())

    assert "  outcome  pending -> rejected" in lines(app, "sessions", "explain", IDENTIFIER)


def test_sessions_explain_tells_of_a_report_that_was_read_again(
    app: Flask, deps: Dependencies
) -> None:
    record(deps, body(status="condemned"))
    stored = webhook_store.get(deps.database, 1)
    assert stored is not None
    replay_receipt(deps, {"supervisor": UPGRADED_VENDOR}, stored, NOW)

    told = lines(app, "sessions", "explain", IDENTIFIER)

    assert "2026-03-02T09:00:00.000Z  revision 1, a stored report was read again" in told
    assert "  again    impossible: receipt 2 cannot be read today" in told


def test_sessions_explain_says_where_nothing_was_decided(app: Flask, deps: Dependencies) -> None:
    record(deps, body())

    assert lines(app, "sessions", "explain", IDENTIFIER)[-1] == "nothing has been decided yet"


def test_a_session_that_nobody_knows_is_one_line(app: Flask) -> None:
    for command in ("show", "explain"):
        result = call(app, "sessions", command, "nobody")
        assert (result.exit_code, result.stderr) == (
            1,
            "Error: no session has the identifier nobody\n",
        )


HAND = ("--by", "exam office", "--reason", "the appeal was upheld")


def test_what_a_person_does_on_a_terminal_is_done_and_shown(app: Flask, deps: Dependencies) -> None:
    record(deps, rejected())

    assert "outcome    accepted, final, revised" in lines(
        app, "sessions", "override", IDENTIFIER, "accepted", *HAND
    )
    assert "outcome    rejected, final, revised" in lines(
        app, "sessions", "withdraw", IDENTIFIER, *HAND
    )
    held = [
        line
        for line in lines(app, "sessions", "hold", IDENTIFIER, *HAND)
        if line.startswith("locked ")
    ]
    assert held[0].endswith("exam office: the appeal was upheld")
    assert not [
        line
        for line in lines(app, "sessions", "release", IDENTIFIER, "manual", *HAND)
        if "manual" in line
    ]
    assert "revision   6" in "\n".join(lines(app, "sessions", "note", IDENTIFIER, *HAND))

    told = "\n".join(lines(app, "sessions", "explain", IDENTIFIER))
    for done in ("overruled", "override withdrawn", "held", "released", "noted"):
        assert f"{done} by exam office: the appeal was upheld" in told


UNKNOWN = {
    "an unknown session": ("hold", "nobody"),
    "no such hold": ("release", IDENTIFIER, "manual"),
    "no override": ("withdraw", IDENTIFIER),
}


@pytest.mark.parametrize("words", UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_done_is_one_line(
    app: Flask, deps: Dependencies, words: tuple[str, ...]
) -> None:
    record(deps, body())

    result = call(app, "sessions", *words, *HAND)

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


WRONG = {
    "nobody": ("hold", IDENTIFIER, "--by", " ", "--reason", "why"),
    "no reason": ("hold", IDENTIFIER, "--by", "exam office"),
    "a reason beyond reading": ("note", IDENTIFIER, "--by", "exam office", "--reason", "x" * 2001),
    "what cannot be kept": ("note", IDENTIFIER, "--by", "exam\ud800office", "--reason", "why"),
    "an outcome that is nobody's word": ("override", IDENTIFIER, "skipped", *HAND),
    "no kind of hold": ("release", IDENTIFIER, "nonsense", *HAND),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_nobody_acts_without_a_name_and_a_reason_that_can_be_kept(
    app: Flask, words: tuple[str, ...]
) -> None:
    assert call(app, "sessions", *words).exit_code == 2
