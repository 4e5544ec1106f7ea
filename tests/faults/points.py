"""The points at which processes are made to die: what they do there to the world outside, as `doom` reports it."""

from collections.abc import Mapping

WEB: Mapping[str, str] = {
    "before a report is stored": r"before commit of .*INTO receipt",
    "between a report's commit and its answer": r"after commit of .*INTO receipt",
}

WORKER: Mapping[str, str] = {
    "before a claim is stored": r"before commit of .*SET lease = [:%$]",
    "between claim and send": r"after commit of .*WHERE delivery\.lease = ",
    "on the doorstep": r"before sending",
    "between send and answer": r"before the answer",
    "between answer and settlement": r"after the answer",
    "before a settlement is stored": r"before commit of .*SET delivered",
    "after a settlement": r"after commit of .*SET delivered",
}

POINTS = {**WEB, **WORKER}
