"""`db`: the tables."""

import click

from proctor_results.commands.group import LedgerGroup
from proctor_results.flows.house import House
from proctor_results.store import schema


def db(house: House) -> click.Group:
    group = LedgerGroup("db", help="The tables.")

    @group.command()
    def upgrade() -> None:
        """Bring the tables to the version that this code needs; safe to repeat, and to run twice at once."""
        for name in schema.upgrade(house.ledger):
            click.echo(f"applied {name}")
        click.echo("the tables are current")

    @group.command()
    def status() -> None:
        """Show which migrations have been applied."""
        for name, applied in schema.status(house.ledger):
            click.echo(f"{'applied' if applied else 'pending'} {name}")

    return group
