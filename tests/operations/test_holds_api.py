"""The LMS opens and releases holds, on both databases."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.reports import IDENTIFIER, SAMPLE, accepted, body, rejected

ATTRIBUTION = {"actor": "exam office", "reason": "identity is being checked"}


@pytest.fixture(autouse=True)
def _session_with_report(client: FlaskClient) -> None:
    post_webhook(client, SAMPLE)


def post_webhook(client: FlaskClient, report_body: bytes) -> None:
    assert (
        client.post(
            "/webhooks/supervisor", data=report_body, headers={"X-Api-Key": VENDOR_KEY}
        ).status_code
        == 200
    )


def place_hold(client: FlaskClient, identifier: str = IDENTIFIER, **changes: Any) -> TestResponse:
    return client.post(
        f"/sessions/{identifier}/holds",
        json={**ATTRIBUTION, **changes},
        headers={"X-Api-Key": LMS_KEY},
    )


def release_hold(client: FlaskClient, kind: str, **changes: Any) -> TestResponse:
    path = f"/sessions/{IDENTIFIER}/holds/{kind}"
    return client.delete(path, json={**ATTRIBUTION, **changes}, headers={"X-Api-Key": LMS_KEY})


def open_hold_kinds(client: FlaskClient) -> list[str]:
    payload = client.get(f"/sessions/{IDENTIFIER}", headers={"X-Api-Key": LMS_KEY}).json
    assert payload is not None
    return [hold["kind"] for hold in payload["holds"]]


def test_a_manual_hold_locks_and_says_who_and_why(client: FlaskClient) -> None:
    response = place_hold(client)

    assert response.json is not None
    assert response.json["locked"]
    assert response.json["holds"][0]["detail"] == "exam office: identity is being checked"


def test_a_manual_hold_is_released(client: FlaskClient) -> None:
    place_hold(client)

    assert release_hold(client, "manual").status_code == 200
    assert open_hold_kinds(client) == []


def test_only_manual_holds_can_be_placed(client: FlaskClient) -> None:
    assert place_hold(client, kind="rejected").status_code == 422
    assert open_hold_kinds(client) == []


def test_a_released_rejection_stays_released_when_the_report_comes_again(
    client: FlaskClient,
) -> None:
    post_webhook(client, rejected())
    release_hold(client, "rejected")

    post_webhook(client, rejected(comment="the same verdict, repeated"))

    assert open_hold_kinds(client) == []


def test_a_new_verdict_holds_again_after_a_release(client: FlaskClient) -> None:
    post_webhook(client, rejected())
    release_hold(client, "rejected")

    post_webhook(client, rejected("2022-02-20T00:00:00.000Z"))

    assert open_hold_kinds(client) == ["rejected"]


def test_a_released_violation_stays_released_until_another_rule_fires(client: FlaskClient) -> None:
    post_webhook(client, body(averages={"c4": 45}))
    assert open_hold_kinds(client) == ["violation"]
    release_hold(client, "violation")

    post_webhook(client, body(averages={"c4": 46}))
    assert open_hold_kinds(client) == []
    post_webhook(client, body(averages={"c3": 90}))
    assert open_hold_kinds(client) == ["violation"]


def test_a_verdict_leaves_a_manual_hold_alone(client: FlaskClient) -> None:
    place_hold(client)

    post_webhook(client, accepted())

    assert open_hold_kinds(client) == ["manual"]


@pytest.mark.parametrize("kind", ["manual", "disconnected", "nonsense"])
def test_a_hold_that_is_not_open_cannot_be_released(client: FlaskClient, kind: str) -> None:
    assert release_hold(client, kind).status_code == 404


def test_an_unknown_session_cannot_be_held(client: FlaskClient) -> None:
    assert place_hold(client, "unknown").status_code == 404


@pytest.mark.parametrize("missing", ["actor", "reason"])
def test_a_name_and_a_reason_are_required(client: FlaskClient, missing: str) -> None:
    assert place_hold(client, **{missing: ""}).status_code == 422
    place_hold(client)
    assert release_hold(client, "manual", **{missing: ""}).status_code == 422
    assert open_hold_kinds(client) == ["manual"]


def test_a_rejection_after_an_acceptance_holds_again_without_a_signature(
    client: FlaskClient,
) -> None:
    post_webhook(client, body(status="rejected", signedAt=None))
    release_hold(client, "rejected")
    post_webhook(client, body(status="accepted", signedAt=None))

    post_webhook(client, body(status="rejected", signedAt=None, comment="seen once more"))

    assert open_hold_kinds(client) == ["rejected"]


@pytest.mark.parametrize("actor", ["a\0b", "a\ud800b"], ids=["NUL", "half a surrogate pair"])
def test_a_name_that_cannot_be_stored_is_refused(client: FlaskClient, actor: str) -> None:
    assert place_hold(client, actor=actor).status_code == 422
