"""`/dashboard/sessions/<identifier>/receipts/<receipt>`: what came in, byte by byte."""

from flask import Blueprint, Response, make_response, render_template

from proctor_results.dashboard.guards import for_viewers
from proctor_results.dashboard.refusals import not_found
from proctor_results.flows.look_into import look_at_receipt
from proctor_results.web.front_door import front_door

receipts = Blueprint("receipts", __name__)

SHOWN = 64 * 1024
"""So many bytes of a body are shown; the whole of it can be saved."""


@receipts.route("/dashboard/sessions/<identifier:identifier>/receipts/<int(max=9223372036854775807):receipt>")
@for_viewers
def show(identifier: str, receipt: int) -> Response:
    """The receipt, its body as text: what is not UTF-8 shows as a question mark."""
    found = look_at_receipt(front_door().house, identifier, receipt)
    if found is None:
        return not_found()
    text = found.body[:SHOWN].decode("utf-8", "replace")
    shown = {"of": identifier, "original": found, "text": text, "cut": len(found.body) > SHOWN}
    return make_response(render_template("dashboard/receipt.html", **shown))


@receipts.route("/dashboard/sessions/<identifier:identifier>/receipts/<int(max=9223372036854775807):receipt>/body")
@for_viewers
def save(identifier: str, receipt: int) -> Response:
    """The body alone: to be saved, never to be run or shown by the browser."""
    found = look_at_receipt(front_door().house, identifier, receipt)
    if found is None:
        return not_found()
    answer = Response(found.body, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{receipt}.bin"'
    return answer
