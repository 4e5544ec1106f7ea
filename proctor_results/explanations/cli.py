"""`sessions`: shows a session and explains its decisions."""

from typing import TypeVar

import click

from proctor_results.cli.terminal import DatabaseGroup
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.explain_session import explain_session
from proctor_results.explanations.text import decision_lines, session_lines

Value = TypeVar("Value")


def sessions_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup("sessions", help="Show, explain and change sessions.")

    @group.command()
    @click.argument("identifier")
    def show(identifier: str) -> None:
        """Show a session as it is now."""
        session = _require_found(explain_session(deps, identifier, limit=0), identifier).session
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

    return group


def _require_found(value: Value | None, identifier: str) -> Value:
    if value is None:
        raise click.ClickException(f"no session has the identifier {identifier}")
    return value
