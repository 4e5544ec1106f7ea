"""`/dashboard`: the exam day at a glance."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from proctor_results.dashboard.guards import for_viewers
from proctor_results.dashboard.words import now
from proctor_results.flows.watch_exam_day import MOST, watch_exam_day
from proctor_results.web.front_door import front_door
from proctor_results.web.guards import for_anyone

board = Blueprint("board", __name__)


@board.route("/")
@for_anyone
def door() -> ResponseReturnValue:
    """Whoever comes with a browser wants to see something."""
    return redirect(url_for(".show"))


@board.route("/dashboard")
@for_viewers
def show() -> str:
    """The page; its script, or where there is none the browser, fetches what has changed since."""
    return render_template("dashboard/board.html", day=watch_exam_day(front_door().house, now()), most=MOST)


@board.route("/dashboard/board")
@for_viewers
def refresh() -> str:
    """What is on it."""
    return render_template("dashboard/day.html", day=watch_exam_day(front_door().house, now()), most=MOST)
