"""`db`: upgrades the tables and shows their version."""

import click

from proctor_results.cli.terminal import DatabaseGroup
from proctor_results.database import schema as database_schema
from proctor_results.dependencies import Dependencies


def database_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup("db", help="The tables.")

    @group.command()
    def upgrade() -> None:
        """Bring the tables to the version that this code needs; running it again is safe."""
        for name in database_schema.upgrade(deps.database):
            click.echo(f"applied {name}")
        click.echo("the tables are current")

    @group.command()
    def status() -> None:
        """Show which migrations have been applied."""
        for name, applied in database_schema.migration_status(deps.database):
            click.echo(f"{'applied' if applied else 'pending'} {name}")

    return group
