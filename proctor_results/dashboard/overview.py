"""`/dashboard`: counts and lists of what needs attention on an exam day."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from proctor_results.api.auth import public
from proctor_results.api.context import api_context
from proctor_results.dashboard.queries.overview import COUNT_LIMIT, load_overview
from proctor_results.dashboard.template_filters import now
from proctor_results.operators.access import viewer_required

overview = Blueprint("overview", __name__)


@overview.route("/")
@public
def index() -> ResponseReturnValue:
    """Lead a browser from the service's bare address to the dashboard."""
    return redirect(url_for(".show"))


@overview.route("/dashboard")
@viewer_required
def show() -> str:
    """Show the page. Its script fetches `/dashboard/overview` every few seconds."""
    return _render("dashboard/overview.html")


@overview.route("/dashboard/overview")
@viewer_required
def refresh_fragment() -> str:
    """Return the page's content without the page around it."""
    return _render("dashboard/overview_content.html")


def _render(template: str) -> str:
    current = load_overview(api_context().deps, now())
    return render_template(template, overview=current, count_limit=COUNT_LIMIT)
