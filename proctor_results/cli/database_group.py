"""A group of commands that need the database, and say so plainly when it is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup

from proctor_results.database.connection import DatabaseUnavailable


class DatabaseGroup(AppGroup):
    """Turns LedgerAway into one line that says what to do."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was named."""
        with _readable_database_errors():
            return super().invoke(ctx)


class DatabaseCommand(click.Command):
    """The same for a command of its own."""

    def invoke(self, ctx: click.Context) -> Any:
        with _readable_database_errors():
            return super().invoke(ctx)


@contextmanager
def _readable_database_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as error:
        hint = "check DATABASE_URL, and `flask --app wsgi db upgrade`"
        reason = " ".join(str(error).split())  # PostgreSQL explains itself in several lines
        raise click.ClickException(f"the database cannot be used ({hint}): {reason}") from error
