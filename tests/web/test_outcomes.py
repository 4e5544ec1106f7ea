"""Overruling an outcome and noting something, on both databases."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.web.session_json import SessionSchema
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.reports import IDENTIFIER, SAMPLE, rejected

SAID: dict[str, Any] = {"outcome": "accepted", "actor": "exam office", "reason": "the appeal was upheld"}


def ask(client: FlaskClient, method: str, what: str, said: Any = None, identifier: str = IDENTIFIER) -> TestResponse:
    path = f"/sessions/{identifier}/{what}"
    return client.open(path, method=method, json=said, headers={"X-Api-Key": LMS_KEY})


@pytest.fixture(autouse=True)
def _a_rejected_session(client: FlaskClient) -> None:
    for said in (SAMPLE, rejected()):
        assert client.post("/webhooks/supervisor", data=said, headers={"X-Api-Key": VENDOR_KEY}).status_code == 200


def test_an_override_is_the_outcome_until_it_is_withdrawn(client: FlaskClient) -> None:
    overruled = ask(client, "PUT", "outcome", SAID).json
    hand = {name: SAID[name] for name in ("actor", "reason")}
    withdrawn = ask(client, "DELETE", "outcome", hand).json

    assert overruled is not None
    assert withdrawn is not None
    assert SessionSchema().validate(overruled) == {}
    assert (overruled["outcome"], overruled["locked"], overruled["status"]) == ("accepted", False, "rejected")
    assert overruled["reasons"][0]["detail"] == "accepted by exam office: the appeal was upheld"
    assert (withdrawn["outcome"], withdrawn["locked"], withdrawn["revised"]) == ("rejected", True, True)


def test_an_override_stands_among_the_decisions(client: FlaskClient) -> None:
    ask(client, "PUT", "outcome", SAID)

    decisions = ask(client, "GET", "decisions").json
    assert decisions is not None
    assert (
        decisions["decisions"][-1].items()
        >= {
            "cause": "person",
            "act": "override",
            "actor": "exam office",
            "note": "the appeal was upheld",
            "outcome_before": "rejected",
            "outcome": "accepted",
            "revised": True,
        }.items()
    )


WRONG = {
    "skipped, which is nobody's word": {"outcome": "skipped"},
    "no outcome": {"outcome": None},
    "nobody": {"actor": ""},
    "no reason": {"reason": ""},
    "a reason beyond reading": {"reason": "x" * 2001},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_an_override_that_cannot_be_right_is_refused(client: FlaskClient, changed: dict[str, Any]) -> None:
    assert ask(client, "PUT", "outcome", {**SAID, **changed}).status_code == 422


def test_what_is_not_there_is_not_found(client: FlaskClient) -> None:
    hand = {"actor": "exam office", "reason": "a mistake"}

    assert ask(client, "DELETE", "outcome", hand).status_code == 404
    assert ask(client, "PUT", "outcome", SAID, "nobody").status_code == 404
    assert ask(client, "POST", "notes", {"actor": "a", "note": "b"}, "nobody").status_code == 404


def test_a_note_stands_among_the_decisions_and_changes_nothing(client: FlaskClient) -> None:
    noted = ask(client, "POST", "notes", {"actor": "exam office", "note": "the learner has called"}).json

    decisions = ask(client, "GET", "decisions").json
    assert noted is not None
    assert decisions is not None
    assert (noted["outcome"], noted["revised"]) == ("rejected", False)
    last = decisions["decisions"][-1]
    assert (last["act"], last["note"], last["opened"], last["closed"]) == ("note", "the learner has called", [], [])
