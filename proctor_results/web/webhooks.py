"""`POST /webhooks/<vendor>`: where proctoring systems report."""

import hashlib
from datetime import datetime

import structlog
from flask import Response, g, request
from flask_smorest import Blueprint

from proctor_results import request_id
from proctor_results.domain.receipt import Receipt, Request
from proctor_results.domain.words import ReceiptVerdict
from proctor_results.flows.record_report import record_report
from proctor_results.vendors.base import Invalid, Malformed, Reading, Vendor
from proctor_results.web import guards
from proctor_results.web.examples import SUPERVISOR_RESULT
from proctor_results.web.front_door import front_door
from proctor_results.web.problems import problem, refuses

LARGEST_BODY = 256 * 1024
KEPT_HEADERS = ("Content-Type", "Content-Encoding", "Content-Length", "User-Agent")

webhooks = Blueprint("webhooks", __name__, description="Where proctoring systems report")

log = structlog.get_logger()


@webhooks.route("/webhooks/<vendor>", methods=["POST"])
@webhooks.doc(**SUPERVISOR_RESULT)
@refuses(
    webhooks,
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
@guards.for_vendors
def receive(vendor: str) -> Response:
    """Takes a result, as often and in whatever order it comes.

    200 with an empty body means: kept, and understood. That is so for repeats, for old news and for a status that
    nobody knows yet, too. Everything that came with a right key is kept, whatever the answer.
    """
    door = front_door()
    translator = door.vendors.get(vendor)
    if translator is None:
        return problem(404, f"no vendor is called {vendor!r}")
    body = request.stream.read(LARGEST_BODY + 1)
    reading = _reading(translator, body)
    receipt = record_report(door.house, _request(translator, body[:LARGEST_BODY], door.now()), reading)
    _log(receipt)
    return _answer(receipt, reading, too_large=len(body) > LARGEST_BODY)


def _reading(translator: Vendor, body: bytes) -> Reading:
    if len(body) > LARGEST_BODY:
        return Malformed(detail=f"larger than {LARGEST_BODY} bytes; only the beginning is kept")
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        return Malformed(detail=f"Content-Encoding {encoding!a} cannot be read: send the body as it is")
    return translator.read(body)


def _request(translator: Vendor, body: bytes, now: datetime) -> Request:
    return Request(
        vendor=translator.name,
        received_at=now,
        key_id=g.key_id,
        headers=_kept_headers(),
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
    )


def _kept_headers() -> dict[str, str]:
    given = request.headers
    kept = {name: value for name in KEPT_HEADERS if (value := given.get(name)) is not None}
    return {**kept, "Remote-Addr": request.remote_addr or "", request_id.HEADER: request_id.current() or ""}


def _answer(receipt: Receipt, reading: Reading, *, too_large: bool) -> Response:
    if receipt.verdict is not ReceiptVerdict.INVALID:
        return Response(content_type="text/plain")
    if too_large:
        answer = problem(413, receipt.detail)
        answer.headers["Connection"] = "close"  # what is left of the body is not worth reading
        return answer
    status = 400 if isinstance(reading, Malformed) else 422
    return problem(status, receipt.detail, reading.errors if isinstance(reading, Invalid) else None)


def _log(receipt: Receipt) -> None:
    log.info(
        "webhook.received",
        vendor=receipt.request.vendor,
        session=receipt.identifier,
        verdict=receipt.verdict,
        sha256=receipt.request.sha256,
    )
