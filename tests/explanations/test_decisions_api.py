"""The LMS reads the decisions about a session, on both databases."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from proctor_results.explanations.schemas import DecisionsSchema
from proctor_results.policies.load import default_policy
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.reports import IDENTIFIER, body, rejected


def post_webhooks(client: FlaskClient, *bodies: bytes) -> None:
    for report_body in bodies:
        assert (
            client.post(
                "/webhooks/supervisor", data=report_body, headers={"X-Api-Key": VENDOR_KEY}
            ).status_code
            == 200
        )


def list_decisions(client: FlaskClient) -> list[dict[str, Any]]:
    payload = client.get(f"/sessions/{IDENTIFIER}/decisions", headers={"X-Api-Key": LMS_KEY}).json
    assert payload is not None
    assert DecisionsSchema().validate(payload) == {}
    report_body: list[dict[str, Any]] = payload["decisions"]
    return report_body


def test_a_decision_names_rule_value_limit_policy_and_receipt(client: FlaskClient) -> None:
    post_webhooks(client, body(averages={"c4": 45}))

    (decision,) = list_decisions(client)

    rule = {
        "rule": "someone-else",
        "detail": "average of c4 is 45, allowed below 20",
        "value": 45,
        "limit": 20,
    }
    assert rule in decision["reasons"]
    assert [hold["kind"] for hold in decision["opened"]] == ["violation"]
    assert (decision["cause"], decision["policy_sha256"]) == ("report", default_policy().sha256)
    assert decision["receipt"].items() >= {"id": 1, "vendor": "supervisor"}.items()


def test_decisions_are_listed_in_order_whatever_caused_them(client: FlaskClient) -> None:
    post_webhooks(client, body(averages={"c4": 45}), rejected(averages={"c4": 45}))
    attribution = {"actor": "exam office", "reason": "it was the twin"}
    client.delete(
        f"/sessions/{IDENTIFIER}/holds/violation", json=attribution, headers={"X-Api-Key": LMS_KEY}
    )

    made_decisions = list_decisions(client)

    assert [
        (decision["revision"], decision["cause"], decision["actor"]) for decision in made_decisions
    ] == [
        (1, "report", None),
        (2, "report", None),
        (3, "operator", "exam office"),
    ]
    assert (made_decisions[1]["outcome_before"], made_decisions[1]["outcome"]) == (
        "pending",
        "rejected",
    )
    assert ([hold["kind"] for hold in made_decisions[2]["closed"]], made_decisions[2]["note"]) == (
        ["violation"],
        "it was the twin",
    )


def test_a_session_of_which_nothing_was_decided_has_no_decisions(client: FlaskClient) -> None:
    post_webhooks(client, body())

    assert list_decisions(client) == []


def test_decisions_are_paginated_and_each_is_reevaluated(client: FlaskClient) -> None:
    attribution = {"actor": "exam office", "note": "all is well"}
    post_webhooks(client, body(averages={"c4": 45}), rejected(averages={"c4": 45}))
    for _ in range(3):
        client.post(
            f"/sessions/{IDENTIFIER}/notes", json=attribution, headers={"X-Api-Key": LMS_KEY}
        )

    listed, more, after = [], True, "0"
    while more:
        path = f"/sessions/{IDENTIFIER}/decisions?after={after}&limit=2"
        page = client.get(path, headers={"X-Api-Key": LMS_KEY}).get_json()
        listed += [
            (decision["revision"], decision["reevaluation"]) for decision in page["decisions"]
        ]
        more, after = page["more"], page["next"]

    assert listed == [(number, "same") for number in range(1, 6)]


def test_an_invalid_page_size_is_refused(client: FlaskClient) -> None:
    response = client.get(
        f"/sessions/{IDENTIFIER}/decisions?limit=1001", headers={"X-Api-Key": LMS_KEY}
    )

    assert response.status_code == 422


@pytest.mark.parametrize("identifier", ["unknown", "a%00b"])
def test_an_unknown_session_is_not_found(client: FlaskClient, identifier: str) -> None:
    assert (
        client.get(f"/sessions/{identifier}/decisions", headers={"X-Api-Key": LMS_KEY}).status_code
        == 404
    )
