"""`/dashboard/sessions/<identifier>`: one session, and why it is as it is."""

from flask import Blueprint, Response, make_response, render_template

from proctor_results.api.context import api_context
from proctor_results.dashboard import chart, timeline
from proctor_results.dashboard.error_pages import not_found
from proctor_results.dashboard.queries.session_details import get_session_details
from proctor_results.operations.operator_actions import OVERRIDE_OUTCOMES
from proctor_results.operators.access import viewer_required
from proctor_results.sessions.rules.human_decision import active_override

session = Blueprint("session", __name__)


@session.route("/dashboard/sessions/<identifier:identifier>")
@viewer_required
def show(identifier: str) -> Response:
    """Everything that is known about the session."""
    details = get_session_details(api_context().deps, identifier)
    if details is None:
        return not_found()
    override_values = {"override": active_override(details.session), "outcomes": OVERRIDE_OUTCOMES}
    derived_values = {
        "bars": chart.build_average_bars(details.session, details.policy),
        "events": timeline.build_timeline(details),
    }
    return make_response(
        render_template(
            "dashboard/session.html",
            details=details,
            session=details.session,
            **derived_values,
            **override_values,
        )
    )
