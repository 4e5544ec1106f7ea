"""`policy`: whether a policy file is right, and what it does."""

from typing import TextIO

import click
from flask.cli import AppGroup

from proctor_results import policy_file
from proctor_results.commands.policy_words import policy_lines
from proctor_results.domain.policy import Policy


def policies() -> click.Group:
    group = AppGroup("policy", help="Policies: the rules by which exams are held, flagged and accepted.")

    @group.command()
    @click.argument("file", type=click.File(encoding="utf-8"))
    def check(file: TextIO) -> None:
        """Say in words what a policy does, or name every fault in it with its line. FILE may be - (standard input)."""
        policy = _read(file)
        click.echo("\n".join(policy_lines(policy)))
        click.echo(f"{file.name} is right; SHA-256 {policy.sha256}")

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
