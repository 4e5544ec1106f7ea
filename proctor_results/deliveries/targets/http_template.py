"""A target whose lock is an HTTP call of the LMS's own kind, written with placeholders."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from environs import Env, ValidationError

from proctor_results.deliveries.targets.base import NotSendable, PushResult, TargetSettings
from proctor_results.deliveries.targets.request_template import (
    RequestTemplate,
    validation_errors,
)
from proctor_results.deliveries.targets.responses import classify_response
from proctor_results.formats.json_value import Json
from proctor_results.http_client.client import HttpClient, header_safe
from proctor_results.sessions.enums import Topic


@dataclass(frozen=True, kw_only=True)
class HttpTemplateTarget:
    """Sends a request template, filled in with the lock. Raises ValueError for an invalid one."""

    request_template: RequestTemplate
    http_client: HttpClient
    name: str = "http_template"
    topics: frozenset[Topic] = frozenset({Topic.LOCK})

    def __post_init__(self) -> None:
        errors = [
            f"{name}: {message}"
            for name, messages in validation_errors(self.request_template).items()
            for message in messages
        ]
        if errors:
            raise ValueError("; ".join(errors))

    @property
    def url(self) -> str:
        """The address with its placeholders, as it was given."""
        return self.request_template.url_template

    def push(self, message_id: str, message: Mapping[str, Json], now: datetime) -> PushResult:
        """Send nothing where a placeholder has no value: it could lock the wrong exam."""
        template = self.request_template
        data: Any = message["data"]
        values = _placeholder_values(data)
        missing_fields = sorted(template.required_fields - values.keys())
        if missing_fields:
            missing = " and no ".join(missing_fields)
            return NotSendable(detail=f"not sent: no {missing} is known yet")
        if template.has_path_traversal(values):
            return NotSendable(detail="not sent: a value would lead the address elsewhere")
        body = template.render_body(values)
        headers = {**template.headers, "Idempotency-Key": header_safe(message_id)}
        if body:
            headers["Content-Type"] = template.content_type
        response = self.http_client.call(
            template.method, template.render_url(values), body, headers
        )
        return classify_response(response, now)


def _placeholder_values(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the known values by placeholder; an empty id is not known."""
    ids = {name: data.get(name) for name in ("identifier", "student", "course", "exam", "activity")}
    return {
        **{name: str(value) for name, value in ids.items() if value not in (None, "")},
        "locked": "true" if data["locked"] else "false",
        "revision": str(data["revision"]),
        "holds": ",".join(hold["kind"] for hold in data["holds"]),
    }


@dataclass(frozen=True, kw_only=True)
class HttpTemplateSettings(TargetSettings):
    """The `LMS_LOCK_*` settings."""

    url_setting: ClassVar[str] = "LMS_LOCK_URL"
    request_template: RequestTemplate

    @property
    def url(self) -> str:
        return self.request_template.url_template

    @classmethod
    def read(cls, env: Env) -> Self:
        headers = env.str("LMS_LOCK_HEADERS", "", validate=_check_headers)
        return cls(
            request_template=RequestTemplate(
                url_template=env.str("LMS_LOCK_URL", ""),
                method=env.str("LMS_LOCK_METHOD", "POST"),
                body=env.str("LMS_LOCK_BODY", ""),
                content_type=env.str("LMS_LOCK_CONTENT_TYPE", "application/json"),
                headers=json.loads(headers or "{}"),
            )
        )

    def errors(self, *, allow_http: bool) -> Iterator[str]:
        yield from super().errors(allow_http=allow_http)
        for name, messages in validation_errors(self.request_template).items():
            setting = f"LMS_LOCK_{name.removesuffix('_template').upper()}"
            yield from (f"{setting}: {message}" for message in messages)

    def create_target(self, http_client: HttpClient) -> HttpTemplateTarget:
        return HttpTemplateTarget(request_template=self.request_template, http_client=http_client)


def _check_headers(text: str) -> None:
    try:
        parsed = json.loads(text or "{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or not all(isinstance(value, str) for value in parsed.values()):
        raise ValidationError('must be a JSON object of names and values, as in {"X-API-Key": "…"}')
