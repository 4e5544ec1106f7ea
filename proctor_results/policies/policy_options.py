"""A policy as a person reads it: what it does, in words."""

from collections.abc import Iterator

from proctor_results.policies.model import ExamPolicy, Policy
from proctor_results.sessions.enums import RuleAction

_ACTION_VERBS = {RuleAction.HOLD: "holds", RuleAction.FLAG: "flags"}


def policy_lines(policy: Policy) -> Iterator[str]:
    """What it does by default, then what the exams do that have a section of their own."""
    yield "Every exam without a section of its own:"
    yield from _exam_lines(policy.default)
    for name, exam in policy.exams.items():
        yield f"Exam {name}:"
        yield from _exam_lines(exam)


def _exam_lines(exam: ExamPolicy) -> Iterator[str]:
    yield f"  a sitting that was not started in time is {'' if exam.hold_skipped else 'not '}locked"
    yield f"  {_auto_accept_text(exam.auto_accept_score)}"
    rules = [
        (rule.name, _ACTION_VERBS[rule.action], rule.condition)
        for rule in (*exam.rules, *exam.live_rules)
    ]
    width = max((len(name) for name, _, _ in rules), default=0)
    yield from (f"  {name:<{width}}  {verb} when {condition}" for name, verb, condition in rules)
    if not rules:
        yield "  no rule holds or flags anything"


def _auto_accept_text(limit: float | None) -> str:
    if limit is None:
        return "only a human accepts"
    return f"a finished sitting with a score of {limit:g} or more is accepted without a human, unless it is held"
