"""Locking and releasing by hand, on both databases."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.reports import IDENTIFIER, SAMPLE, accepted, body, rejected

HAND = {"actor": "exam office", "reason": "identity is being checked"}


@pytest.fixture(autouse=True)
def _a_session(client: FlaskClient) -> None:
    post(client, SAMPLE)


def post(client: FlaskClient, said: bytes) -> None:
    assert client.post("/webhooks/supervisor", data=said, headers={"X-Api-Key": VENDOR_KEY}).status_code == 200


def hold(client: FlaskClient, identifier: str = IDENTIFIER, **changes: Any) -> TestResponse:
    return client.post(f"/sessions/{identifier}/holds", json={**HAND, **changes}, headers={"X-Api-Key": LMS_KEY})


def release(client: FlaskClient, kind: str, **changes: Any) -> TestResponse:
    path = f"/sessions/{IDENTIFIER}/holds/{kind}"
    return client.delete(path, json={**HAND, **changes}, headers={"X-Api-Key": LMS_KEY})


def kinds(client: FlaskClient) -> list[str]:
    shown = client.get(f"/sessions/{IDENTIFIER}", headers={"X-Api-Key": LMS_KEY}).json
    assert shown is not None
    return [hold["kind"] for hold in shown["holds"]]


def test_a_manual_hold_locks_and_says_who_and_why(client: FlaskClient) -> None:
    answer = hold(client)

    assert answer.json is not None
    assert answer.json["locked"]
    assert answer.json["holds"][0]["detail"] == "exam office: identity is being checked"


def test_a_manual_hold_is_released(client: FlaskClient) -> None:
    hold(client)

    assert release(client, "manual").status_code == 200
    assert kinds(client) == []


def test_only_manual_holds_are_opened_by_hand(client: FlaskClient) -> None:
    assert hold(client, kind="rejected").status_code == 422
    assert kinds(client) == []


def test_a_released_rejection_stays_released_when_the_report_comes_again(client: FlaskClient) -> None:
    post(client, rejected())
    release(client, "rejected")

    post(client, rejected(comment="the same verdict, told again"))

    assert kinds(client) == []


def test_a_new_verdict_holds_again_after_a_release(client: FlaskClient) -> None:
    post(client, rejected())
    release(client, "rejected")

    post(client, rejected("2022-02-20T00:00:00.000Z"))

    assert kinds(client) == ["rejected"]


def test_a_released_violation_stays_released_until_another_rule_fires(client: FlaskClient) -> None:
    post(client, body(averages={"c4": 45}))
    assert kinds(client) == ["violation"]
    release(client, "violation")

    post(client, body(averages={"c4": 46}))
    assert kinds(client) == []
    post(client, body(averages={"c3": 90}))
    assert kinds(client) == ["violation"]


def test_a_verdict_leaves_a_manual_hold_alone(client: FlaskClient) -> None:
    hold(client)

    post(client, accepted())

    assert kinds(client) == ["manual"]


@pytest.mark.parametrize("kind", ["manual", "disconnected", "nonsense"])
def test_a_hold_that_is_not_open_cannot_be_released(client: FlaskClient, kind: str) -> None:
    assert release(client, kind).status_code == 404


def test_an_unknown_session_cannot_be_held(client: FlaskClient) -> None:
    assert hold(client, "nobody").status_code == 404


@pytest.mark.parametrize("missing", ["actor", "reason"])
def test_nobody_acts_without_a_name_and_a_reason(client: FlaskClient, missing: str) -> None:
    assert hold(client, **{missing: ""}).status_code == 422
    hold(client)
    assert release(client, "manual", **{missing: ""}).status_code == 422
    assert kinds(client) == ["manual"]


def test_a_rejection_after_an_acceptance_holds_again_though_nobody_signed(client: FlaskClient) -> None:
    post(client, body(status="rejected", signedAt=None))
    release(client, "rejected")
    post(client, body(status="accepted", signedAt=None))

    post(client, body(status="rejected", signedAt=None, comment="seen once more"))

    assert kinds(client) == ["rejected"]


@pytest.mark.parametrize("actor", ["a\0b", "a\ud800b"], ids=["NUL", "half a surrogate pair"])
def test_a_name_that_cannot_be_kept_is_refused(client: FlaskClient, actor: str) -> None:
    assert hold(client, actor=actor).status_code == 422
