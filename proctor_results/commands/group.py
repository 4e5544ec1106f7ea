"""A group of commands that need the database, and say so plainly when it is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup

from proctor_results.flows import LedgerAway


class LedgerGroup(AppGroup):
    """Turns LedgerAway into one line that says what to do."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was named."""
        with _plainly():
            return super().invoke(ctx)


class LedgerCommand(click.Command):
    """The same for a command of its own."""

    def invoke(self, ctx: click.Context) -> Any:
        with _plainly():
            return super().invoke(ctx)


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except LedgerAway as error:
        hint = "check DATABASE_URL, and `flask --app wsgi db upgrade`"
        reason = " ".join(str(error).split())  # PostgreSQL explains itself in several lines
        raise click.ClickException(f"the database cannot be used ({hint}): {reason}") from error
