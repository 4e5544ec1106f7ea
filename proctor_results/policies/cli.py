"""`policy`: whether a policy file is right, and what it does."""

import json
from collections import Counter
from typing import TextIO

import click

from proctor_results.cli.terminal import DatabaseGroup, print_line, progress_bar
from proctor_results.dependencies import Dependencies
from proctor_results.policies import load as policy_load
from proctor_results.policies.backtest import backtest_policy, last_session_id
from proctor_results.policies.backtest_output import result_json, result_lines, summary_line
from proctor_results.policies.model import Policy
from proctor_results.policies.policy_options import policy_lines


def policy_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup(
        "policy", help="Policies: the rules by which exams are held, flagged and accepted."
    )

    @group.command()
    @click.argument("file", type=click.File(encoding="utf-8"))
    def check(file: TextIO) -> None:
        """Say in words what a policy does, or name every fault in it with its line. FILE may be - (standard input)."""
        policy = _read_policy(file)
        click.echo("\n".join(policy_lines(policy)))
        click.echo(f"{file.name} is right; SHA-256 {policy.sha256}")

    @group.command()
    @click.argument("file", type=click.File(encoding="utf-8"))
    @click.option("--exam", help="Only the sessions of this exam.")
    @click.option(
        "--limit",
        default=50,
        show_default=True,
        type=click.IntRange(0),
        help="Show so many that differ.",
    )
    @click.option(
        "--json", "as_json", is_flag=True, help="One JSON object a line for each that differs."
    )
    def test(file: TextIO, exam: str | None, limit: int, as_json: bool) -> None:
        """Judge the stored sessions by a policy, and show what would have been different. Nothing is written.

        Live rules see the events that were kept with a decision, and no others.
        """
        policy = _read_policy(file)
        counts = Counter[str]()
        with progress_bar("judging", last_session_id(deps)) as advance:
            for result in backtest_policy(deps, policy, exam, advance):
                counts.update(["judged" if result.after else "unavailable", *result.differs])
                counts["differ"] += bool(result.differs)
                if result.differs and counts["differ"] <= limit:
                    print_line(
                        json.dumps(result_json(result))
                        if as_json
                        else "\n".join(result_lines(result))
                    )
        click.echo(summary_line(counts, limit), err=as_json)

    return group


def _read_policy(file: TextIO) -> Policy:
    """Ends the command with every fault on a line of its own."""
    try:
        return policy_load.parse_policy(file.read())
    except policy_load.InvalidPolicy as error:
        for message in error.errors:
            click.echo(f"{file.name}: {message}", err=True)
        raise click.exceptions.Exit(1) from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is not UTF-8: {error}") from error
