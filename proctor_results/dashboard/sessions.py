"""`/dashboard/sessions`: search and filters."""

import re
import time
from typing import Any

from flask import Blueprint, render_template, request, url_for

from proctor_results.dashboard.forms import SearchForm
from proctor_results.dashboard.guards import for_viewers
from proctor_results.domain.storable import fault_of
from proctor_results.flows.find_sessions import Page, Place, Wanted, find_sessions
from proctor_results.web.front_door import front_door

sessions = Blueprint("sessions", __name__)

AT_ONCE = 50
PATIENCE = 0.015
"""After so many seconds a page looks no further: a click of its own does."""


@sessions.route("/dashboard/sessions")
@for_viewers
def search() -> str:
    """The sessions that fit, some at a time."""
    form = SearchForm(request.args)
    said: dict[str, Any] = {name: value for name, value in form.data.items() if value}
    page = _found(Wanted(**said)) if form.validate() else Page(found=(), next=None)
    onward = url_for(".search", **said, after=f"{page.next.id} {page.next.key}") if page.next else None
    return render_template("dashboard/sessions.html", form=form, said=said, page=page, onward=onward, at_once=AT_ONCE)


def _found(wanted: Wanted) -> Page:
    after, until = _place(request.args.get("after", "")), time.monotonic() + PATIENCE
    return find_sessions(front_door().house, wanted, after, AT_ONCE, lambda: time.monotonic() > until)


def _place(text: str) -> Place | None:
    """Where the page before ended, as its link says; anything else is the beginning."""
    said = re.fullmatch(r"(\d{1,18}) (.*)", text, re.DOTALL)
    return Place(id=int(said[1]), key=said[2]) if said and not fault_of(said[2]) else None
