"""What would have been different under a policy, as lines and as JSON."""

from collections.abc import Iterable, Iterator, Mapping

from proctor_results.commands.told import reason_line
from proctor_results.domain.json_value import Json
from proctor_results.domain.messages import reason_json
from proctor_results.flows.try_policy import Judgement, Tried


def tried_lines(tried: Tried) -> Iterator[str]:
    """The session, then what differs, then the reasons that only one of the two judgements has."""
    yield f"{tried.session.identifier}{f', exam {tried.session.exam}' if tried.session.exam else ''}"
    before, after = (_parts(each) for each in (tried.before, tried.after or tried.before))
    yield from (f"  {name:<8} {before[name]} -> {after[name]}" for name in tried.differs)
    known = set(tried.before.reasons)
    new = [reason for reason in (tried.after or tried.before).reasons if reason not in known]
    yield from (f"  because  {reason_line(reason)}" for reason in new)


def tried_json(tried: Tried) -> dict[str, Json]:
    """The same as one object."""
    after = tried.after or tried.before
    return {
        "identifier": tried.session.identifier,
        "exam": tried.session.exam,
        "differs": list(tried.differs),
        "before": _json(tried.before),
        "after": _json(after),
    }


def summary(counts: Mapping[str, int], limit: int) -> str:
    """How many there were, and in what they differ."""
    kinds = f"outcome {counts['outcome']}, holds opened {counts['opened']}, rules fired {counts['rules']}"
    said = f"{counts['judged']} judged, {counts['differ']} would differ ({kinds})"
    impossible = f"; {counts['impossible']} cannot be judged again" if counts["impossible"] else ""
    hidden = f"; {limit} are shown, see --limit" if counts["differ"] > limit else ""
    return f"{said}{impossible}{hidden}"


def _parts(judgement: Judgement) -> dict[str, str]:
    return {"outcome": judgement.outcome, "opened": _listed(judgement.opened), "rules": _listed(judgement.rules)}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _json(judgement: Judgement) -> dict[str, Json]:
    return {
        "outcome": judgement.outcome,
        "opened": sorted(judgement.opened),
        "rules": sorted(judgement.rules),
        "reasons": [reason_json(reason) for reason in judgement.reasons],
    }
