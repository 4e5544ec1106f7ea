"""Summarizes how the service answered the posted reports."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sandbox.table import table
from sandbox.vendor.client import PostResult


def response_table(results: Sequence[PostResult]) -> str:
    """Return a table with one line for each session: `200 x4`, or `200 x3, 422`."""
    by_session: dict[str, list[PostResult]] = {}
    for result in results:
        by_session.setdefault(result.scenario.identifier, []).append(result)
    rows = (
        (identifier, _status_counts(session_results), session_results[0].scenario.description)
        for identifier, session_results in by_session.items()
    )
    return table(("session", "responses", "description"), rows)


def _status_counts(results: Sequence[PostResult]) -> str:
    counts = Counter(result.status for result in results)
    return ", ".join(
        f"{status} x{count}" if count > 1 else str(status)
        for status, count in sorted(counts.items())
    )


def conclusion_text(results: Sequence[PostResult]) -> str:
    """Return whether all is well, or else the first other response and what to try next."""
    failures = [result for result in results if result.status != 200]
    if not failures:
        return f"all {len(results)} were answered with 200"
    status, text = failures[0].status, failures[0].text
    hint = _HINTS.get(status, "look at what the service logged about it")
    return (
        f"{len(failures)} of {len(results)} were not answered with 200, "
        f"the first with {status} {text}\nnext: {hint}"
    )


_HINTS: Mapping[int, str] = {
    **dict.fromkeys((301, 302, 307, 308), "give the address that it redirects to"),
    **dict.fromkeys((401, 403), "give one of the service's SUPERVISOR_WEBHOOK_KEYS with --key"),
    **dict.fromkeys((404, 405), "the address has to end in /webhooks/supervisor"),
    422: "the service kept the report and says above what it cannot take in it",
    503: "the service could not store the report: ask its /readyz what is missing, then play again",
}
