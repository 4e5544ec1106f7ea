"""A vendor of tests: it signs its posts, and sends several events in one with its references."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from proctor_results.formats.text import IDENTIFIER_PATTERN
from proctor_results.sessions.enums import Status
from proctor_results.sessions.report import Report
from proctor_results.vendors.auth import HmacScheme, hmac_signature
from proctor_results.vendors.base import (
    ControlAction,
    ControlKind,
    Event,
    FetchNeeded,
    Incident,
    Invalid,
    KeyId,
    Malformed,
    Parsed,
    ParseResult,
    StatusReport,
    Unauthenticated,
    Unrecognised,
    Vendor,
    WebhookRequest,
)
from proctor_results.vendors.parsing import NotStrictJson, parse_strict_json

SECRET = "a secret of the made-up vendor"


class MadeUpWebhook:
    """Authenticates by HMAC over the raw body, and reads `{"events": [{"what": …}, …]}`."""

    security_scheme: Mapping[str, str] = {"type": "apiKey", "in": "header", "name": "X-Sign"}
    doctor_headers: tuple[Mapping[str, str], ...] = ()

    def authenticate(self, request: WebhookRequest, now: datetime) -> KeyId | Unauthenticated:
        authenticate = hmac_signature(HmacScheme(header="X-Sign"), (SECRET,))
        return authenticate(request, now) or Unauthenticated(hint="sign the body")

    def parse(self, request: WebhookRequest) -> ParseResult:
        try:
            document = parse_strict_json(request.body)
            events = document.get("events") if isinstance(document, dict) else None
            return Parsed(events=tuple(_read_event(fields) for fields in events or ()))
        except NotStrictJson as error:
            return Malformed(detail=str(error))
        except KeyError:
            return Unrecognised(detail="an event of a kind that is not known")
        except (AttributeError, TypeError, ValueError):
            return Invalid(detail="an event that cannot be right")


def made_up_vendor() -> Vendor:
    return Vendor(name="made_up", webhook=MadeUpWebhook())


def _read_event(fields: dict[str, Any]) -> Event:
    names = _name(fields, "identifier"), _name(fields, "sitting")
    if not any(names):
        raise ValueError("names no session")
    return _READERS[fields["what"]](fields, *names)


def _name(fields: dict[str, Any], field: str) -> str | None:
    """Return an identifier of ours or of the vendor. Raises ValueError."""
    value = fields.get(field)
    if value is not None and not re.fullmatch(IDENTIFIER_PATTERN, value):
        raise ValueError(field)
    return value


def _read_status(fields: dict[str, Any], identifier: str | None, reference: str | None) -> Event:
    report = Report(identifier=identifier or "", status=Status(fields["status"]))
    return StatusReport(report=report, vendor_reference=reference)


def _read_incident(fields: dict[str, Any], identifier: str | None, reference: str | None) -> Event:
    return Incident(code="phone", identifier=identifier, vendor_reference=reference)


def _read_control(fields: dict[str, Any], identifier: str | None, reference: str | None) -> Event:
    kind = ControlKind(fields["action"])
    return ControlAction(kind=kind, identifier=identifier, vendor_reference=reference)


def _read_fetch(fields: dict[str, Any], identifier: str | None, reference: str | None) -> Event:
    return FetchNeeded(identifier=identifier, vendor_reference=reference)


_READERS = {
    "status": _read_status,
    "incident": _read_incident,
    "control": _read_control,
    "fetch": _read_fetch,
}
