"""The `policy` commands: check a policy file, and test it on stored sessions."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TextIO

import click

from proctor_results.cli.terminal import DatabaseGroup, print_line, progress_bar
from proctor_results.deliveries.messages import reason_json
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.text import reason_line
from proctor_results.formats.json_value import Json
from proctor_results.policies.backtest import (
    BacktestResult,
    PolicyResult,
    backtest_policy,
    last_session_id,
)
from proctor_results.policies.load import InvalidPolicy, parse_policy
from proctor_results.policies.model import ExamPolicy, Policy
from proctor_results.sessions.enums import RuleAction

_ACTION_VERBS = {RuleAction.HOLD: "holds", RuleAction.FLAG: "flags"}


def policy_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup(
        "policy", help="Policies: the rules by which exams are held, flagged and accepted."
    )

    @group.command()
    @click.argument("file", type=click.File(encoding="utf-8"))
    def check(file: TextIO) -> None:
        """Describe a policy in words, or name every error in it. FILE may be - (standard input)."""
        policy = _read_policy(file)
        click.echo("\n".join(_policy_lines(policy)))
        click.echo(f"{file.name} is valid; SHA-256 {policy.sha256}")

    @group.command()
    @click.argument("file", type=click.File(encoding="utf-8"))
    @click.option("--exam", help="Only the sessions of this exam.")
    @click.option(
        "--limit",
        default=50,
        show_default=True,
        type=click.IntRange(0),
        help="Show at most this many sessions that differ.",
    )
    @click.option(
        "--json", "as_json", is_flag=True, help="One JSON object a line for each that differs."
    )
    def test(file: TextIO, exam: str | None, limit: int, as_json: bool) -> None:
        """Evaluate stored sessions by a policy, and show what would differ. Nothing is written.

        Live rules see only the events that were stored with a decision.
        """
        _test(deps, _read_policy(file), exam, limit, as_json)

    return group


def _test(deps: Dependencies, policy: Policy, exam: str | None, limit: int, as_json: bool) -> None:
    counts = Counter[str]()
    with progress_bar("evaluating", last_session_id(deps)) as advance:
        for result in backtest_policy(deps, policy, exam, advance):
            counts.update(["evaluated" if result.after else "unavailable", *result.differs])
            counts["differ"] += bool(result.differs)
            if result.differs and counts["differ"] <= limit:
                lines = [json.dumps(_result_json(result))] if as_json else _result_lines(result)
                print_line("\n".join(lines))
    click.echo(_summary_line(counts, limit), err=as_json)


def _result_lines(result: BacktestResult) -> Iterator[str]:
    """Yield the session, what differs, and the reasons that only the tested policy gives."""
    exam = f", exam {result.session.exam}" if result.session.exam else ""
    yield f"{result.session.identifier}{exam}"
    after = result.after or result.before
    for name in result.differs:
        old, new = (_text(getattr(each, name)) for each in (result.before, after))
        yield f"  {name:<8} {old} -> {new}"
    for reason in after.reasons:
        if reason not in result.before.reasons:
            yield f"  because  {reason_line(reason)}"


def _result_json(result: BacktestResult) -> dict[str, Json]:
    """Return the same as one object."""
    return {
        "identifier": result.session.identifier,
        "exam": result.session.exam,
        "differs": list(result.differs),
        "before": _policy_result_json(result.before),
        "after": _policy_result_json(result.after or result.before),
    }


def _summary_line(counts: Mapping[str, int], limit: int) -> str:
    """Summarize the numbers of sessions that were evaluated, unavailable and different."""
    line = (
        f"{counts['evaluated']} evaluated, {counts['differ']} would differ "
        f"(outcome {counts['outcome']}, holds opened {counts['opened']}, "
        f"rules fired {counts['rules']})"
    )
    if counts["unavailable"]:
        line += f"; {counts['unavailable']} cannot be evaluated again"
    return line + (f"; {limit} are shown, see --limit" if counts["differ"] > limit else "")


def _text(value: str | frozenset[str]) -> str:
    return value if isinstance(value, str) else ", ".join(sorted(value)) or "none"


def _policy_result_json(result: PolicyResult) -> dict[str, Json]:
    return {
        "outcome": result.outcome,
        "opened": sorted(result.opened),
        "rules": sorted(result.rules),
        "reasons": [reason_json(reason) for reason in result.reasons],
    }


def _read_policy(file: TextIO) -> Policy:
    """Read a policy, or end the command with every error on a line of its own."""
    try:
        return parse_policy(file.read())
    except InvalidPolicy as error:
        for message in error.errors:
            click.echo(f"{file.name}: {message}", err=True)
        raise click.exceptions.Exit(1) from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is not UTF-8: {error}") from error


def _policy_lines(policy: Policy) -> Iterator[str]:
    """Describe the default, then every exam that has a section of its own."""
    yield "Every exam without a section of its own:"
    yield from _exam_lines(policy.default)
    for name, exam in policy.exams.items():
        yield f"Exam {name}:"
        yield from _exam_lines(exam)


def _exam_lines(exam: ExamPolicy) -> Iterator[str]:
    yield f"  a sitting that was not started in time is {'' if exam.hold_skipped else 'not '}locked"
    if exam.auto_accept_score is None:
        yield "  only a human accepts"
    else:
        yield (
            f"  a finished sitting with a score of {exam.auto_accept_score:g} or more is accepted "
            "without a human, unless it is held"
        )
    rules = (*exam.rules, *exam.live_rules)
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        yield f"  {rule.name:<{width}}  {_ACTION_VERBS[rule.action]} when {rule.condition}"
    if not rules:
        yield "  no rule holds or flags anything"
