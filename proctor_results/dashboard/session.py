"""`/dashboard/sessions/<identifier>`: one session, and why it is as it is."""

from flask import Blueprint, Response, make_response, render_template

from proctor_results.dashboard import chart
from proctor_results.dashboard.guards import for_viewers
from proctor_results.dashboard.refusals import not_found
from proctor_results.flows.look_into import look_into, raw_body
from proctor_results.web.front_door import front_door

session = Blueprint("session", __name__)

SHOWN = 64 * 1024
"""So many bytes of a body are shown on a page; the whole of it can be saved."""


@session.route("/dashboard/sessions/<identifier:identifier>")
@for_viewers
def show(identifier: str) -> Response:
    """Everything that is known about the session."""
    dossier = look_into(front_door().house, identifier)
    if dossier is None:
        return not_found()
    bars = chart.bars(dossier.session, dossier.policy)
    return make_response(render_template("dashboard/session.html", dossier=dossier, of=dossier.session, bars=bars))


@session.route("/dashboard/sessions/<identifier:identifier>/receipts/<int:receipt>")
@for_viewers
def body(identifier: str, receipt: int) -> Response:
    """What came in, byte by byte: to be saved, never to be run or shown by the browser."""
    said = raw_body(front_door().house, identifier, receipt)
    if said is None:
        return not_found()
    answer = Response(said, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{receipt}.bin"'
    return answer
