"""The `prune` and `erase` commands: delete old data, and a person's data."""

import getpass
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import click
import structlog

from proctor_results import clock
from proctor_results.cli.terminal import DatabaseCommand, progress_bar
from proctor_results.dependencies import Dependencies
from proctor_results.retention.erase import ErasureScope, erase, find_erasure_scope
from proctor_results.retention.prune import KINDS, PruneRun, RetentionPeriods

BATCH_PAUSE = 0.02
"""Seconds between transactions, in which web processes and workers can write."""

F = TypeVar("F", bound=Callable[..., Any])

log = structlog.get_logger()


def _days_option(name: str, help_text: str) -> Callable[[F], F]:
    """An option that takes a number of days, and gives a timedelta or None."""
    return click.option(
        name,
        metavar="DAYS",
        type=click.IntRange(1),
        callback=lambda _ctx, _param, days: days and timedelta(days=days),
        help=help_text,
    )


def prune_command(deps: Dependencies) -> click.Command:
    @click.command("prune", cls=DatabaseCommand)
    @_days_option("--receipt-bodies", "Empty bodies older than this; their digests stay.")
    @_days_option(
        "--attempts", "Delete older attempts of completed deliveries, and completed jobs."
    )
    @_days_option("--sessions", "Delete sessions unchanged for this long; their digests stay.")
    @click.option("--dry-run", is_flag=True, help="Only count what would be deleted.")
    def command(
        receipt_bodies: timedelta | None,
        attempts: timedelta | None,
        sessions: timedelta | None,
        dry_run: bool,
    ) -> None:
        """Delete old data, except of sessions that are locked, undelivered or monitored.

        The command may be stopped and run again at any time.
        """
        if not (receipt_bodies or attempts or sessions):
            raise click.UsageError("give --receipt-bodies DAYS, --attempts DAYS or --sessions DAYS")
        periods = RetentionPeriods(bodies=receipt_bodies, attempts=attempts, sessions=sessions)
        _prune(PruneRun(deps, periods, clock.now(), dry_run=dry_run), dry_run)

    return command


def erase_command(deps: Dependencies) -> click.Command:
    @click.command("erase", cls=DatabaseCommand)
    @click.option("--student", help="The learner, as named by the LMS or the vendor.")
    @click.option("--session", "identifier", help="Or one session, by its identifier.")
    @click.option("--dry-run", is_flag=True, help="Only show what would be erased.")
    @click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
    @click.option("--force", is_flag=True, help="Also erase locked and undelivered sessions.")
    @click.option(
        "--by", "actor", default=getpass.getuser, help="The operator; your account by default."
    )
    def command(
        student: str | None,
        identifier: str | None,
        actor: str,
        **flags: bool,
    ) -> None:
        """Erase a person's data. Receipts and decisions can still be verified, but not read."""
        if not (student or identifier):
            raise click.UsageError("give --student STUDENT or --session IDENTIFIER")
        scope = find_erasure_scope(deps, student, identifier)
        _print_scope(scope)
        if not flags["dry_run"] and (scope.identifiers or scope.unmatched_receipts):
            _confirm(scope, flags)
            receipt_count = erase(deps, scope, actor, clock.now())
            click.echo(f"erased {len(scope.identifiers)} sessions with {receipt_count} receipts")
            log.info("erase.done", sessions=len(scope.identifiers), receipts=receipt_count)

    return command


def _prune(prune_run: PruneRun, dry_run: bool) -> None:
    with progress_bar("pruning", prune_run.total_ids) as advance:
        prune_run.run(advance, lambda: time.sleep(BATCH_PAUSE))
    counts = {name: prune_run.counts[name] for name in (*(kind.name for kind in KINDS), "kept")}
    amounts = ", ".join(f"{counts[kind.name]} {kind.name}" for kind in KINDS)
    click.echo(f"{'would prune' if dry_run else 'pruned'} {amounts}")
    if kept := counts["kept"]:
        click.echo(f"kept {kept} old sessions that are locked, undelivered or monitored")
    if not dry_run:
        log.info("prune.done", **counts)


def _confirm(scope: ErasureScope, flags: Mapping[str, bool]) -> None:
    if scope.blocked and not flags["force"]:
        raise click.ClickException(
            "some are locked or undelivered: wait, release or retry them, or add --force"
        )
    if not flags["yes"]:
        click.confirm("erase all of it?", abort=True)


def _print_scope(scope: ErasureScope) -> None:
    for identifier in scope.identifiers:
        click.echo(f"session {identifier}")
    for identifier, reason in scope.blocked:
        click.echo(f"session {identifier} cannot be erased yet: {reason}")
    count = len(scope.unmatched_receipts)
    click.echo(f"{len(scope.identifiers)} sessions, and {count} receipts that name no session")
