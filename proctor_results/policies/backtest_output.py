"""What would have been different under a policy, as lines and as JSON."""

from collections.abc import Iterable, Iterator, Mapping

from proctor_results.deliveries.messages import reason_json
from proctor_results.explanations.text import reason_line
from proctor_results.formats.json_value import Json
from proctor_results.policies.backtest import BacktestResult, PolicyResult


def result_lines(result: BacktestResult) -> Iterator[str]:
    """The session, then what differs, then the reasons that only one of the two judgements has."""
    yield f"{result.session.identifier}{f', exam {result.session.exam}' if result.session.exam else ''}"
    before, after = (
        _comparable_parts(policy_result)
        for policy_result in (result.before, result.after or result.before)
    )
    yield from (f"  {name:<8} {before[name]} -> {after[name]}" for name in result.differs)
    reasons_before = set(result.before.reasons)
    new_reasons = [
        reason for reason in (result.after or result.before).reasons if reason not in reasons_before
    ]
    yield from (f"  because  {reason_line(reason)}" for reason in new_reasons)


def result_json(result: BacktestResult) -> dict[str, Json]:
    """The same as one object."""
    after = result.after or result.before
    return {
        "identifier": result.session.identifier,
        "exam": result.session.exam,
        "differs": list(result.differs),
        "before": _policy_result_json(result.before),
        "after": _policy_result_json(after),
    }


def summary_line(counts: Mapping[str, int], limit: int) -> str:
    """How many there were, and in what they differ."""
    difference_counts = f"outcome {counts['outcome']}, holds opened {counts['opened']}, rules fired {counts['rules']}"
    totals = f"{counts['judged']} judged, {counts['differ']} would differ ({difference_counts})"
    unavailable = (
        f"; {counts['unavailable']} cannot be judged again" if counts["impossible"] else ""
    )
    truncation_note = f"; {limit} are shown, see --limit" if counts["differ"] > limit else ""
    return f"{totals}{unavailable}{truncation_note}"


def _comparable_parts(policy_result: PolicyResult) -> dict[str, str]:
    return {
        "outcome": policy_result.outcome,
        "opened": _join_sorted(policy_result.opened),
        "rules": _join_sorted(policy_result.rules),
    }


def _join_sorted(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _policy_result_json(policy_result: PolicyResult) -> dict[str, Json]:
    return {
        "outcome": policy_result.outcome,
        "opened": sorted(policy_result.opened),
        "rules": sorted(policy_result.rules),
        "reasons": [reason_json(reason) for reason in policy_result.reasons],
    }
