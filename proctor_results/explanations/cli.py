"""`sessions`: shows a session and explains its decisions."""

from typing import TypeVar

import click

from proctor_results.cli.terminal import DatabaseGroup
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.explain_session import explain_session
from proctor_results.explanations.text import decision_lines, session_lines
from proctor_results.operations.cli import add_action_commands
from proctor_results.sessions import repository

Value = TypeVar("Value")


def sessions_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup("sessions", help="Show, explain and change sessions.")

    @group.command()
    @click.argument("identifier")
    def show(identifier: str) -> None:
        """Show a session as it is now."""
        session = _require_found(repository.get(deps.database, identifier), identifier)
        click.echo("\n".join(session_lines(session)))

    @group.command()
    @click.argument("identifier")
    def explain(identifier: str) -> None:
        """Show every decision about a session: when, why, by which rule and from which data."""
        explanation = _require_found(explain_session(deps, identifier), identifier)
        click.echo("\n".join(session_lines(explanation.session)))
        for decision in explanation.decisions:
            click.echo("\n" + "\n".join(decision_lines(decision)))
        if not explanation.decisions:
            click.echo("\nnothing has been decided yet")

    add_action_commands(group, deps)
    return group


def _require_found(value: Value | None, identifier: str) -> Value:
    if value is None:
        raise click.ClickException(f"no session has the identifier {identifier}")
    return value
