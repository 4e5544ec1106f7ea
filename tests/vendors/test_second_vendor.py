"""A second vendor beside the first: another way to authenticate, and keys of its own."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from proctor_results.vendors.auth import HmacScheme, hmac_signature
from proctor_results.vendors.base import KeyId, ParseResult, Unauthenticated, Vendor, WebhookRequest
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.reports import SAMPLE
from tests.support.vendors import parse_body

SECRET = "a secret of the second vendor"


class SignedWebhook:
    """Authenticates by HMAC over the raw body."""

    security_scheme: Mapping[str, str] = {"type": "apiKey", "in": "header", "name": "X-Sign"}
    doctor_headers: tuple[Mapping[str, str], ...] = ()

    def authenticate(self, request: WebhookRequest, now: datetime) -> KeyId | Unauthenticated:
        authenticate = hmac_signature(HmacScheme(header="X-Sign"), (SECRET,))
        return authenticate(request, now) or Unauthenticated(hint="sign the body")

    def parse(self, request: WebhookRequest) -> ParseResult:
        return parse_body(request.body)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    context = app.extensions["proctor_results"]
    vendors = {**context.vendors, "second": Vendor(name="second", webhook=SignedWebhook())}
    app.extensions["proctor_results"] = replace(context, vendors=vendors)
    return app.test_client()


def post(client: FlaskClient, vendor: str, headers: Mapping[str, str]) -> int:
    return client.post(f"/webhooks/{vendor}", data=SAMPLE, headers=dict(headers)).status_code


SIGNATURE = {"X-Sign": hmac.new(SECRET.encode(), SAMPLE, hashlib.sha256).hexdigest()}
KEY = {"X-Api-Key": VENDOR_KEY}


def test_each_vendor_authenticates_in_its_own_way(client: FlaskClient) -> None:
    assert post(client, "second", SIGNATURE) == 200


def test_a_key_of_one_vendor_opens_no_other_vendors_webhook(client: FlaskClient) -> None:
    assert post(client, "second", KEY) == 401
    assert post(client, "supervisor", SIGNATURE) == 401
    assert post(client, "nowhere", KEY) == 404
    assert post(client, "nowhere", {}) == 401


def test_vendors_are_listed_with_what_they_offer(client: FlaskClient) -> None:
    payload = client.get("/vendors", headers={"X-Api-Key": LMS_KEY}).json
    assert payload is not None
    first, second = payload["vendors"]

    assert (first["name"], first["capabilities"]) == ("supervisor", ["webhook", "launcher"])
    assert first["metrics"]["n1"] == "The network was lost."
    assert (second["name"], second["capabilities"]) == ("second", ["webhook"])
    assert client.get("/vendors").status_code == 401
