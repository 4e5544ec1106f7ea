"""`/dashboard`: the exam day at a glance."""

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
    """Whoever comes with a browser wants to see something."""
    return redirect(url_for(".show"))


@overview.route("/dashboard")
@viewer_required
def show() -> str:
    """The page; its script, or where there is none the browser, fetches what has changed since."""
    return render_template(
        "dashboard/overview.html",
        overview=load_overview(api_context().deps, now()),
        count_limit=COUNT_LIMIT,
    )


@overview.route("/dashboard/overview")
@viewer_required
def refresh_fragment() -> str:
    """What is on it."""
    return render_template(
        "dashboard/overview_content.html",
        overview=load_overview(api_context().deps, now()),
        count_limit=COUNT_LIMIT,
    )
