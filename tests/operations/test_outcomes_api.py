"""The LMS overrides outcomes and adds notes, on both databases."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.sessions.schemas import SessionSchema
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.reports import IDENTIFIER, SAMPLE, rejected

OVERRIDE: dict[str, Any] = {
    "outcome": "accepted",
    "actor": "exam office",
    "reason": "the appeal was upheld",
}


def call(
    client: FlaskClient,
    method: str,
    resource: str,
    payload: Any = None,
    identifier: str = IDENTIFIER,
) -> TestResponse:
    path = f"/sessions/{identifier}/{resource}"
    return client.open(path, method=method, json=payload, headers={"X-Api-Key": LMS_KEY})


@pytest.fixture(autouse=True)
def _a_rejected_session(client: FlaskClient) -> None:
    for report_body in (SAMPLE, rejected()):
        assert (
            client.post(
                "/webhooks/supervisor", data=report_body, headers={"X-Api-Key": VENDOR_KEY}
            ).status_code
            == 200
        )


def test_an_override_is_the_outcome_until_it_is_withdrawn(client: FlaskClient) -> None:
    overridden = call(client, "PUT", "outcome", OVERRIDE).json
    attribution = {name: OVERRIDE[name] for name in ("actor", "reason")}
    withdrawn = call(client, "DELETE", "outcome", attribution).json

    assert overridden is not None
    assert withdrawn is not None
    assert SessionSchema().validate(overridden) == {}
    assert (overridden["outcome"], overridden["locked"], overridden["status"]) == (
        "accepted",
        False,
        "rejected",
    )
    assert overridden["reasons"][0]["detail"] == "accepted by exam office: the appeal was upheld"
    assert (withdrawn["outcome"], withdrawn["locked"], withdrawn["revised"]) == (
        "rejected",
        True,
        True,
    )


def test_an_override_is_listed_among_the_decisions(client: FlaskClient) -> None:
    call(client, "PUT", "outcome", OVERRIDE)

    decisions = call(client, "GET", "decisions").json
    assert decisions is not None
    assert (
        decisions["decisions"][-1].items()
        >= {
            "cause": "operator",
            "action": "override",
            "actor": "exam office",
            "note": "the appeal was upheld",
            "outcome_before": "rejected",
            "outcome": "accepted",
            "revised": True,
        }.items()
    )


INVALID_OVERRIDES = {
    "skipped, which is never set": {"outcome": "skipped"},
    "no outcome": {"outcome": None},
    "no name": {"actor": ""},
    "no reason": {"reason": ""},
    "a reason beyond reading": {"reason": "x" * 2001},
}


@pytest.mark.parametrize("changed", INVALID_OVERRIDES.values(), ids=INVALID_OVERRIDES)
def test_an_invalid_override_is_refused(client: FlaskClient, changed: dict[str, Any]) -> None:
    assert call(client, "PUT", "outcome", {**OVERRIDE, **changed}).status_code == 422


def test_an_unknown_session_or_override_is_not_found(client: FlaskClient) -> None:
    attribution = {"actor": "exam office", "reason": "a mistake"}

    assert call(client, "DELETE", "outcome", attribution).status_code == 404
    assert call(client, "PUT", "outcome", OVERRIDE, "unknown").status_code == 404
    assert call(client, "POST", "notes", {"actor": "a", "note": "b"}, "unknown").status_code == 404


def test_a_note_is_listed_among_the_decisions_and_changes_nothing(client: FlaskClient) -> None:
    noted = call(
        client, "POST", "notes", {"actor": "exam office", "note": "the learner has called"}
    ).json

    decisions = call(client, "GET", "decisions").json
    assert noted is not None
    assert decisions is not None
    assert (noted["outcome"], noted["revised"]) == ("rejected", False)
    last = decisions["decisions"][-1]
    assert (last["action"], last["note"], last["opened"], last["closed"]) == (
        "note",
        "the learner has called",
        [],
        [],
    )
