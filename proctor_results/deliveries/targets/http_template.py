"""A target whose lock is a call of its own kind: an address and a body with placeholders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proctor_results.deliveries.targets.base import NotSendable, PushResult
from proctor_results.deliveries.targets.request_template import (
    RequestTemplate,
    validation_errors,
)
from proctor_results.formats.json_value import Json
from proctor_results.http_client.client import HttpClient, header_safe
from proctor_results.sessions.enums import Topic


@dataclass(frozen=True, kw_only=True)
class HttpTemplateTarget:
    """Sends a recipe, filled in with what is known of the lock. Raises ValueError for a recipe with faults."""

    request_template: RequestTemplate
    http_client: HttpClient
    name: str = "http_template"
    topics: frozenset[Topic] = frozenset({Topic.LOCK})

    def __post_init__(self) -> None:
        errors = validation_errors(self.request_template)
        if errors:
            raise ValueError(
                "; ".join(
                    f"{name}: {message}"
                    for name, messages in errors.items()
                    for message in messages
                )
            )

    @property
    def url(self) -> str:
        """With its placeholders, as it was given."""
        return self.request_template.url_template

    def push(self, message_id: str, message: Mapping[str, Json], now: datetime) -> PushResult:
        """Sends nothing where something that the recipe needs is missing: half a lock could lock somebody else."""
        data: Any = message["data"]
        values = _values(data)
        missing_fields = sorted(self.request_template.required_fields - values.keys())
        if missing_fields:
            return NotSendable(
                detail=f"not sent: no {' and no '.join(missing_fields)} is known yet"
            )
        if self.request_template.has_path_traversal(values):
            return NotSendable(detail="not sent: a value would lead the address elsewhere")
        url, body = (
            self.request_template.render_url(values),
            self.request_template.render_body(values),
        )
        return self.http_client.call(
            self.request_template.method, url, body, self._headers(message_id, body), now
        )

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        content_headers = {"Content-Type": self.request_template.content_type} if body else {}
        return {
            **self.request_template.headers,
            **content_headers,
            "Idempotency-Key": header_safe(message_id),
        }


def _values(data: Mapping[str, Any]) -> dict[str, str]:
    """What is known, by placeholder; an empty id is none."""
    ids = {name: data.get(name) for name in ("identifier", "student", "course", "exam", "activity")}
    return {
        **{name: str(value) for name, value in ids.items() if value not in (None, "")},
        "locked": "true" if data["locked"] else "false",
        "revision": str(data["revision"]),
        "holds": ",".join(hold["kind"] for hold in data["holds"]),
    }
