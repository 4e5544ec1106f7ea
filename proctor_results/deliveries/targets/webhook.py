"""A target that receives signed webhooks (standardwebhooks.com, specification 1.0)."""

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar, Self

from environs import Env, ValidationError
from standardwebhooks import Webhook

from proctor_results.deliveries.targets.base import PushResult, TargetSettings
from proctor_results.deliveries.targets.responses import classify_response
from proctor_results.formats.json_value import Json
from proctor_results.http_client.client import HttpClient, header_safe
from proctor_results.sessions.enums import Topic
from proctor_results.settings import validators


@dataclass(frozen=True, kw_only=True)
class WebhookTarget:
    """Posts each message as JSON, signed. `secret` is `whsec_` and base64."""

    url: str = field(repr=False)  # may hold a password or a token
    secret: str = field(repr=False)
    http_client: HttpClient
    name: str = "webhook"
    topics: frozenset[Topic] = frozenset(Topic)

    def __post_init__(self) -> None:
        Webhook(self.secret)  # an invalid secret fails here, at start, not at the first push

    def push(self, message_id: str, message: Mapping[str, Json], now: datetime) -> PushResult:
        # ASCII, because half a surrogate pair in a comment has no UTF-8.
        body = json.dumps(message, separators=(",", ":"))
        headers = self._headers(header_safe(message_id), body, now)
        response = self.http_client.call("POST", self.url, body.encode(), headers)
        return classify_response(response, now)

    def _headers(self, message_id: str, body: str, now: datetime) -> dict[str, str]:
        utc = now.astimezone(UTC)  # `sign` takes the digits of any other zone for UTC
        return {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(math.floor(utc.timestamp())),
            "webhook-signature": self._signer.sign(message_id, utc, body),
        }

    @cached_property
    def _signer(self) -> Webhook:
        return Webhook(self.secret)


@dataclass(frozen=True, kw_only=True)
class WebhookSettings(TargetSettings):
    """`LMS_WEBHOOK_URL` and `LMS_WEBHOOK_SECRET`."""

    url_setting: ClassVar[str] = "LMS_WEBHOOK_URL"
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    @classmethod
    def read(cls, env: Env) -> Self:
        return cls(
            url=env.str("LMS_WEBHOOK_URL", "", validate=validators.http_url),
            secret=env.str("LMS_WEBHOOK_SECRET", "", validate=_check_secret),
        )

    def errors(self, *, allow_http: bool) -> Iterator[str]:
        if not self.secret:
            hint = "make one with `flask --app wsgi keys new`"
            yield f"LMS_WEBHOOK_SECRET: is needed with LMS_WEBHOOK_URL; {hint}"
        yield from super().errors(allow_http=allow_http)

    def create_target(self, http_client: HttpClient) -> WebhookTarget:
        return WebhookTarget(url=self.url, secret=self.secret, http_client=http_client)


def _check_secret(secret: str) -> None:
    """Require `whsec_` and the base64 of 24 to 64 bytes, as Standard Webhooks does."""
    try:
        length = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        length = 0
    if secret and not (secret.startswith("whsec_") and 24 <= length <= 64):
        raise ValidationError(
            "must be whsec_ and 24 to 64 bytes in base64; `flask --app wsgi keys new` makes one"
        )
