"""Heartbeats, each of which moves its session's deadline, against the empty view."""

from datetime import UTC, datetime

from bench.conditions import Conditions
from bench.load.plan import request
from bench.row import Figure, Promise, Row
from bench.seeds import sitting, some
from bench.site import Site, both
from bench.verify import Count
from bench.versus import against_empty
from proctor_results.store.statement import Statement
from proctor_results.web.launch_tokens import Launch, LaunchTokens

COUNTED = (
    Count(
        what="beats",
        mark=Statement("SELECT SUM(beats) FROM watch"),
        gained=Statement("SELECT SUM(beats) - :mark FROM watch"),
    ),
)

_SESSIONS = 10_000


def beats(site: Site, sessions: int) -> list[bytes]:
    """A heartbeat of each who sits an exam among so many sessions, or of a good part, as our script sends it."""
    tokens, now = LaunchTokens(secret=site.secret_key), datetime.now(UTC)
    return [_beat(each, tokens.make(Launch(identifier=each, number=1), now)) for each in some(sitting(sessions))]


def _beat(identifier: str, token: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return request("POST", f"/sessions/{identifier}/heartbeats", headers, b'{"count":7}')


def _measure(conditions: Conditions) -> Figure:
    with both(conditions, _SESSIONS) as site:
        return against_empty(conditions, site, beats(site, _SESSIONS), COUNTED)


ROW = Row(
    name="heartbeats",
    title="heartbeats ÷ empty view",
    promises={"sqlite": Promise(bound=0.50), "postgresql": Promise(bound=0.35)},
    measure=_measure,
)
