"""`deliveries`: what has not been told yet, and another try for it."""

import click

from proctor_results import clock
from proctor_results.commands.group import LedgerGroup
from proctor_results.domain.times import text_of
from proctor_results.flows.house import House
from proctor_results.flows.mend_deliveries import Undelivered, retry_everything, undelivered


def deliveries(house: House) -> click.Group:
    group = LedgerGroup("deliveries", help="What targets must be told.")

    @group.command("list")
    @click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="So many at most.")
    def show(limit: int) -> None:
        """Show what has not been told yet, the longest due first, and what its last try met."""
        waiting = undelivered(house, limit)
        for each in waiting:
            click.echo(_line(each))
        more = ", and perhaps more: see --limit" if len(waiting) == limit else ""
        click.echo(f"{len(waiting)} not told yet{more}" if waiting else "everything has been told")

    @group.command()
    def retry() -> None:
        """Try everything at once that has not been told, also what was given up; trust again who said 410."""
        click.echo(f"{retry_everything(house, clock.now())} due again")

    return group


def _line(each: Undelivered) -> str:
    when = f"next try {text_of(each.due_at)}" if each.due_at else "given up: `deliveries retry` tries again"
    met = each.last_detail or "not tried yet"
    return f"{text_of(each.due_since)}  {each.target}  {each.identifier}  {each.topic} {each.wanted}  {when}  ({met})"
