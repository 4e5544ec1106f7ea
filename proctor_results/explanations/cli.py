"""`sessions`: what is known of one, why, and what a person may do about it."""

from typing import TypeVar

import click

from proctor_results.cli.database_group import DatabaseGroup
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.explain_session import explain_session
from proctor_results.explanations.text import decision_lines, session_lines
from proctor_results.operations.cli import add_action_commands
from proctor_results.operations.queries import get_session

Value = TypeVar("Value")


def sessions_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup("sessions", help="Show, explain and change sessions.")

    @group.command()
    @click.argument("identifier")
    def show(identifier: str) -> None:
        """Show a session as it is now."""
        click.echo(
            "\n".join(session_lines(_require_found(get_session(deps, identifier), identifier)))
        )

    @group.command()
    @click.argument("identifier")
    def explain(identifier: str) -> None:
        """Show all that was decided about a session: when, by what or whom, by which rule, and on what it rests."""
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
