"""A reviewer's actions on a session, on both databases."""

import pytest
from flask import Flask

from proctor_results import clock
from proctor_results.dashboard.queries.session_details import (
    SessionDetails,
    get_session_details,
)
from proctor_results.deliveries.deliver import claim_due, record_results, send
from proctor_results.deliveries.model import AttemptResult
from proctor_results.deliveries.targets.base import Gone
from tests.conftest import dependencies_of, with_target
from tests.support.operator_browser import OperatorBrowser
from tests.support.recording_target import RecordingTarget
from tests.support.reports import IDENTIFIER, body, record

PAGE = f"/dashboard/sessions/{IDENTIFIER}"


@pytest.fixture
def lms(app: Flask) -> RecordingTarget:
    """An LMS, and a session that is locked by a violation."""
    recording_target = RecordingTarget()
    record(with_target(app, recording_target), body(averages={"c4": 45}))
    return recording_target


def session_details(app: Flask) -> SessionDetails:
    details = get_session_details(dependencies_of(app), IDENTIFIER)
    assert details
    return details


def open_hold_kinds(app: Flask) -> list[str]:
    return [hold.kind for hold in session_details(app).session.holds]


def deliver_due(app: Flask) -> None:
    """Deliver as the worker does."""
    deps, now = dependencies_of(app), clock.now()
    claims = claim_due(deps, deps.targets[0], 10, now)
    record_results(
        deps,
        [
            AttemptResult(
                claim=claimed, result=send(deps.targets[0], claimed, now), at=now, seconds=0
            )
            for claimed in claims
        ],
        0,
    )


def test_a_released_hold_unlocks_the_exam_and_notifies_the_lms(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    response = reviewer_browser.post_form(
        f"{PAGE}/holds/violation/release", reason="it was her brother"
    )

    assert (response.status_code, response.location) == (303, PAGE)
    assert open_hold_kinds(app) == []
    deliver_due(app)
    assert lms.latest_data("lock")["locked"] is False


def test_an_action_is_in_the_history_with_name_and_reason(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    reviewer_browser.post_form(f"{PAGE}/holds/violation/release", reason="it was her brother")

    source = session_details(app).decisions[-1].decision.source
    assert (source.actor, source.note) == ("anna", "it was her brother")
    assert "anna (release): it was her brother" in reviewer_browser.get(PAGE).text


def test_an_operator_locks_an_exam(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    reviewer_browser.post_form(f"{PAGE}/holds", reason="identity is being checked")

    assert open_hold_kinds(app) == ["manual", "violation"]
    assert "anna: identity is being checked" in reviewer_browser.get(PAGE).text


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\0b"])
@pytest.mark.parametrize(
    "action",
    ["holds", "holds/violation/release", "deliveries/1/send-again", "notes", "outcome/withdraw"],
)
def test_no_action_is_possible_without_a_reason(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser, action: str, reason: str
) -> None:
    before = session_details(app)

    reviewer_browser.post_form(f"{PAGE}/{action}", reason=reason)

    assert session_details(app) == before
    assert "Nothing was done" in reviewer_browser.get(PAGE).text


def action_paths(app: Flask) -> list[str]:
    """Return the paths of all actions on the session of these tests."""
    path_arguments = {"identifier": IDENTIFIER, "kind": "violation", "delivery": 1}
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "guard", "") == "reviewer"
    ]
    assert {method for rule in rules for method in rule.methods or ()} == {"POST", "OPTIONS"}
    built_paths = [
        rule.build({name: path_arguments[name] for name in rule.arguments}) for rule in rules
    ]
    return [path for _, path in filter(None, built_paths)]


@pytest.mark.parametrize("csrf", ["", "forged"])
def test_a_form_from_elsewhere_does_nothing(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser, csrf: str
) -> None:
    before, reviewer_browser.csrf = session_details(app), csrf

    statuses = [
        reviewer_browser.post_form(path, reason="a trick", outcome="accepted").status_code
        for path in action_paths(app)
    ]

    assert statuses == 6 * [400]
    assert session_details(app) == before


def test_a_viewer_does_nothing(
    app: Flask, lms: RecordingTarget, viewer_browser: OperatorBrowser
) -> None:
    before = session_details(app)

    statuses = [
        viewer_browser.post_form(path, reason="let me", outcome="accepted").status_code
        for path in action_paths(app)
    ]

    assert statuses == 6 * [403]
    assert session_details(app) == before


def test_a_note_is_in_the_history_and_changes_nothing(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    reviewer_browser.post_form(f"{PAGE}/notes", reason="her brother sits beside her")

    assert "anna (note): her brother sits beside her" in reviewer_browser.get(PAGE).text
    assert open_hold_kinds(app) == ["violation"]


def test_an_outcome_is_overridden_and_the_override_withdrawn(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    reviewer_browser.post_form(f"{PAGE}/outcome", outcome="accepted", reason="seen by two proctors")
    deliver_due(app)
    assert (session_details(app).session.outcome, lms.latest_data("outcome")["outcome"]) == (
        "accepted",
        "accepted",
    )

    reviewer_browser.post_form(f"{PAGE}/outcome/withdraw", reason="it was another session")
    deliver_due(app)
    assert (session_details(app).session.outcome, lms.latest_data("outcome")["outcome"]) == (
        "pending",
        "pending",
    )


def test_an_outcome_that_no_operator_may_set_is_refused(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    reviewer_browser.post_form(f"{PAGE}/outcome", outcome="skipped", reason="so that it is over")

    assert session_details(app).session.outcome == "pending"


def test_a_viewer_sees_no_forms(lms: RecordingTarget, viewer_browser: OperatorBrowser) -> None:
    assert 'name="reason"' not in viewer_browser.get(PAGE).text


@pytest.mark.parametrize("kind", ["manual", "nonsense"])
def test_releasing_a_closed_hold_says_so(
    lms: RecordingTarget, reviewer_browser: OperatorBrowser, kind: str
) -> None:
    reviewer_browser.post_form(f"{PAGE}/holds/{kind}/release", reason="again")

    assert "Nothing was done: the hold" in reviewer_browser.get(PAGE).text


def test_a_delivered_message_is_sent_again(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    deliver_due(app)
    delivered_ids = list(lms.message_ids)
    lock_delivery_id = next(
        delivery.id for delivery, _ in session_details(app).deliveries if delivery.topic == "lock"
    )

    reviewer_browser.post_form(
        f"{PAGE}/deliveries/{lock_delivery_id}/send-again", reason="the LMS lost it"
    )
    deliver_due(app)

    assert lms.message_ids == [*delivered_ids, f"{IDENTIFIER}.lock.1"]
    assert "had lock sent to listener again: the LMS lost it" in reviewer_browser.get(PAGE).text


def test_sending_again_enables_a_target_that_answered_410(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    lms.results.extend(2 * [Gone(status=410, detail="answered 410")])
    deliver_due(app)

    for delivery, _ in session_details(app).deliveries:
        reviewer_browser.post_form(
            f"{PAGE}/deliveries/{delivery.id}/send-again", reason="it is back"
        )
    deliver_due(app)

    assert all(
        delivery.delivered_revision == delivery.desired_revision
        for delivery, _ in session_details(app).deliveries
    )


def test_a_delivery_in_flight_is_left_alone(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    claim_due(dependencies_of(app), lms, 10, clock.now())

    reviewer_browser.post_form(f"{PAGE}/deliveries/1/send-again", reason="hurry")

    assert "being sent just now" in reviewer_browser.get(PAGE).text


def test_a_delivery_of_another_session_is_left_alone(
    app: Flask, lms: RecordingTarget, reviewer_browser: OperatorBrowser
) -> None:
    record(dependencies_of(app), body(identifier="other"))
    before = session_details(app)

    reviewer_browser.post_form(
        "/dashboard/sessions/other/deliveries/1/send-again", reason="by mistake"
    )

    assert session_details(app) == before
