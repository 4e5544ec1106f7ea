"""`POST /webhooks/<vendor>`: where proctoring systems report."""

import hashlib
from datetime import datetime

import structlog
from flask import Response, g, request

from proctor_results.api import auth
from proctor_results.api.blueprint import ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.api.problems import problem
from proctor_results.logs import request_id
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.vendors.base import MAX_BODY_BYTES, Invalid, Malformed, ParseResult, Vendor
from proctor_results.vendors.registry import webhook_documentation
from proctor_results.webhooks.record_report import record_report

STORED_HEADERS = ("Content-Type", "Content-Encoding", "Content-Length", "User-Agent")

webhooks = ApiBlueprint("webhooks", __name__, description="Where proctoring systems report")

log = structlog.get_logger()


@webhooks.route("/webhooks/<vendor>", methods=["POST"])
@webhooks.doc(**webhook_documentation())
@webhooks.alt_response(200, description="Stored and understood; the body is empty")
@webhooks.problems(
    {
        400: "Not JSON that can be read in one way only; kept",
        401: "No key, or a wrong one; not kept",
        404: "No such vendor",
        410: "The session was erased; not kept",
        413: "More than 256 KiB; the first 256 KiB are kept",
        422: "Understood, but it cannot be right; kept",
        503: "Not stored; send it again",
    },
)
@auth.vendor_key_required
def receive(vendor: str) -> Response:
    """Takes a result, as often and in whatever order it comes.

    200 with an empty body means: kept, and understood. That is so for repeats, for old news and for a status that
    nobody knows yet, too. Everything that came with a right key is kept, whatever the answer.
    """
    context = api_context()
    vendor_adapter = context.vendors.get(vendor)
    if vendor_adapter is None:
        return problem(404, f"no vendor is called {vendor!r}")
    body = g.webhook_request.body
    parsed = _parse(vendor_adapter, body)
    receipt = record_report(
        context.deps, _inbound_request(vendor_adapter, body[:MAX_BODY_BYTES], context.now()), parsed
    )
    _log_received(receipt)
    return _response(receipt, parsed, too_large=len(body) > MAX_BODY_BYTES)


def _parse(vendor_adapter: Vendor, body: bytes) -> ParseResult:
    if len(body) > MAX_BODY_BYTES:
        return Malformed(detail=f"larger than {MAX_BODY_BYTES} bytes; only the beginning is kept")
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        return Malformed(
            detail=f"Content-Encoding {encoding!a} cannot be read: send the body as it is"
        )
    return vendor_adapter.parse(g.webhook_request)


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
        request_id.HEADER: request_id.current() or "",
    }


def _response(receipt: Receipt, parsed: ParseResult, *, too_large: bool) -> Response:
    if receipt.result is not ReceiptResult.INVALID:
        return Response(content_type="text/plain")
    if too_large:
        response = problem(413, receipt.detail)
        response.headers["Connection"] = "close"  # what is left of the body is not worth reading
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
