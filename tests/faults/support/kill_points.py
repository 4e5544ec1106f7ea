"""The points at which processes are killed, as patterns of what `kill_at_point` reports."""

from collections.abc import Mapping

WEB_POINTS: Mapping[str, str] = {
    "before a report is stored": r"before commit of .*INTO \W?receipt\b",
    "between a report's commit and its response": r"after commit of .*INTO \W?receipt\b",
}

WORKER_POINTS: Mapping[str, str] = {
    "before a lease is stored": r"before commit of .*SET \W?lease_token\W? = [:%$?]",
    "between lease and send": r"after commit of .*WHERE delivery\.lease_token = ",
    "just before sending": r"before sending",
    "between send and response": r"before the response",
    "between response and result": r"after the response",
    "before a result is stored": r"before commit of .*SET delivered_revision",
    "after a result is stored": r"after commit of .*SET delivered_revision",
}

POINTS = {**WEB_POINTS, **WORKER_POINTS}
