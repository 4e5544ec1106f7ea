"""`/dashboard/sessions/<identifier>/receipts/<receipt>`: what came in, byte by byte."""

from flask import Blueprint, Response, make_response, render_template

from proctor_results.api.context import api_context
from proctor_results.dashboard.error_pages import not_found
from proctor_results.dashboard.queries.session_details import get_receipt
from proctor_results.operators.access import viewer_required

receipts = Blueprint("receipts", __name__)

MAX_SHOWN_BYTES = 64 * 1024
"""So many bytes of a body are shown; the whole of it can be saved."""


@receipts.route(
    "/dashboard/sessions/<identifier:identifier>/receipts/<int(max=9223372036854775807):receipt>"
)
@viewer_required
def show(identifier: str, receipt: int) -> Response:
    """The receipt, its body as text: what is not UTF-8 shows as a question mark."""
    receipt_with_body = get_receipt(api_context().deps, identifier, receipt)
    if receipt_with_body is None:
        return not_found()
    text = receipt_with_body.body[:MAX_SHOWN_BYTES].decode("utf-8", "replace")
    template_values = {
        "identifier": identifier,
        "receipt_with_body": receipt_with_body,
        "body_text": text,
        "is_truncated": len(receipt_with_body.body) > MAX_SHOWN_BYTES,
    }
    return make_response(render_template("dashboard/receipt.html", **template_values))


@receipts.route(
    "/dashboard/sessions/<identifier:identifier>/receipts/<int(max=9223372036854775807):receipt>/body"
)
@viewer_required
def download(identifier: str, receipt: int) -> Response:
    """The body alone: to be saved, never to be run or shown by the browser."""
    receipt_with_body = get_receipt(api_context().deps, identifier, receipt)
    if receipt_with_body is None:
        return not_found()
    response = Response(receipt_with_body.body, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{receipt}.bin"'
    return response
