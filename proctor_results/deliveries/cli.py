"""`deliveries`: list, retry and delete pending deliveries."""

import getpass
import time
from collections.abc import Callable
from datetime import UTC
from typing import Any

import click
import structlog

from proctor_results import clock
from proctor_results.cli.terminal import DatabaseGroup
from proctor_results.deliveries.manage import (
    count_pending,
    delete_for_target,
    list_pending,
    retry_pending,
)
from proctor_results.deliveries.model import DeliveryFilter, DeliveryState
from proctor_results.dependencies import Dependencies
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import Topic

BATCH_PAUSE = 0.02
"""Seconds between two transactions, in which web processes and worker can write."""

DATETIME_TYPE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])

log = structlog.get_logger()


def deliveries_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup("deliveries", help="Deliveries to LMS targets.")

    @group.command("list")
    @click.option(
        "--limit", default=50, show_default=True, type=click.IntRange(1), help="At most this many."
    )
    @_filter_options
    def list_command(limit: int, **filter_options: Any) -> None:
        """List pending deliveries, the oldest first, with the result of the last attempt."""
        filters = DeliveryFilter(**filter_options)
        pending = list_pending(deps, limit, filters)
        for delivery in pending:
            click.echo(_delivery_line(delivery))
        truncation_note = ", perhaps more: see --limit" if len(pending) == limit else ""
        empty_message = (
            "no pending deliveries" if filters == DeliveryFilter() else "no matching deliveries"
        )
        click.echo(f"{len(pending)} pending{truncation_note}" if pending else empty_message)

    @group.command("retry")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @_filter_options
    def retry_command(yes: bool, **filter_options: Any) -> None:
        """Retry pending deliveries now, also failed ones, and enable targets that answered 410.

        Without a filter it retries all of them.
        """
        filters = DeliveryFilter(**filter_options)
        if filters != DeliveryFilter() and not yes:
            click.confirm(f"Retry {count_pending(deps, filters)} deliveries now?", abort=True)
        click.echo(f"{retry_pending(deps, filters, clock.now())} due now")

    @group.command("delete")
    @click.option("--target", required=True, help="Its name, as `deliveries list` shows it.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option(
        "--by",
        "actor",
        default=getpass.getuser,
        help="The person who decides it; by default the name of this account.",
    )
    def delete_command(target: str, yes: bool, actor: str) -> None:
        """Delete all deliveries of a target that is no longer in the settings."""
        if not yes:
            click.confirm(f"Permanently delete all deliveries to {target}?", abort=True)
        try:
            deleted_count = delete_for_target(deps, target, lambda: time.sleep(BATCH_PAUSE))
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{deleted_count} deleted")
        log.warning("deliveries.deleted", target=target, deliveries=deleted_count, actor=actor)

    return group


def _filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that are the fields of a `DeliveryFilter`."""
    for option in reversed(_FILTER_OPTIONS):
        command = option(command)
    return command


def _in_utc(_context: click.Context, _option: click.Parameter, value: Any) -> Any:
    return value and value.replace(tzinfo=UTC)


_FILTER_OPTIONS = (
    click.option("--target", help="Only those to this target."),
    click.option(
        "--topic",
        type=click.Choice([topic.value for topic in Topic]),
        help="Only those about this topic.",
    ),
    click.option(
        "--state",
        type=click.Choice([state.value for state in DeliveryState]),
        help="Only those in it.",
    ),
    click.option("--session", help="Only those about this session."),
    click.option("--student", help="Only those about this learner."),
    click.option("--exam", help="Only those about this exam."),
    click.option(
        "--since",
        type=DATETIME_TYPE,
        callback=_in_utc,
        help="Only those pending since then or later (UTC).",
    ),
    click.option(
        "--until",
        type=DATETIME_TYPE,
        callback=_in_utc,
        help="Only those pending since then or earlier (UTC).",
    ),
)


def _delivery_line(delivery: Any) -> str:
    schedule = (
        f"next attempt {format_time(delivery.next_attempt_at)}"
        if delivery.next_attempt_at
        else "failed: `deliveries retry` sends it again"
    )
    revision = f"{delivery.topic} {delivery.desired_revision}"
    last_result = f"({delivery.last_detail or 'not attempted yet'})"
    pending_since = format_time(delivery.pending_since)
    return "  ".join(
        (pending_since, delivery.target, delivery.identifier, revision, schedule, last_result)
    )
