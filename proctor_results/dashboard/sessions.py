"""`/dashboard/sessions`: search and filters."""

import re
import time
from typing import Any

from flask import Blueprint, render_template, request, url_for

from proctor_results.api.context import api_context
from proctor_results.dashboard.forms import SearchForm
from proctor_results.dashboard.queries.find_sessions import (
    Cursor,
    Page,
    SessionFilter,
    find_sessions,
)
from proctor_results.formats.text import storage_problem
from proctor_results.operators.access import viewer_required

sessions = Blueprint("sessions", __name__)

PAGE_SIZE = 50
SEARCH_TIME_LIMIT_SECONDS = 0.015
"""After so many seconds a page looks no further: a click of its own does."""


@sessions.route("/dashboard/sessions")
@viewer_required
def search() -> str:
    """The sessions that fit, some at a time."""
    form = SearchForm(request.args)
    filters: dict[str, Any] = {name: value for name, value in form.data.items() if value}
    page = _find(SessionFilter(**filters)) if form.validate() else Page(items=(), next_cursor=None)
    next_page_url = (
        url_for(".search", **filters, after=f"{page.next_cursor.id} {page.next_cursor.sort_key}")
        if page.next_cursor
        else None
    )
    return render_template(
        "dashboard/sessions.html",
        form=form,
        filters=filters,
        page=page,
        next_page_url=next_page_url,
        page_size=PAGE_SIZE,
    )


def _find(session_filter: SessionFilter) -> Page:
    after, search_until = (
        _parse_cursor(request.args.get("after", "")),
        time.monotonic() + SEARCH_TIME_LIMIT_SECONDS,
    )
    return find_sessions(
        api_context().deps,
        session_filter,
        after,
        PAGE_SIZE,
        lambda: time.monotonic() > search_until,
    )


def _parse_cursor(text: str) -> Cursor | None:
    """Where the page before ended, as its link says; anything else is the beginning."""
    match = re.fullmatch(r"(\d{1,18}) (.*)", text, re.DOTALL)
    return (
        Cursor(id=int(match[1]), sort_key=match[2])
        if match and not storage_problem(match[2])
        else None
    )
