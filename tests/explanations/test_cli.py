"""The commands `sessions …`, on both databases."""

from datetime import timedelta

import pytest
from flask import Flask

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.launches.launch_session import launch_session
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.policies.load import default_policy
from proctor_results.sessions.enums import HoldKind, OperatorAction
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.replay import replay_receipt
from tests.cli.test_commands import call, lines
from tests.support.reports import IDENTIFIER, NOW, body, inbound_request, record, rejected
from tests.support.upgraded_vendor import UPGRADED_VENDOR

HELD = body(averages={"c4": 45})


def test_sessions_show_prints_a_session(app: Flask, deps: Dependencies) -> None:
    record(deps, HELD)

    shown = lines(app, "sessions", "show", IDENTIFIER)

    assert "outcome    pending" in shown
    assert (
        "           someone-else: average of c4 is 45, allowed below 20 (value 45, limit 20)"
        in shown
    )
    assert (
        "locked     violation since 2026-03-02T09:00:00.000Z: average of c4 is 45, allowed below 20"
        in shown
    )
    assert "score      64" in shown


def test_sessions_show_marks_an_exam_that_only_the_page_reported(
    app: Flask, deps: Dependencies
) -> None:
    launch_session(deps, IDENTIFIER, "supervisor", {"student": "ann", "exam": None}, NOW)
    record_heartbeat(deps, Heartbeat(identifier=IDENTIFIER, launch=1, ids={"exam": "final"}), NOW)

    reported = lines(app, "sessions", "show", IDENTIFIER)
    launch_session(deps, IDENTIFIER, "supervisor", {"student": "ann", "exam": "final"}, NOW)

    assert "exam       final, reported by the exam page, does not select a policy" in reported
    assert "exam       final" in lines(app, "sessions", "show", IDENTIFIER)


def test_sessions_explain_prints_rule_value_limit_policy_receipt_and_person(
    app: Flask, deps: Dependencies
) -> None:
    record(deps, HELD)
    act(
        deps,
        IDENTIFIER,
        OperatorAction.RELEASE,
        Attribution(actor="exam office", reason="twins"),
        NOW + timedelta(hours=1),
        hold=HoldKind.VIOLATION,
    )

    explained = "\n".join(lines(app, "sessions", "explain", IDENTIFIER)).split("\n\n")

    assert explained[1].splitlines() == [
        "2026-03-02T09:00:00.000Z  revision 1, a report was received",
        "  opened   violation: average of c4 is 45, allowed below 20",
        "  reason   status: finished, not rated yet",
        "  reason   someone-else: average of c4 is 45, allowed below 20 (value 45, limit 20)",
        f"  receipt  1, supervisor, SHA-256 {inbound_request(HELD).body_sha256}",
        f"  policy   SHA-256 {default_policy().sha256}",
        "  reevaluated same",
    ]
    assert explained[2].startswith(
        "2026-03-02T10:00:00.000Z  revision 2, released by exam office: twins\n  closed   "
        "violation: "
    )


def test_sessions_explain_prints_how_the_outcome_changed(app: Flask, deps: Dependencies) -> None:
    record(deps, rejected())

    assert "  outcome  pending -> rejected" in lines(app, "sessions", "explain", IDENTIFIER)


def test_sessions_explain_names_a_replayed_report(app: Flask, deps: Dependencies) -> None:
    record(deps, body(status="condemned"))
    stored = webhook_store.get(deps.database, 1)
    assert stored is not None
    replay_receipt(deps, {"supervisor": UPGRADED_VENDOR}, stored, NOW)

    explained = lines(app, "sessions", "explain", IDENTIFIER)

    assert "2026-03-02T09:00:00.000Z  revision 1, a stored report was replayed" in explained
    assert "  reevaluated unavailable: receipt 2 cannot be read by this version" in explained


def test_sessions_explain_prints_that_nothing_was_decided(app: Flask, deps: Dependencies) -> None:
    record(deps, body())

    assert lines(app, "sessions", "explain", IDENTIFIER)[-1] == "nothing has been decided yet"


def test_an_unknown_session_is_one_line_on_stderr(app: Flask) -> None:
    for command in ("show", "explain"):
        result = call(app, "sessions", command, "unknown")
        assert (result.exit_code, result.stderr) == (
            1,
            "Error: no session has the identifier unknown\n",
        )


ATTRIBUTION = ("--by", "exam office", "--reason", "the appeal was upheld")


def test_an_action_on_the_terminal_is_applied_and_shown(app: Flask, deps: Dependencies) -> None:
    record(deps, rejected())

    assert "outcome    accepted, final, revised" in lines(
        app, "sessions", "override", IDENTIFIER, "accepted", *ATTRIBUTION
    )
    assert "outcome    rejected, final, revised" in lines(
        app, "sessions", "withdraw", IDENTIFIER, *ATTRIBUTION
    )
    held = [
        line
        for line in lines(app, "sessions", "hold", IDENTIFIER, *ATTRIBUTION)
        if line.startswith("locked ")
    ]
    assert held[0].endswith("exam office: the appeal was upheld")
    assert not [
        line
        for line in lines(app, "sessions", "release", IDENTIFIER, "manual", *ATTRIBUTION)
        if "manual" in line
    ]
    assert "revision   6" in "\n".join(lines(app, "sessions", "note", IDENTIFIER, *ATTRIBUTION))

    explained = "\n".join(lines(app, "sessions", "explain", IDENTIFIER))
    for action in ("overridden", "override withdrawn", "held", "released", "noted"):
        assert f"{action} by exam office: the appeal was upheld" in explained


UNKNOWN = {
    "an unknown session": ("hold", "unknown"),
    "no such hold": ("release", IDENTIFIER, "manual"),
    "no override": ("withdraw", IDENTIFIER),
}


@pytest.mark.parametrize("words", UNKNOWN.values(), ids=UNKNOWN)
def test_an_impossible_action_is_one_line_on_stderr(
    app: Flask, deps: Dependencies, words: tuple[str, ...]
) -> None:
    record(deps, body())

    result = call(app, "sessions", *words, *ATTRIBUTION)

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


WRONG = {
    "unknown": ("hold", IDENTIFIER, "--by", " ", "--reason", "why"),
    "no reason": ("hold", IDENTIFIER, "--by", "exam office"),
    "a reason that is too long": (
        "note",
        IDENTIFIER,
        "--by",
        "exam office",
        "--reason",
        "x" * 2001,
    ),
    "a name that cannot be stored": (
        "note",
        IDENTIFIER,
        "--by",
        "exam\ud800office",
        "--reason",
        "why",
    ),
    "an outcome that is never set": ("override", IDENTIFIER, "skipped", *ATTRIBUTION),
    "no kind of hold": ("release", IDENTIFIER, "nonsense", *ATTRIBUTION),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_an_action_requires_a_name_and_a_reason_that_can_be_stored(
    app: Flask, words: tuple[str, ...]
) -> None:
    assert call(app, "sessions", *words).exit_code == 2
