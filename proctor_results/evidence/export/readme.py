"""Renders the README of a bundle, for readers who know neither our software nor hashes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from proctor_results.formats.times import format_time

Row = Mapping[str, Any]


def render_readme(
    identifier: str, receipts: Sequence[Row], decisions: Sequence[Row], now: datetime
) -> str:
    """Render Markdown from the rows of `receipts.json` and `decisions.json`."""
    timed_lines = sorted(_timed_lines(receipts, decisions), key=lambda timed: timed[0])
    return _TEMPLATE.format(
        identifier=identifier,
        now=format_time(now),
        receipts=len(receipts),
        decisions=len(decisions),
        events="\n".join(line for _, line in timed_lines),
    )


def _timed_lines(
    receipts: Sequence[Row], decisions: Sequence[Row]
) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield lines with their sort keys: a decision comes after the request that caused it."""
    for row in receipts:
        yield (row["received"], 0), f"- {row['received']}: {_receipt_text(row)}"
    for row in decisions:
        yield (row["decided"], 1), f"- {row['decided']}: {_decision_text(row)}"


def _receipt_text(row: Row) -> str:
    if row["replay_of"]:
        return f"request {row['replay_of']} was replayed (as {row['id']}): {_result_text(row)}."
    file = f"`{row['body']}`" if row["body"] else "its content was deleted later"
    return f"request {row['id']} arrived from `{row['vendor']}` ({file}): {_result_text(row)}."


def _result_text(row: Row) -> str:
    detail = f" ({_escape_markdown(row['detail'])})" if row["detail"] else ""
    return f"{_RESULT_TEXTS.get(row['result'], row['result'])}{detail}"


def _decision_text(row: Row) -> str:
    outcome = f"outcome {row['outcome_before']} → {row['outcome']}"
    changes = [
        *([outcome] if row["outcome"] != row["outcome_before"] else []),
        *(f"{kind} hold opened" for kind in _hold_kinds(row["opened"])),
        *(f"{kind} hold closed" for kind in _hold_kinds(row["closed"])),
    ]
    reasons = "; ".join(
        _escape_markdown(str(reason.get("detail"))) for reason in _load_list(row["reasons"])
    )
    cause, policy = _cause_text(row), row["policy_sha256"][:12]
    return (
        f"**{', '.join(changes)}**, {cause}. "
        f"Reasons: {reasons or 'deleted later'}. Policy `{policy}…`."
    )


def _cause_text(row: Row) -> str:
    if row["actor"]:
        return f"by {_escape_markdown(row['actor'])}: {_escape_markdown(row['note'] or '')}"
    return (
        f"because of request {row['receipt_id']}"
        if row["receipt_id"]
        else f"because of: {row['cause']}"
    )


def _hold_kinds(text: str) -> list[str]:
    return [str(hold.get("kind")) for hold in _load_list(text)]


def _load_list(text: str) -> list[dict[str, Any]]:
    """Text that was erased, or changed into something else, gives an empty list."""
    try:
        values = json.loads(text)
    except ValueError:
        return []
    return (
        [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    )


def _escape_markdown(text: str) -> str:
    """Put text on one line that Markdown shows as it is."""
    return " ".join(text.split()).replace("<", "&lt;").replace("`", "'")


_RESULT_TEXTS = {
    "applied": "applied",
    "duplicate": "it repeated an earlier request, so it changed nothing",
    "stale": "it was older than what was known, so it changed nothing",
    "unrecognised": "its status was unknown then, so it changed nothing",
    "invalid": "it was not valid, so it changed nothing",
}

_TEMPLATE = Path(__file__).with_name("template.md").read_text(encoding="utf-8")
