"""Each way to authenticate a webhook, with vectors computed from its definition."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from werkzeug.datastructures import Headers

from proctor_results.vendors.auth import (
    Authenticator,
    HmacScheme,
    bearer_token,
    body_signature,
    hmac_signature,
    jwt_header,
    secret_path,
    static_header,
)
from proctor_results.vendors.base import WebhookRequest

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = ("an older secret of the vendor", "a newer secret of the vendor!")
BODY = b'{"a": 1}'


def request(
    headers: dict[str, str] | None = None, body: bytes = BODY, path: str = ""
) -> WebhookRequest:
    return WebhookRequest(body=body, headers=Headers(headers or {}), path=path)


def hexadecimal(algorithm: str, signed: bytes, secret: str = KEYS[1]) -> str:
    return hmac.new(secret.encode(), signed, algorithm).hexdigest()


STAMP = str(int(NOW.timestamp()))
LATE = str(int((NOW - timedelta(minutes=6)).timestamp()))
SHA256, STAMPED = HmacScheme(header="X-Sign"), HmacScheme(header="X-Sign", timestamp_header="X-At")
SHA1 = HmacScheme(header="X-Sign", algorithm="sha1", prefix="sha1=")
BASE64 = HmacScheme(header="X-Sign", algorithm="sha1", encoding="base64")
TOKEN = jwt.encode({"exp": NOW + timedelta(seconds=30)}, KEYS[1], algorithm="HS256")
EXPIRED = jwt.encode({"exp": NOW}, KEYS[1], algorithm="HS256")
UNLIMITED = jwt.encode({"sub": "a"}, KEYS[1], algorithm="HS256")
SIGNED = hashlib.sha1(f'n-1:{{"id":1.50}}:{KEYS[0]}'.encode(), usedforsecurity=False).hexdigest()
SIGNED_BODY = f'{{"nonce": "n-1", "data": {{"id":1.50}}, "signature": "{SIGNED}"}}'.encode()

ACCEPTED: dict[str, tuple[Authenticator, WebhookRequest]] = {
    "a key in a header": (static_header("X-Key", KEYS), request({"x-key": KEYS[1]})),
    "an older key": (static_header("X-Key", KEYS), request({"X-Key": KEYS[0]})),
    "a bearer token": (bearer_token(KEYS), request({"Authorization": f"Bearer {KEYS[0]}"})),
    "a secret path": (secret_path(KEYS), request(path=KEYS[0])),
    "HMAC of the body": (
        hmac_signature(SHA256, KEYS),
        request({"X-Sign": hexadecimal("sha256", BODY)}),
    ),
    "HMAC with a prefix": (
        hmac_signature(SHA1, KEYS),
        request({"X-Sign": f"sha1={hexadecimal('sha1', BODY)}"}),
    ),
    "HMAC in base64": (
        hmac_signature(BASE64, KEYS),
        request(
            {"X-Sign": base64.b64encode(bytes.fromhex(hexadecimal("sha1", BODY))).decode()},
        ),
    ),
    "HMAC with a timestamp": (
        hmac_signature(STAMPED, KEYS),
        request({"X-At": STAMP, "X-Sign": hexadecimal("sha256", f"{STAMP}.".encode() + BODY)}),
    ),
    "a JWT": (jwt_header(KEYS, scheme="JWT"), request({"Authorization": f"JWT {TOKEN}"})),
    "a signature with a nonce": (body_signature(KEYS), request(body=SIGNED_BODY)),
}
REFUSED: dict[str, tuple[Authenticator, WebhookRequest]] = {
    "no key": (static_header("X-Key", KEYS), request()),
    "another key": (static_header("X-Key", KEYS), request({"X-Key": "another"})),
    "no keys at all": (static_header("X-Key", ()), request({"X-Key": ""})),
    "another scheme": (bearer_token(KEYS), request({"Authorization": f"Basic {KEYS[0]}"})),
    "no path": (secret_path(KEYS), request()),
    "HMAC of another body": (
        hmac_signature(SHA256, KEYS),
        request({"X-Sign": hexadecimal("sha256", b"{}")}),
    ),
    "an old timestamp": (
        hmac_signature(STAMPED, KEYS),
        request({"X-At": LATE, "X-Sign": hexadecimal("sha256", f"{LATE}.".encode() + BODY)}),
    ),
    "a timestamp that is none": (hmac_signature(STAMPED, KEYS), request({"X-At": "now"})),
    "an expired JWT": (jwt_header(KEYS), request({"Authorization": f"Bearer {EXPIRED}"})),
    "a JWT that never expires": (
        jwt_header(KEYS),
        request({"Authorization": f"Bearer {UNLIMITED}"}),
    ),
    "no JWT": (jwt_header(KEYS), request({"Authorization": "Bearer a.b.c"})),
    "data written otherwise": (
        body_signature(KEYS),
        request(body=SIGNED_BODY.replace(b"1.50", b"1.5")),
    ),
    "a body that is no JSON": (body_signature(KEYS), request(body=b'{"nonce": ')),
    "a body that is no text": (body_signature(KEYS), request(body=b"\xff")),
}


@pytest.mark.parametrize(("authenticate", "sent"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_genuine_request_names_its_key(authenticate: Authenticator, sent: WebhookRequest) -> None:
    key_id = authenticate(sent, NOW)

    assert key_id is not None
    assert key_id in {hashlib.sha256(key.encode()).hexdigest()[:8] for key in KEYS}


@pytest.mark.parametrize(("authenticate", "sent"), REFUSED.values(), ids=REFUSED)
def test_any_other_request_is_refused(authenticate: Authenticator, sent: WebhookRequest) -> None:
    assert authenticate(sent, NOW) is None
