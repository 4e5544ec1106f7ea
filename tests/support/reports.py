"""Requests and reports for tests: the guide's own sample, and changes of it."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proctor_results.dependencies import Dependencies
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.webhooks.record_report import record_report
from tests.support.vendors import parse_body

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SAMPLE = (Path(__file__).parents[1] / "samples" / "supervisor_stopped.json").read_bytes()
IDENTIFIER = "ebb455bf-a757-4b62-bc27-da8c9ffb69fd"


def body(**changes: Any) -> bytes:
    """Return the guide's sample with some fields changed; None removes one."""
    fields = {**json.loads(SAMPLE), **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def accepted(signed_at: str = "2022-02-19T10:00:00.000Z", **changes: Any) -> bytes:
    return body(status="accepted", signedAt=signed_at, proctor="proctor-1", **changes)


def rejected(signed_at: str = "2022-02-19T11:00:00.000Z", **changes: Any) -> bytes:
    return body(status="rejected", signedAt=signed_at, proctor="proctor-2", **changes)


def inbound_request(
    content: bytes, now: datetime = NOW, vendor: str = "supervisor"
) -> InboundRequest:
    sha256 = hashlib.sha256(content).hexdigest()
    return InboundRequest(
        vendor=vendor, received_at=now, key_id="0" * 8, headers={}, body=content, body_sha256=sha256
    )


def record(deps: Dependencies, content: bytes, now: datetime = NOW) -> Receipt:
    """Record a body as the webhook would."""
    return record_report(deps, inbound_request(content, now), parse_body(content))
