"""`deliveries`: what has not been told yet, another try for it, or none any more."""

import getpass
import time
from collections.abc import Callable
from datetime import UTC
from typing import Any

import click
import structlog

from proctor_results import clock
from proctor_results.commands.group import LedgerGroup
from proctor_results.domain.times import text_of
from proctor_results.domain.words import Topic
from proctor_results.flows.house import House
from proctor_results.flows.mend_deliveries import STATES, Undelivered, Which, count, drop, retry, undelivered

BREATH = 0.02
"""Seconds between transactions, in which web and worker get on."""

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])

log = structlog.get_logger()


def deliveries(house: House) -> click.Group:
    group = LedgerGroup("deliveries", help="What targets must be told.")

    @group.command("list")
    @click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="So many at most.")
    @_which
    def show(limit: int, which: Which) -> None:
        """Show what has not been told yet, the longest due first, and what its last try met."""
        waiting = undelivered(house, limit, which)
        for each in waiting:
            click.echo(_line(each))
        more = ", and perhaps more: see --limit" if len(waiting) == limit else ""
        nothing = "everything has been told" if which == Which() else "nothing of that kind waits"
        click.echo(f"{len(waiting)} not told yet{more}" if waiting else nothing)

    @group.command("retry")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @_which
    def again(yes: bool, which: Which) -> None:
        """Try at once what has not been told, also what was given up; trust again who said 410. By default all."""
        if which != Which() and not yes:
            click.confirm(f"{count(house, which)} to try again now?", abort=True)
        click.echo(f"{retry(house, which, clock.now())} due again")

    @group.command("drop")
    @click.option("--target", required=True, help="Its name, as `deliveries list` shows it.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option("--by", "actor", default=getpass.getuser, help="Who decides it; the name of this account by default.")
    def let_go(target: str, yes: bool, actor: str) -> None:
        """Forget what a target that is no longer in the settings was told, or never was. The LMS is not told it."""
        if not yes:
            click.confirm(f"forget everything for {target} for ever?", abort=True)
        try:
            dropped = drop(house, target, lambda: time.sleep(BREATH))
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{dropped} dropped")
        log.warning("deliveries.dropped", target=target, deliveries=dropped, actor=actor)

    return group


def _which(command: Callable[..., None]) -> Callable[..., None]:
    """Options that say which deliveries are meant; the command gets them as one."""

    def narrowed(**given: Any) -> None:
        said = {name: given.pop(name) for name in vars(Which())}
        moments = {name: said[name].replace(tzinfo=UTC) for name in ("since", "until") if said[name]}
        command(**given, which=Which(**{**said, **moments}))

    narrowed.__doc__, narrowed.__name__ = command.__doc__, command.__name__
    narrowed.__dict__.update(vars(command))
    for option in reversed(_OPTIONS):
        narrowed = option(narrowed)
    return narrowed


_OPTIONS = (
    click.option("--target", help="Only those of this target."),
    click.option("--topic", type=click.Choice([topic.value for topic in Topic]), help="Only those about this."),
    click.option("--state", type=click.Choice(STATES), help="Only those that stand so."),
    click.option("--session", help="Only those about this session."),
    click.option("--student", help="Only those about this learner."),
    click.option("--exam", help="Only those about this exam."),
    click.option("--since", type=MOMENT, help="Only those due since then, or later (UTC)."),
    click.option("--until", type=MOMENT, help="Only those due since then, or earlier (UTC)."),
)


def _line(each: Undelivered) -> str:
    when = f"next try {text_of(each.due_at)}" if each.due_at else "given up: `deliveries retry` tries again"
    met = each.last_detail or "not tried yet"
    return f"{text_of(each.due_since)}  {each.target}  {each.identifier}  {each.topic} {each.wanted}  {when}  ({met})"
