"""An LMS that asks for one session, against the empty view."""

from bench.conditions import Conditions
from bench.load.plan import request
from bench.row import Figure, Promise, Row
from bench.seeds import everybody, some
from bench.site import Site, both
from bench.versus import against_empty

_SESSIONS = 10_000


def questions(site: Site, sessions: int) -> list[bytes]:
    """One for each of so many sessions, or for a good part of them; all of them exist."""
    headers = {"Authorization": f"Bearer {site.lms_key}", "Accept": "application/json"}
    return [request("GET", f"/sessions/{each}", headers) for each in some(everybody(sessions))]


def _measure(conditions: Conditions) -> Figure:
    with both(conditions, _SESSIONS) as site:
        return against_empty(conditions, site, questions(site, _SESSIONS), ())


ROW = Row(
    name="poll",
    title="poll of one session ÷ empty view",
    promises={"sqlite": Promise(bound=0.60), "postgresql": Promise(bound=0.45)},
    measure=_measure,
)
