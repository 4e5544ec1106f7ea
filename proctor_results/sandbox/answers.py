"""Sums up how a service answered what was posted to it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from proctor_results.sandbox.table import table
from proctor_results.sandbox.vendor import Answer


def answer_table(answers: Sequence[Answer]) -> str:
    """One line for each session: `200 x4`, or `200 x3, 422`."""
    by_session: dict[str, list[Answer]] = {}
    for answer in answers:
        by_session.setdefault(answer.scenario.identifier, []).append(answer)
    rows = ((name, _counted(some), some[0].scenario.shows) for name, some in by_session.items())
    return table(("session", "answered", "what it shows"), rows)


def _counted(answers: Sequence[Answer]) -> str:
    counts = Counter(answer.status for answer in answers)
    return ", ".join(f"{status} x{count}" if count > 1 else str(status) for status, count in sorted(counts.items()))


def conclusion(answers: Sequence[Answer]) -> str:
    """Whether all is well; if not, the first answer that was not 200, and the next thing to try."""
    bad = [answer for answer in answers if answer.status != 200]
    if not bad:
        return f"all {len(answers)} were answered with 200"
    status, text = bad[0].status, bad[0].text
    hint = _NEXT.get(status, "look at what the service logged about it")
    return f"{len(bad)} of {len(answers)} were not answered with 200, the first with {status} {text}\nnext: {hint}"


_NEXT: Mapping[int, str] = {
    **dict.fromkeys((301, 302, 307, 308), "give the address that it redirects to"),
    **dict.fromkeys((401, 403), "give one of the service's WEBHOOK_API_KEYS with --key"),
    **dict.fromkeys((404, 405), "the address has to end in /webhooks/supervisor"),
    422: "the service kept the report and says above what it cannot take in it",
    503: "the service could not store the report: ask its /readyz what is missing, then play again",
}
