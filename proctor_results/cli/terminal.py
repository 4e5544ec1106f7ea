"""Groups of commands that use the database, and a progress bar for those that take long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup

from proctor_results.database.connection import DatabaseUnavailable


class DatabaseGroup(AppGroup):
    """A group whose commands print one line where the database is unavailable."""

    def invoke(self, ctx: click.Context) -> Any:
        with _readable_database_errors():
            return super().invoke(ctx)


class DatabaseCommand(click.Command):
    """The same for a command outside a group."""

    def invoke(self, ctx: click.Context) -> Any:
        with _readable_database_errors():
            return super().invoke(ctx)


@contextmanager
def _readable_database_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as error:
        hint = "check DATABASE_URL, and `flask --app wsgi db upgrade`"
        reason = " ".join(str(error).split())  # PostgreSQL's messages have several lines
        raise click.ClickException(f"the database cannot be used ({hint}): {reason}") from error


@contextmanager
def progress_bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal, nothing elsewhere. Yields a function that adds finished steps."""
    with click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield bar.update


def print_line(line: str) -> None:
    """Print a line while a bar is shown. The bar is drawn again below it."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    click.echo(line)
