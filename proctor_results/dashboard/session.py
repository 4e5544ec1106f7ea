"""`/dashboard/sessions/<identifier>`: one session, and why it is as it is."""

from flask import Blueprint, Response, make_response, render_template

from proctor_results.dashboard import chart, timeline
from proctor_results.dashboard.guards import for_viewers
from proctor_results.dashboard.refusals import not_found
from proctor_results.domain.ruling import standing_override
from proctor_results.flows.look_into import look_into
from proctor_results.flows.override_by_hand import OUTCOMES
from proctor_results.web.front_door import front_door

session = Blueprint("session", __name__)


@session.route("/dashboard/sessions/<identifier:identifier>")
@for_viewers
def show(identifier: str) -> Response:
    """Everything that is known about the session."""
    dossier = look_into(front_door().house, identifier)
    if dossier is None:
        return not_found()
    override = {"override": standing_override(dossier.session), "outcomes": OUTCOMES}
    seen = {"bars": chart.bars(dossier.session, dossier.policy), "events": timeline.events(dossier)}
    return make_response(
        render_template("dashboard/session.html", dossier=dossier, of=dossier.session, **seen, **override)
    )
