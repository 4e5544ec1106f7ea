"""A second vendor beside the first: another way to authenticate, and keys of its own."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.made_up_vendor import SECRET, made_up_vendor

BODY = json.dumps(
    {
        "events": [
            {"what": "status", "identifier": "exam-1", "sitting": "7", "status": "started"},
            {"what": "status", "identifier": "exam-2", "status": "started"},
            {"what": "incident", "sitting": "8"},
        ]
    }
).encode()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    context = app.extensions["proctor_results"]
    vendors = {**context.vendors, "made_up": made_up_vendor()}
    deps = replace(context.deps, vendors=vendors)
    app.extensions["proctor_results"] = replace(context, vendors=vendors, deps=deps)
    return app.test_client()


def post(client: FlaskClient, vendor: str, headers: Mapping[str, str], body: bytes = BODY) -> int:
    return client.post(f"/webhooks/{vendor}", data=body, headers=dict(headers)).status_code


def sign(body: bytes) -> dict[str, str]:
    return {"X-Sign": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def status_of(client: FlaskClient, identifier: str) -> str | None:
    session = client.get(f"/sessions/{identifier}", headers={"X-Api-Key": LMS_KEY}).json
    return session["status"] if session else None


SIGNATURE = sign(BODY)
KEY = {"X-Api-Key": VENDOR_KEY}


def test_each_vendor_authenticates_in_its_own_way(client: FlaskClient) -> None:
    assert post(client, "made_up", SIGNATURE) == 200


def test_a_key_of_one_vendor_opens_no_other_vendors_webhook(client: FlaskClient) -> None:
    assert post(client, "made_up", KEY) == 401
    assert post(client, "supervisor", SIGNATURE) == 401
    assert post(client, "nowhere", KEY) == 404
    assert post(client, "nowhere", {}) == 401


def test_one_post_carries_events_of_several_sessions(client: FlaskClient) -> None:
    assert post(client, "made_up", SIGNATURE) == 200

    assert [status_of(client, name) for name in ("exam-1", "exam-2")] == ["started", "started"]


def test_a_vendor_reference_names_the_session_of_a_later_post(client: FlaskClient) -> None:
    post(client, "made_up", SIGNATURE)
    body = b'{"events": [{"what": "status", "sitting": "7", "status": "stopped"}]}'

    assert post(client, "made_up", sign(body), body) == 200

    assert status_of(client, "exam-1") == "stopped"


def test_vendors_are_listed_with_what_they_offer(client: FlaskClient) -> None:
    payload = client.get("/vendors", headers={"X-Api-Key": LMS_KEY}).json
    assert payload is not None
    first, second = payload["vendors"]

    assert (first["name"], first["capabilities"]) == ("supervisor", ["webhook", "launcher"])
    assert first["metrics"]["n1"] == "The network was lost."
    assert (second["name"], second["capabilities"]) == ("made_up", ["webhook"])
    assert client.get("/vendors").status_code == 401
