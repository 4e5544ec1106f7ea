"""Asking why a session is as it is, on both databases."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from proctor_results.policy_file import built_in
from proctor_results.web.decision_json import DecisionsSchema
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.reports import IDENTIFIER, body, rejected


def post(client: FlaskClient, *bodies: bytes) -> None:
    for said in bodies:
        assert client.post("/webhooks/supervisor", data=said, headers={"X-Api-Key": VENDOR_KEY}).status_code == 200


def decisions(client: FlaskClient) -> list[dict[str, Any]]:
    shown = client.get(f"/sessions/{IDENTIFIER}/decisions", headers={"X-Api-Key": LMS_KEY}).json
    assert shown is not None
    assert DecisionsSchema().validate(shown) == {}
    said: list[dict[str, Any]] = shown["decisions"]
    return said


def test_a_decision_names_rule_measured_value_bar_policy_and_receipt(client: FlaskClient) -> None:
    post(client, body(averages={"c4": 45}))

    (made,) = decisions(client)

    rule = {"rule": "someone-else", "detail": "average of c4 is 45, allowed below 20", "measured": 45, "bar": 20}
    assert rule in made["reasons"]
    assert [hold["kind"] for hold in made["opened"]] == ["violation"]
    assert (made["cause"], made["policy_sha256"]) == ("report", built_in().sha256)
    assert made["receipt"].items() >= {"id": 1, "vendor": "supervisor"}.items()


def test_decisions_are_told_in_their_order_whoever_made_them(client: FlaskClient) -> None:
    post(client, body(averages={"c4": 45}), rejected(averages={"c4": 45}))
    hand = {"actor": "exam office", "reason": "it was the twin"}
    client.delete(f"/sessions/{IDENTIFIER}/holds/violation", json=hand, headers={"X-Api-Key": LMS_KEY})

    made = decisions(client)

    assert [(each["revision"], each["cause"], each["actor"]) for each in made] == [
        (1, "report", None),
        (2, "report", None),
        (3, "person", "exam office"),
    ]
    assert (made[1]["outcome_before"], made[1]["outcome"]) == ("pending", "rejected")
    assert ([hold["kind"] for hold in made[2]["closed"]], made[2]["note"]) == (["violation"], "it was the twin")


def test_a_session_of_which_nothing_was_decided_has_no_decisions(client: FlaskClient) -> None:
    post(client, body())

    assert decisions(client) == []


def test_decisions_are_told_page_by_page_each_judged_again(client: FlaskClient) -> None:
    hand = {"actor": "exam office", "note": "all is well"}
    post(client, body(averages={"c4": 45}), rejected(averages={"c4": 45}))
    for _ in range(3):
        client.post(f"/sessions/{IDENTIFIER}/notes", json=hand, headers={"X-Api-Key": LMS_KEY})

    seen, more, after = [], True, "0"
    while more:
        address = f"/sessions/{IDENTIFIER}/decisions?after={after}&limit=2"
        page = client.get(address, headers={"X-Api-Key": LMS_KEY}).get_json()
        seen += [(each["revision"], each["judged_again"]) for each in page["decisions"]]
        more, after = page["more"], page["next"]

    assert seen == [(number, "same") for number in range(1, 6)]


def test_an_impossible_page_is_refused(client: FlaskClient) -> None:
    asked = client.get(f"/sessions/{IDENTIFIER}/decisions?limit=1001", headers={"X-Api-Key": LMS_KEY})

    assert asked.status_code == 422


@pytest.mark.parametrize("identifier", ["nobody", "a%00b"])
def test_an_unknown_session_is_not_found(client: FlaskClient, identifier: str) -> None:
    assert client.get(f"/sessions/{identifier}/decisions", headers={"X-Api-Key": LMS_KEY}).status_code == 404
