"""Finds sessions by what people remember of them, some at a time, however many there are.

Every search walks one index, in its order, and looks at no more than `WINDOW` sessions at once: what an index cannot
tell is filtered on the way. So a look costs the same with a thousand sessions and with a million.
"""

import re
from dataclasses import dataclass

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.sessions.model import Session
from proctor_results.sessions.store.rows import SESSION_COLUMNS, session_from_row

SCAN_LIMIT = 250
"""Few, because each may lie in another place of the disk."""


@dataclass(frozen=True, kw_only=True)
class SessionFilter:
    """What is looked for. `begins` is how the identifier or the student begins; `held` a kind of hold, `any` or `none`.

    Everything that is not None must hold true.
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
    """Where a page ended: the id of its last session and, where an order has another key before it, that key."""

    id: int
    sort_key: str = ""


@dataclass(frozen=True, kw_only=True)
class SessionListItem:
    """A session found. `undelivered` says whether a target does not have its newest revision."""

    session: Session
    has_pending_delivery: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """What was found, and where to go on; None where there is no more.

    A page that is not full and yet has a `next` ends where enough had been looked at.
    """

    items: tuple[SessionListItem, ...]
    next_cursor: Cursor | None


def search(database: Database, filters: SessionFilter, after: Cursor | None, limit: int) -> Page:
    """At most `limit` sessions after that place; one found in two ways stands there once. Raises LedgerAway."""
    index = _choose_index(filters)
    values = {**_filter_parameters(filters), **_start_parameters(index, filters, after)}
    rows = database.fetch(_PAGE_BY_INDEX[index], **values, limit=limit)
    items = tuple(
        {
            row[0]: SessionListItem(
                session=session_from_row(row[3:]), has_pending_delivery=bool(row[2])
            )
            for row in rows
        }.values()
    )
    end_rows = (
        [row[:2] for row in rows[-1:]]
        if len(rows) == limit
        else database.fetch(_SCAN_END_BY_INDEX[index], **values)
    )
    return Page(
        items=items,
        next_cursor=Cursor(id=end_rows[0][0], sort_key=str(end_rows[0][1])) if end_rows else None,
    )


def _choose_index(filters: SessionFilter) -> str:
    """The index to walk: the one that leaves the least over."""
    if filters.student:
        return "student"
    if filters.prefix:
        return "prefix"
    if filters.has_pending_delivery:
        return "undelivered"
    if filters.exam:
        return "exam"
    return "held" if filters.hold not in (None, "none") else "newest"


def _filter_parameters(filters: SessionFilter) -> dict[str, object]:
    return {
        "exam": filters.exam,
        "student": filters.student,
        "status": filters.status,
        "outcome": filters.outcome,
        "open_hold_kinds": _HOLD_PATTERNS.get(filters.hold, f"%{filters.hold}%")
        if filters.hold
        else None,
        "has_pending_delivery": filters.has_pending_delivery,
        "window": SCAN_LIMIT,
    }


_HOLD_PATTERNS = {"any": "_%", "none": ""}


def _start_parameters(
    index: str, filters: SessionFilter, after: Cursor | None
) -> dict[str, object]:
    """Where the walk begins, and in which range of texts it stays."""
    if index == "undelivered":
        pending_since = after.sort_key if after else ""
        return {
            "id": after.id if after else 0,
            "key": int(pending_since) if re.fullmatch(r"\d{1,18}", pending_since) else 0,
        }
    if index == "prefix":
        prefix, sort_key = filters.prefix or "", after.sort_key if after else ""
        return {
            "id": after.id if after else 0,
            "key": max(prefix, sort_key),
            "beyond": f"{prefix}{_HIGHEST_CHARACTER}",
        }
    return {"id": after.id if after else _MAX_ID}


_MAX_ID = 2**63 - 1
_HIGHEST_CHARACTER = "\U0010ffff"


def _scan_newest(condition: str) -> tuple[str, str]:
    scan = f"SELECT id, '' AS sort_key FROM session WHERE {condition} AND id < :id ORDER BY id DESC LIMIT :window"  # from constants
    return scan, "candidate.id DESC"


def _scan_prefix(column: str) -> str:
    return f"""
SELECT * FROM (
  SELECT id, {column} AS sort_key FROM session
  WHERE ({column}, id) > (:key, :id) AND {column} < :beyond
  ORDER BY {column}, id LIMIT :window
) AS by_{column}"""  # as above


_IS_PENDING = "(delivery.delivered_revision IS NULL OR delivery.delivered_revision < delivery.desired_revision)"

_SCAN_LONGEST_PENDING = f"""
SELECT session_id AS id, pending_since AS sort_key FROM delivery
WHERE {_IS_PENDING} AND (pending_since, session_id) > (:key, :id) AND NOT EXISTS (
  SELECT 1 FROM delivery AS other
  WHERE other.session_id = delivery.session_id AND (other.delivered_revision IS NULL OR other.delivered_revision < other.desired_revision)
    AND (other.pending_since, other.id) < (delivery.pending_since, delivery.id)
)
ORDER BY pending_since, session_id LIMIT :window
"""  # as above

_ORDER_BY_SORT_KEY = "candidate.sort_key, candidate.id"

_SCANS = {
    "newest": _scan_newest("TRUE"),
    "held": _scan_newest("open_hold_kinds <> ''"),
    "exam": _scan_newest("exam = :exam"),
    "student": _scan_newest("student = :student"),
    "prefix": (
        f"{_scan_prefix('identifier')} UNION ALL {_scan_prefix('student')} ORDER BY sort_key, id LIMIT :window",
        _ORDER_BY_SORT_KEY,
    ),
    "undelivered": (_SCAN_LONGEST_PENDING, _ORDER_BY_SORT_KEY),
}

# Sessions are filtered and put in order by their ids, and only those of one page are then read whole.
_PAGE_BY_INDEX = {
    lane: Statement(f"""
WITH candidate AS ({walk}),
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
""")  # as above
    for lane, (walk, order) in _SCANS.items()
}

_SCAN_END_BY_INDEX = {
    lane: Statement(
        f"WITH candidate AS ({walk}) SELECT id, sort_key FROM candidate ORDER BY {order} LIMIT 1 OFFSET :window - 1"
    )
    for lane, (walk, order) in _SCANS.items()
}
