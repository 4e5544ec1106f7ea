"""The ways in which vendors authenticate a webhook, as functions that a vendor picks by data.

Each returns an `Authenticator`: given a request and the time, it names the key or secret that the
request proves, or returns None. All secrets given are tried and compared in constant time, so a
secret can be rotated, and the time taken says nothing about it.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from proctor_results.vendors.base import KeyId, WebhookRequest

Authenticator = Callable[[WebhookRequest, datetime], KeyId | None]

_NONCE_FIELD, _DATA_FIELD, _SIGNATURE_FIELD = "nonce", "data", "signature"


class ApiKeySet:
    """Keys, any of which is accepted. Comparing takes the same time, right or wrong."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [_sha256(key) for key in keys]

    def key_id(self, presented_key: str | None) -> KeyId | None:
        """Return the public name of the key, or None where it is none of these."""
        digest = _sha256(presented_key or "")
        matches = [known for known in self._digests if hmac.compare_digest(known, digest)]
        return _key_id(matches[0]) if matches else None


def static_header(name: str, keys: Iterable[str]) -> Authenticator:
    """Expect one of the keys as the value of a header."""
    key_set = ApiKeySet(keys)
    return lambda request, _: key_set.key_id(request.headers.get(name))


def bearer_token(keys: Iterable[str]) -> Authenticator:
    """Expect one of the keys as `Authorization: Bearer …`."""
    key_set = ApiKeySet(keys)
    return lambda request, _: key_set.key_id(_credentials(request, "bearer"))


def secret_path(keys: Iterable[str]) -> Authenticator:
    """Expect one of the keys as the rest of the webhook's path."""
    key_set = ApiKeySet(keys)
    return lambda request, _: key_set.key_id(request.path)


@dataclass(frozen=True, kw_only=True)
class HmacScheme:
    """How a vendor signs the raw body with HMAC.

    With a `timestamp_header` (seconds since 1970) the signed bytes are the timestamp, the
    separator and the body, and a request older or newer than `tolerance` is refused.
    """

    header: str
    algorithm: str = "sha256"
    prefix: str = ""
    encoding: str = "hex"
    timestamp_header: str | None = None
    separator: str = "."
    tolerance: timedelta = timedelta(minutes=5)


def hmac_signature(scheme: HmacScheme, secrets: Sequence[str]) -> Authenticator:
    """Expect the HMAC of the raw body, made with one of the secrets."""

    def authenticate(request: WebhookRequest, now: datetime) -> KeyId | None:
        signed_bytes = _signed_bytes(scheme, request, now)
        if signed_bytes is None:
            return None
        signature = request.headers.get(scheme.header, "").strip()
        expected = [
            (secret, _encode_hmac(scheme, secret.encode(), signed_bytes)) for secret in secrets
        ]
        return _matching_secret(signature, expected)

    return authenticate


def jwt_header(
    secrets: Sequence[str], *, scheme: str = "bearer", algorithm: str = "HS256"
) -> Authenticator:
    """Expect `Authorization: <scheme> <JWT>` with an `exp` in the future. The body is not bound."""

    def is_valid(token: str, secret: str, now: datetime) -> bool:
        options: jwt.types.Options = {"verify_exp": False, "verify_aud": False, "require": ["exp"]}
        try:
            claims = jwt.decode(token, secret, algorithms=[algorithm], options=options)
            return bool(now.timestamp() < claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError):
            return False

    def authenticate(request: WebhookRequest, now: datetime) -> KeyId | None:
        token = _credentials(request, scheme.lower())
        valid = [secret for secret in secrets if is_valid(token, secret, now)]
        return _key_id(_sha256(valid[0])) if valid else None

    return authenticate


def body_signature(secrets: Sequence[str], *, algorithm: str = "sha1") -> Authenticator:
    """Expect the hex digest of `nonce:data:secret` in the body's `signature`.

    `data` is hashed as it was sent, not as JSON that is written again. A repeated nonce repeats
    the data too, so a replayed request is stored as a duplicate and changes nothing.
    """

    def authenticate(request: WebhookRequest, _: datetime) -> KeyId | None:
        try:
            members = dict(_raw_members(request.body.decode()))
            signature, nonce = (str(json.loads(members[name])) for name in _SIGNED_MEMBERS)
            prefix = f"{nonce}:{members[_DATA_FIELD]}:".encode()
        except (ValueError, KeyError, RecursionError):
            return None
        expected = [
            (secret, hashlib.new(algorithm, prefix + secret.encode()).hexdigest())
            for secret in secrets
        ]
        return _matching_secret(signature.lower(), expected)

    return authenticate


_SIGNED_MEMBERS = (_SIGNATURE_FIELD, _NONCE_FIELD)
_JSON_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


def _raw_members(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names of a JSON object with their values as written. Raises ValueError."""
    position = _after(text, 0, "{")
    while True:
        name, position = _JSON_DECODER.raw_decode(text, position)
        start = _after(text, position, ":")
        _, end = _JSON_DECODER.raw_decode(text, start)
        yield str(name), text[start:end]
        if text[_skip_space(text, end) :].rstrip() == "}":
            return
        position = _after(text, end, ",")


def _after(text: str, position: int, expected: str) -> int:
    start = _skip_space(text, position)
    if text[start : start + 1] != expected:
        raise ValueError(f"expected {expected} at {start}")
    return _skip_space(text, start + 1)


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _signed_bytes(scheme: HmacScheme, request: WebhookRequest, now: datetime) -> bytes | None:
    if scheme.timestamp_header is None:
        return request.body
    timestamp = request.headers.get(scheme.timestamp_header, "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp, re.ASCII):
        return None
    if abs(now.timestamp() - int(timestamp)) > scheme.tolerance.total_seconds():
        return None
    return f"{timestamp}{scheme.separator}".encode() + request.body


def _encode_hmac(scheme: HmacScheme, secret: bytes, signed_bytes: bytes) -> str:
    digest = hmac.new(secret, signed_bytes, scheme.algorithm).digest()
    text = digest.hex() if scheme.encoding == "hex" else base64.b64encode(digest).decode()
    return scheme.prefix + text


def _matching_secret(signature: str, expected: Sequence[tuple[str, str]]) -> KeyId | None:
    presented = signature.encode("utf-8", "surrogateescape")
    matches = [secret for secret, text in expected if hmac.compare_digest(text.encode(), presented)]
    return _key_id(_sha256(matches[0])) if matches else None


def _credentials(request: WebhookRequest, scheme: str) -> str:
    presented_scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if presented_scheme.lower() == scheme else ""


def _key_id(digest: bytes) -> KeyId:
    return KeyId(digest.hex()[:8])


def _sha256(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
