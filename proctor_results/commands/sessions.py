"""`sessions`: what is known of one, why, and what a person may do about it."""

from typing import TypeVar

import click

from proctor_results.commands.by_hand import add_by_hand
from proctor_results.commands.group import LedgerGroup
from proctor_results.commands.told import decision_lines, session_lines
from proctor_results.flows.explain_session import explain_session
from proctor_results.flows.house import House
from proctor_results.flows.show_session import show_session

Known = TypeVar("Known")


def sessions(house: House) -> click.Group:
    group = LedgerGroup("sessions", help="What is known of a session, why, and what a person does about it.")

    @group.command()
    @click.argument("identifier")
    def show(identifier: str) -> None:
        """Show a session as it is now."""
        click.echo("\n".join(session_lines(_found(show_session(house, identifier), identifier))))

    @group.command()
    @click.argument("identifier")
    def explain(identifier: str) -> None:
        """Show all that was decided about a session: when, by what or whom, by which rule, and on what it rests."""
        found = _found(explain_session(house, identifier), identifier)
        click.echo("\n".join(session_lines(found.session)))
        for each in found.decisions:
            click.echo("\n" + "\n".join(decision_lines(each)))
        if not found.decisions:
            click.echo("\nnothing has been decided yet")

    add_by_hand(group, house)
    return group


def _found(found: Known | None, identifier: str) -> Known:
    if found is None:
        raise click.ClickException(f"no session has the identifier {identifier}")
    return found
