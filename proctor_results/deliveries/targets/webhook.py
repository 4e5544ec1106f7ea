"""A target that is told by signed webhooks (standardwebhooks.com, specification 1.0)."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from standardwebhooks import Webhook

from proctor_results.deliveries.targets.base import PushResult
from proctor_results.formats.json_value import Json
from proctor_results.http_client.client import HttpClient, header_safe
from proctor_results.sessions.enums import Topic


@dataclass(frozen=True, kw_only=True)
class WebhookTarget:
    """Posts each message as JSON. `secret` is `whsec_` and base64."""

    url: str = field(repr=False)  # may hold a password or a token
    secret: str = field(repr=False)
    http_client: HttpClient
    name: str = "webhook"
    topics: frozenset[Topic] = frozenset(Topic)

    def __post_init__(self) -> None:
        Webhook(
            self.secret
        )  # so that a secret which is none is noticed at start, not at the first push

    def push(self, message_id: str, message: Mapping[str, Json], now: datetime) -> PushResult:
        body = json.dumps(
            message, separators=(",", ":")
        )  # ASCII: half a surrogate pair in a comment has no UTF-8
        return self.http_client.post(
            self.url, body.encode(), self._headers(header_safe(message_id), body, now), now
        )

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
