"""Supervisor (YouTestMe Proctoring, proctoring.online): translates its result webhook.

Source: "SDK-based Integration with YouTestMe Proctoring", section 5, table 4.1, and the request
captured there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow.fields import String
from marshmallow.validate import Range, Regexp

from proctor_results.formats.text import IDENTIFIER_PATTERN, IDENTIFIER_RULE
from proctor_results.sessions.enums import Status
from proctor_results.sessions.report import Report
from proctor_results.vendors.auth import Authenticator, static_header
from proctor_results.vendors.base import (
    Invalid,
    KeyId,
    Malformed,
    Parsed,
    ParseResult,
    StatusReport,
    Unauthenticated,
    Unrecognised,
    WebhookRequest,
)
from proctor_results.vendors.parsing import (
    Averages,
    BoundedText,
    Iso8601DateTime,
    NotStrictJson,
    Number,
    parse_strict_json,
    validate_extra,
)


@dataclass(frozen=True, kw_only=True)
class SupervisorWebhook:
    """The webhook of one installation: a static key in a header, one session per request."""

    keys: tuple[str, ...] = ()
    key_header: str = "X-Api-Key"

    def authenticate(self, request: WebhookRequest, now: datetime) -> KeyId | Unauthenticated:
        """Accept any of the keys; they are compared in constant time."""
        key_id = self._authenticator(request, now)
        hint = f"send one of SUPERVISOR_WEBHOOK_KEYS in the header {self.key_header}"
        return key_id or Unauthenticated(hint=hint)

    def parse(self, request: WebhookRequest) -> ParseResult:
        """Read table 4.1. Older servers say `id` where newer ones say `identifier`."""
        try:
            document = parse_strict_json(request.body)
        except NotStrictJson as error:
            return Malformed(detail=str(error))
        if not isinstance(document, Mapping):
            return Invalid(detail="not a JSON object")
        return _parse({name: value for name, value in document.items() if value is not None})

    @property
    def security_scheme(self) -> Mapping[str, str]:
        return {"type": "apiKey", "in": "header", "name": self.key_header}

    @property
    def doctor_headers(self) -> tuple[Mapping[str, str], ...]:
        return tuple({self.key_header: key} for key in self.keys)

    @cached_property
    def _authenticator(self) -> Authenticator:
        return static_header(self.key_header, self.keys)


def _parse(payload: dict[str, Any]) -> ParseResult:
    payload.setdefault("identifier", payload.get("id"))
    try:
        extra = {name: value for name, value in payload.items() if name not in _FIELD_NAMES}
        return _to_report(_RESULT_SCHEMA.load(payload), extra)
    except ValidationError as error:
        return Invalid(
            detail=_error_summary(error),
            errors=error.messages_dict,
            identifier=_readable_identifier(payload),
        )


def _readable_identifier(payload: Mapping[str, Any]) -> str | None:
    """The identifier of a body that is wrong elsewhere, so that its receipt can be found by it."""
    try:
        identifier: str = _IDENTIFIER_FIELD.deserialize(payload["identifier"])
    except ValidationError:
        return None
    return identifier


def _to_report(payload: dict[str, Any], extra: dict[str, Any]) -> ParseResult:
    if extra.pop("id", payload["identifier"]) != payload["identifier"]:
        raise ValidationError({"id": ["Differs from identifier."]})
    validate_extra(extra)
    status_name = payload.pop("status", None)
    if status_name is not None and status_name not in _STATUS_BY_NAME:
        return Unrecognised(
            identifier=payload["identifier"], detail=f"status {status_name!r} is not known"
        )
    report = Report(**payload, status=_STATUS_BY_NAME.get(status_name), extra=extra)
    return Parsed(events=(StatusReport(report=report),))


def _error_summary(error: ValidationError) -> str:
    return f"wrong: {', '.join(sorted(map(ascii, error.messages_dict)))}"


# What the guide's table calls them; their words happen to be ours.
_STATUS_BY_NAME = {status.value: status for status in Status if status is not Status.CREATED}
_IDENTIFIER_FIELD = String(
    required=True, validate=Regexp(rf"{IDENTIFIER_PATTERN}\Z", error=IDENTIFIER_RULE)
)


class _ResultSchema(Schema):
    class Meta:
        unknown = EXCLUDE  # they are kept beside, where a name of ours in them means nothing

    identifier = _IDENTIFIER_FIELD
    status = BoundedText(max_length=50)
    duration = Number(validate=Range(min=0, max=1_000_000))
    started_at = Iso8601DateTime(data_key="startedAt")
    stopped_at = Iso8601DateTime(data_key="stoppedAt")
    signed_at = Iso8601DateTime(data_key="signedAt")
    score = Number(validate=Range(0, 100))
    averages = Averages()
    student = BoundedText(max_length=200)
    proctor = BoundedText(max_length=200)
    comment = BoundedText(max_length=20_000)
    conclusion = BoundedText(max_length=20_000)
    link = BoundedText(max_length=2_000)


_RESULT_SCHEMA = _ResultSchema()
_FIELD_NAMES = {field.data_key or name for name, field in _RESULT_SCHEMA.fields.items()}
