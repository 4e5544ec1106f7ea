"""Searches sessions, page by page, at the same cost with a thousand sessions and with a million.

Every search scans one index in its order, at most `SCAN_LIMIT` sessions at a time, and filters
these by everything that the index does not cover.
"""

import re
from dataclasses import dataclass

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.sessions.model import Session
from proctor_results.sessions.rows import SESSION_COLUMNS, session_from_row

SCAN_LIMIT = 250
"""Few, because each session may be on another page of the disk."""


@dataclass(frozen=True, kw_only=True)
class SessionFilter:
    """All conditions that are not None must be met.

    `prefix` is the beginning of the identifier or the student; `hold` is a kind of hold, `any`
    or `none`.
    """

    prefix: str | None = None
    exam: str | None = None
    student: str | None = None
    status: str | None = None
    outcome: str | None = None
    hold: str | None = None
    has_pending_delivery: bool = False


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The last session of a page: its id and, if the order has another key before it, that key."""

    id: int
    sort_key: str = ""


@dataclass(frozen=True, kw_only=True)
class SessionListItem:
    """A session, and whether a target does not have its newest revision yet."""

    session: Session
    has_pending_delivery: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """The sessions found, and a cursor unless the search is complete.

    A page that is not full can have a cursor: its scan ended at `SCAN_LIMIT`.
    """

    items: tuple[SessionListItem, ...]
    next_cursor: Cursor | None


def search(database: Database, filters: SessionFilter, after: Cursor | None, limit: int) -> Page:
    """Find at most `limit` sessions after the cursor. Raises DatabaseUnavailable."""
    index = _choose_index(filters)
    values = {**_filter_parameters(filters), **_start_parameters(index, filters, after)}
    rows = database.fetch(_PAGE_BY_INDEX[index], **values, limit=limit)
    is_full = len(rows) == limit
    end_rows = rows[-1:] if is_full else database.fetch(_SCAN_END_BY_INDEX[index], **values)
    # A session that is found by its identifier and by its student is listed once.
    items = {row[0]: _item_from_row(row) for row in rows}
    return Page(
        items=tuple(items.values()),
        next_cursor=Cursor(id=end_rows[0][0], sort_key=str(end_rows[0][1])) if end_rows else None,
    )


def _item_from_row(row: Row) -> SessionListItem:
    return SessionListItem(session=session_from_row(row[3:]), has_pending_delivery=bool(row[2]))


def _choose_index(filters: SessionFilter) -> str:
    """Choose the index that leaves the fewest sessions to filter."""
    if filters.student:
        return "student"
    if filters.prefix:
        return "prefix"
    if filters.has_pending_delivery:
        return "pending"
    if filters.exam:
        return "exam"
    return "locked" if filters.hold not in (None, "none") else "newest"


def _filter_parameters(filters: SessionFilter) -> dict[str, object]:
    hold_pattern = _HOLD_PATTERNS.get(filters.hold, f"%{filters.hold}%") if filters.hold else None
    return {
        "exam": filters.exam,
        "student": filters.student,
        "status": filters.status,
        "outcome": filters.outcome,
        "open_hold_kinds": hold_pattern,
        "has_pending_delivery": filters.has_pending_delivery,
        "scan_limit": SCAN_LIMIT,
    }


_HOLD_PATTERNS = {"any": "_%", "none": ""}


def _start_parameters(
    index: str, filters: SessionFilter, after: Cursor | None
) -> dict[str, object]:
    """Say where the scan begins, and in which range of texts it stays."""
    cursor = after or Cursor(id=0)
    if index == "pending":
        is_time = re.fullmatch(r"\d{1,18}", cursor.sort_key)
        return {"id": cursor.id, "key": int(cursor.sort_key) if is_time else 0}
    if index == "prefix":
        prefix = filters.prefix or ""
        key = max(prefix, cursor.sort_key)
        return {"id": cursor.id, "key": key, "beyond": f"{prefix}{_HIGHEST_CHARACTER}"}
    return {"id": after.id if after else _MAX_ID}


_MAX_ID = 2**63 - 1
_HIGHEST_CHARACTER = "\U0010ffff"


def _scan_newest(condition: str) -> tuple[str, str]:
    scan = f"""
SELECT id, '' AS sort_key FROM session
WHERE {condition} AND id < :id ORDER BY id DESC LIMIT :scan_limit"""
    return scan, "candidate.id DESC"


def _scan_prefix(column: str) -> str:
    return f"""
SELECT * FROM (
  SELECT id, {column} AS sort_key FROM session
  WHERE ({column}, id) > (:key, :id) AND {column} < :beyond
  ORDER BY {column}, id LIMIT :scan_limit
) AS by_{column}"""


_IS_PENDING = """(
  delivery.delivered_revision IS NULL OR delivery.delivered_revision < delivery.desired_revision
)"""

_SCAN_LONGEST_PENDING = f"""
SELECT session_id AS id, pending_since AS sort_key FROM delivery
WHERE {_IS_PENDING} AND (pending_since, session_id) > (:key, :id) AND NOT EXISTS (
  SELECT 1 FROM delivery AS other
  WHERE other.session_id = delivery.session_id
    AND (other.delivered_revision IS NULL OR other.delivered_revision < other.desired_revision)
    AND (other.pending_since, other.id) < (delivery.pending_since, delivery.id)
)
ORDER BY pending_since, session_id LIMIT :scan_limit
"""

_ORDER_BY_SORT_KEY = "candidate.sort_key, candidate.id"

_SCANS = {
    "newest": _scan_newest("TRUE"),
    "locked": _scan_newest("open_hold_kinds <> ''"),
    "exam": _scan_newest("exam = :exam"),
    "student": _scan_newest("student = :student"),
    "prefix": (
        f"{_scan_prefix('identifier')} UNION ALL {_scan_prefix('student')}"
        " ORDER BY sort_key, id LIMIT :scan_limit",
        _ORDER_BY_SORT_KEY,
    ),
    "pending": (_SCAN_LONGEST_PENDING, _ORDER_BY_SORT_KEY),
}

# Sessions are filtered and sorted by their ids; only those of one page are then read in full.
_PAGE_BY_INDEX = {
    index: Statement(f"""
WITH candidate AS ({scan}),
matching AS (
  SELECT candidate.id, candidate.sort_key FROM candidate JOIN session ON session.id = candidate.id
  WHERE (CAST(:exam AS TEXT) IS NULL OR session.exam = :exam)
    AND (CAST(:student AS TEXT) IS NULL OR session.student = :student)
    AND (CAST(:status AS TEXT) IS NULL OR session.status = :status)
    AND (CAST(:outcome AS TEXT) IS NULL OR session.outcome = :outcome)
    AND (CAST(:open_hold_kinds AS TEXT) IS NULL OR session.open_hold_kinds LIKE :open_hold_kinds)
    AND (NOT :has_pending_delivery OR EXISTS (
      SELECT 1 FROM delivery WHERE delivery.session_id = session.id AND {_IS_PENDING}
    ))
  ORDER BY {order} LIMIT :limit
)
SELECT candidate.id, candidate.sort_key, EXISTS (
  SELECT 1 FROM delivery WHERE delivery.session_id = session.id AND {_IS_PENDING}
), {SESSION_COLUMNS}
FROM matching AS candidate JOIN session ON session.id = candidate.id
ORDER BY {order}
""")
    for index, (scan, order) in _SCANS.items()
}

_SCAN_END_BY_INDEX = {
    index: Statement(
        f"WITH candidate AS ({scan}) SELECT id, sort_key FROM candidate"
        f" ORDER BY {order} LIMIT 1 OFFSET :scan_limit - 1"
    )
    for index, (scan, order) in _SCANS.items()
}
