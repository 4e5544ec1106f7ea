"""`/dashboard/sessions`: searches sessions by name, exam, state and pending deliveries."""

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
"""A page stops searching after this time, and offers a link that continues."""


@sessions.route("/dashboard/sessions")
@viewer_required
def search() -> str:
    """Show one page of the sessions that match the form."""
    form = SearchForm(request.args)
    filters: dict[str, Any] = {name: value for name, value in form.data.items() if value}
    page = _find(SessionFilter(**filters)) if form.validate() else Page(items=(), next_cursor=None)
    return render_template(
        "dashboard/sessions.html",
        form=form,
        filters=filters,
        page=page,
        next_page_url=_next_page_url(filters, page.next_cursor),
        page_size=PAGE_SIZE,
    )


def _find(session_filter: SessionFilter) -> Page:
    cursor = _parse_cursor(request.args.get("after", ""))
    search_until = time.monotonic() + SEARCH_TIME_LIMIT_SECONDS
    return find_sessions(
        api_context().deps,
        session_filter,
        cursor,
        PAGE_SIZE,
        lambda: time.monotonic() > search_until,
    )


def _parse_cursor(text: str) -> Cursor | None:
    """Read what `_next_page_url` wrote; None, the beginning, for anything else."""
    match = re.fullmatch(r"(\d{1,18}) (.*)", text, re.DOTALL)
    is_valid = match and not storage_problem(match[2])
    return Cursor(id=int(match[1]), sort_key=match[2]) if match and is_valid else None


def _next_page_url(filters: dict[str, Any], cursor: Cursor | None) -> str | None:
    return url_for(".search", **filters, after=f"{cursor.id} {cursor.sort_key}") if cursor else None
