"""The README of a bundle, for a reader who knows neither our software nor hash functions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from proctor_results.domain.times import text_of

Row = Mapping[str, Any]


def readme(identifier: str, receipts: Sequence[Row], decisions: Sequence[Row], now: datetime) -> str:
    """In Markdown; the rows are those of `receipts.json` and `decisions.json`."""
    lines = [*_events(receipts, decisions)]
    return _TEXT.format(
        identifier=identifier,
        now=text_of(now),
        receipts=len(receipts),
        decisions=len(decisions),
        events="\n".join(line for _, line in sorted(lines, key=lambda event: event[0])),
    )


def _events(receipts: Sequence[Row], decisions: Sequence[Row]) -> Iterator[tuple[tuple[str, int], str]]:
    """Each with what it is sorted by: a decision comes after the request that it rests on."""
    for row in receipts:
        yield (row["received"], 0), f"- {row['received']}: {_arrival(row)}"
    for row in decisions:
        yield (row["decided"], 1), f"- {row['decided']}: {_decision(row)}"


def _arrival(row: Row) -> str:
    if row["replay_of"]:
        return f"request {row['replay_of']} was fed through again (as {row['id']}): {_fate(row)}."
    file = f"`{row['body']}`" if row["body"] else "its content has been deleted since"
    return f"request {row['id']} arrived from `{row['vendor']}` ({file}): {_fate(row)}."


def _fate(row: Row) -> str:
    detail = f" ({_plain(row['detail'])})" if row["detail"] else ""
    return f"{_FATES.get(row['verdict'], row['verdict'])}{detail}"


def _decision(row: Row) -> str:
    outcome = f"outcome {row['outcome_before']} → {row['outcome']}"
    changes = [
        *([outcome] if row["outcome"] != row["outcome_before"] else []),
        *(f"{kind} hold opened" for kind in _kinds(row["opened"])),
        *(f"{kind} hold closed" for kind in _kinds(row["closed"])),
    ]
    reasons = "; ".join(_plain(str(each.get("detail"))) for each in _list(row["reasons"]))
    policy = f"Policy `{row['policy_sha256'][:12]}…`"
    return f"**{', '.join(changes)}**, {_cause(row)}. Reasons: {reasons or 'deleted since'}. {policy}."


def _cause(row: Row) -> str:
    if row["actor"]:
        return f"by {_plain(row['actor'])}: {_plain(row['note'] or '')}"
    return f"because of request {row['receipt_id']}" if row["receipt_id"] else f"because of: {row['cause']}"


def _kinds(text: str) -> list[str]:
    return [str(each.get("kind")) for each in _list(text)]


def _list(text: str) -> list[dict[str, Any]]:
    """What was erased, or changed into something else, lists nothing."""
    try:
        said = json.loads(text)
    except ValueError:
        return []
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []


def _plain(text: str) -> str:
    """One line, which Markdown takes as it is."""
    return " ".join(text.split()).replace("<", "&lt;").replace("`", "'")


_FATES = {
    "applied": "taken into account",
    "duplicate": "the same had been said before, so it changed nothing",
    "stale": "older than what was known, so it changed nothing",
    "unrecognised": "its status was not known then, so it changed nothing",
    "invalid": "it could not be right, so it changed nothing",
}

_TEXT = Path(__file__).with_name("template.md").read_text(encoding="utf-8")
