"""Finds sessions by what people remember of them, some at a time, however many there are.

Every search walks one index, in its order, and looks at no more than `WINDOW` sessions at once: what an index cannot
tell is filtered on the way. So a look costs the same with a thousand sessions and with a million.
"""

import re
from dataclasses import dataclass

from proctor_results.domain.session import Session
from proctor_results.store.columns import SESSION, session
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

WINDOW = 250
"""Few, because each may lie in another place of the disk."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for. `begins` is how the identifier or the student begins; `held` a kind of hold, `any` or `none`.

    Everything that is not None must hold true.
    """

    begins: str | None = None
    exam: str | None = None
    student: str | None = None
    status: str | None = None
    outcome: str | None = None
    held: str | None = None
    undelivered: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page ended: the id of its last session and, where an order has another key before it, that key."""

    id: int
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A session found. `undelivered` says whether a target does not have its newest revision."""

    session: Session
    undelivered: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """What was found, and where to go on; None where there is no more.

    A page that is not full and yet has a `next` ends where enough had been looked at.
    """

    found: tuple[Listed, ...]
    next: Place | None


def find(ledger: Ledger, wanted: Wanted, after: Place | None, limit: int) -> Page:
    """At most `limit` sessions after that place; one found in two ways stands there once. Raises LedgerAway."""
    lane = _lane(wanted)
    values = {**_values(wanted), **_from(lane, wanted, after)}
    rows = ledger.run(_PAGES[lane], **values, limit=limit)
    found = tuple({row[0]: Listed(session=session(row[3:]), undelivered=bool(row[2])) for row in rows}.values())
    ends = [row[:2] for row in rows[-1:]] if len(rows) == limit else ledger.run(_ENDS[lane], **values)
    return Page(found=found, next=Place(id=ends[0][0], key=str(ends[0][1])) if ends else None)


def _lane(wanted: Wanted) -> str:
    """The index to walk: the one that leaves the least over."""
    if wanted.student:
        return "student"
    if wanted.begins:
        return "begins"
    if wanted.undelivered:
        return "undelivered"
    if wanted.exam:
        return "exam"
    return "held" if wanted.held not in (None, "none") else "newest"


def _values(wanted: Wanted) -> dict[str, object]:
    return {
        "exam": wanted.exam,
        "student": wanted.student,
        "status": wanted.status,
        "outcome": wanted.outcome,
        "held": _HELD.get(wanted.held, f"%{wanted.held}%") if wanted.held else None,
        "undelivered": wanted.undelivered,
        "window": WINDOW,
    }


_HELD = {"any": "_%", "none": ""}


def _from(lane: str, wanted: Wanted, after: Place | None) -> dict[str, object]:
    """Where the walk begins, and in which range of texts it stays."""
    if lane == "undelivered":
        due_since = after.key if after else ""
        return {"id": after.id if after else 0, "key": int(due_since) if re.fullmatch(r"\d{1,18}", due_since) else 0}
    if lane == "begins":
        begins, key = wanted.begins or "", after.key if after else ""
        return {"id": after.id if after else 0, "key": max(begins, key), "beyond": f"{begins}{_HIGHEST}"}
    return {"id": after.id if after else _NEWEST}


_NEWEST = 2**63 - 1
_HIGHEST = "\U0010ffff"


def _newest(condition: str) -> tuple[str, str]:
    walk = f"SELECT id, '' AS place FROM session WHERE {condition} AND id < :id ORDER BY id DESC LIMIT :window"  # noqa: S608  # from constants
    return walk, "candidate.id DESC"


def _beginning(column: str) -> str:
    return f"""
SELECT * FROM (
  SELECT id, {column} AS place FROM session
  WHERE ({column}, id) > (:key, :id) AND {column} < :beyond
  ORDER BY {column}, id LIMIT :window
) AS by_{column}"""  # noqa: S608  # as above


_UNDELIVERED = "(delivery.delivered IS NULL OR delivery.delivered < delivery.wanted)"

_LONGEST_DUE = f"""
SELECT session_id AS id, due_since AS place FROM delivery
WHERE {_UNDELIVERED} AND (due_since, session_id) > (:key, :id) AND NOT EXISTS (
  SELECT 1 FROM delivery AS other
  WHERE other.session_id = delivery.session_id AND (other.delivered IS NULL OR other.delivered < other.wanted)
    AND (other.due_since, other.id) < (delivery.due_since, delivery.id)
)
ORDER BY due_since, session_id LIMIT :window
"""  # noqa: S608  # as above

_IN_ORDER = "candidate.place, candidate.id"

_LANES = {
    "newest": _newest("TRUE"),
    "held": _newest("held <> ''"),
    "exam": _newest("exam = :exam"),
    "student": _newest("student = :student"),
    "begins": (
        f"{_beginning('identifier')} UNION ALL {_beginning('student')} ORDER BY place, id LIMIT :window",
        _IN_ORDER,
    ),
    "undelivered": (_LONGEST_DUE, _IN_ORDER),
}

# Sessions are filtered and put in order by their ids, and only those of one page are then read whole.
_PAGES = {
    lane: Statement(f"""
WITH candidate AS ({walk}),
fitting AS (
  SELECT candidate.id, candidate.place FROM candidate JOIN session ON session.id = candidate.id
  WHERE (CAST(:exam AS TEXT) IS NULL OR session.exam = :exam)
    AND (CAST(:student AS TEXT) IS NULL OR session.student = :student)
    AND (CAST(:status AS TEXT) IS NULL OR session.status = :status)
    AND (CAST(:outcome AS TEXT) IS NULL OR session.outcome = :outcome)
    AND (CAST(:held AS TEXT) IS NULL OR session.held LIKE :held)
    AND (NOT :undelivered OR EXISTS (
      SELECT 1 FROM delivery WHERE delivery.session_id = session.id AND {_UNDELIVERED}
    ))
  ORDER BY {order} LIMIT :limit
)
SELECT candidate.id, candidate.place, EXISTS (
  SELECT 1 FROM delivery WHERE delivery.session_id = session.id AND {_UNDELIVERED}
), {SESSION}
FROM fitting AS candidate JOIN session ON session.id = candidate.id
ORDER BY {order}
""")  # noqa: S608  # as above
    for lane, (walk, order) in _LANES.items()
}

_ENDS = {
    lane: Statement(
        f"WITH candidate AS ({walk}) SELECT id, place FROM candidate ORDER BY {order} LIMIT 1 OFFSET :window - 1"  # noqa: S608
    )
    for lane, (walk, order) in _LANES.items()
}
