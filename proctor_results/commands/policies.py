"""`policy`: whether a policy file is right, and what it does."""

import json
from collections import Counter
from typing import TextIO

import click

from proctor_results import policy_file
from proctor_results.commands.group import LedgerGroup
from proctor_results.commands.policy_words import policy_lines
from proctor_results.commands.progress import progress, say
from proctor_results.commands.tried import summary, tried_json, tried_lines
from proctor_results.domain.policy import Policy
from proctor_results.flows.house import House
from proctor_results.flows.try_policy import count_sessions, try_policy


def policies(house: House) -> click.Group:
    group = LedgerGroup("policy", help="Policies: the rules by which exams are held, flagged and accepted.")

    @group.command()
    @click.argument("file", type=click.File(encoding="utf-8"))
    def check(file: TextIO) -> None:
        """Say in words what a policy does, or name every fault in it with its line. FILE may be - (standard input)."""
        policy = _read(file)
        click.echo("\n".join(policy_lines(policy)))
        click.echo(f"{file.name} is right; SHA-256 {policy.sha256}")

    @group.command()
    @click.argument("file", type=click.File(encoding="utf-8"))
    @click.option("--exam", help="Only the sessions of this exam.")
    @click.option("--limit", default=50, show_default=True, type=click.IntRange(0), help="Show so many that differ.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each that differs.")
    def test(file: TextIO, exam: str | None, limit: int, as_json: bool) -> None:
        """Judge the stored sessions by a policy, and show what would have been different. Nothing is written.

        Live rules see the events that were kept with a decision, and no others.
        """
        policy = _read(file)
        counts = Counter[str]()
        with progress("judging", count_sessions(house)) as read:
            for tried in try_policy(house, policy, exam, read):
                counts.update(["judged" if tried.after else "impossible", *tried.differs])
                counts["differ"] += bool(tried.differs)
                if tried.differs and counts["differ"] <= limit:
                    say(json.dumps(tried_json(tried)) if as_json else "\n".join(tried_lines(tried)))
        click.echo(summary(counts, limit), err=as_json)

    return group


def _read(file: TextIO) -> Policy:
    """Ends the command with every fault on a line of its own."""
    try:
        return policy_file.parse(file.read())
    except policy_file.BadPolicy as error:
        for fault in error.faults:
            click.echo(f"{file.name}: {fault}", err=True)
        raise click.exceptions.Exit(1) from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is not UTF-8: {error}") from error
