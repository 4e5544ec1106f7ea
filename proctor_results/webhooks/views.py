"""`POST /webhooks/<vendor>`: proctoring systems post their results here."""

import hashlib
from datetime import datetime

import structlog
from flask import Response, g, request

from proctor_results.api import auth
from proctor_results.api.blueprint import ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.api.problems import problem
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.vendors.base import (
    MAX_BODY_BYTES,
    Invalid,
    Malformed,
    Parsed,
    ParseResult,
    StatusReport,
    Unrecognised,
    Vendor,
    Webhook,
)
from proctor_results.vendors.registry import webhook_documentation
from proctor_results.webhooks.record_events import record_events
from proctor_results.webhooks.record_report import record_report

STORED_HEADERS = ("Content-Type", "Content-Encoding", "Content-Length", "User-Agent")

webhooks = ApiBlueprint("webhooks", __name__, description="Results of proctoring systems")

log = structlog.get_logger()


@webhooks.route("/webhooks/<vendor>", methods=["POST"])
@webhooks.doc(**webhook_documentation())
@webhooks.alt_response(200, description="Stored and understood; the body is empty")
@webhooks.problems(
    {
        400: "Not JSON that can be read in exactly one way; stored",
        401: "No key, or a wrong one; not stored",
        404: "No such vendor",
        410: "The session was erased; not stored",
        413: "More than 256 KiB; the first 256 KiB are stored",
        422: "Understood, but impossible; stored",
        503: "Not stored; send it again",
    },
)
@auth.requires("vendor")
def receive(vendor: str) -> Response:
    """Receive a result, however often and in whatever order it is sent.

    200 with an empty body means: stored, and understood. Repeats, older reports and a status that
    this version does not know are answered so, too. Every request with a right key is stored,
    whatever the answer.
    """
    context = api_context()
    vendor_adapter = context.vendors.get(vendor)
    if vendor_adapter is None or vendor_adapter.webhook is None:
        return problem(404, f"no vendor is called {vendor!r}")
    body = g.webhook_request.body
    parsed = _parse(vendor_adapter.webhook, body)
    inbound = _inbound_request(vendor_adapter, body[:MAX_BODY_BYTES], context.now())
    match parsed:
        case (
            Parsed(events=(StatusReport(vendor_reference=None),))
            | Unrecognised()
            | Invalid()
            | Malformed()
        ):
            receipts = [record_report(context.deps, inbound, parsed)]
        case _:
            receipts = record_events(context.deps, inbound, parsed)
    for receipt in receipts:
        _log_received(receipt)
    return _response(receipts, parsed, too_large=len(body) > MAX_BODY_BYTES)


def _parse(webhook: Webhook, body: bytes) -> ParseResult:
    if len(body) > MAX_BODY_BYTES:
        return Malformed(detail=f"larger than {MAX_BODY_BYTES} bytes; only the beginning is stored")
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        return Malformed(
            detail=f"Content-Encoding {encoding!a} cannot be read: send the body as it is"
        )
    return webhook.parse(g.webhook_request)


def _inbound_request(vendor_adapter: Vendor, body: bytes, now: datetime) -> InboundRequest:
    return InboundRequest(
        vendor=vendor_adapter.name,
        received_at=now,
        key_id=g.key_id,
        headers=_stored_headers(),
        body=body,
        body_sha256=hashlib.sha256(body).hexdigest(),
    )


def _stored_headers() -> dict[str, str]:
    headers = request.headers
    stored = {name: value for name in STORED_HEADERS if (value := headers.get(name)) is not None}
    return {
        **stored,
        "Remote-Addr": request.remote_addr or "",
        "X-Request-Id": g.request_id,
    }


def _response(receipts: list[Receipt], parsed: ParseResult, *, too_large: bool) -> Response:
    if any(receipt.result is not ReceiptResult.INVALID for receipt in receipts):
        return Response(content_type="text/plain")
    receipt = receipts[0]
    if too_large:
        response = problem(413, receipt.detail)
        response.headers["Connection"] = "close"  # the rest of the body is not read
        return response
    status = 400 if isinstance(parsed, Malformed) else 422
    return problem(status, receipt.detail, parsed.errors if isinstance(parsed, Invalid) else None)


def _log_received(receipt: Receipt) -> None:
    log.info(
        "webhook.received",
        vendor=receipt.request.vendor,
        session=receipt.identifier,
        result=receipt.result,
        sha256=receipt.request.body_sha256,
    )
