"""`/dashboard`: the exam day at a glance."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from proctor_results.dashboard.guards import for_viewers
from proctor_results.web.guards import for_anyone

board = Blueprint("board", __name__)


@board.route("/")
@for_anyone
def door() -> ResponseReturnValue:
    """Whoever comes with a browser wants to see something."""
    return redirect(url_for(".show"))


@board.route("/dashboard")
@for_viewers
def show() -> ResponseReturnValue:
    return redirect(url_for("dashboard.sessions.search"))
