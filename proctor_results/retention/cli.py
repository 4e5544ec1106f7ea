"""`prune` and `erase`: what is old, and what somebody has a right to have forgotten."""

import getpass
import time
from datetime import timedelta

import click
import structlog

from proctor_results import clock
from proctor_results.cli.database_group import DatabaseCommand
from proctor_results.cli.progress import progress_bar
from proctor_results.dependencies import Dependencies
from proctor_results.retention.erase import ErasureScope, erase, find_erasure_scope
from proctor_results.retention.prune import PruneRun, RetentionPeriods

BATCH_PAUSE = 0.02
"""Seconds between transactions, in which web and worker get on."""

DAYS = click.IntRange(1)

log = structlog.get_logger()


def prune_command(deps: Dependencies) -> click.Command:
    @click.command("prune", cls=DatabaseCommand)
    @click.option(
        "--receipt-bodies",
        type=DAYS,
        help="Empty bodies older than so many days; their digests stay.",
    )
    @click.option(
        "--attempts",
        type=DAYS,
        help="Delete attempts older than this many days, of completed deliveries.",
    )
    @click.option(
        "--sessions", type=DAYS, help="Delete sessions unchanged for this many days; digests stay."
    )
    @click.option("--dry-run", is_flag=True, help="Only say what there is to do.")
    def command(
        receipt_bodies: int | None, attempts: int | None, sessions: int | None, dry_run: bool
    ) -> None:
        """Delete old data, except of sessions that are locked or have pending deliveries. May be stopped and run again at any time."""
        if receipt_bodies is None and attempts is None and sessions is None:
            raise click.UsageError(
                "say what is old: --receipt-bodies DAYS, --attempts DAYS, --sessions DAYS"
            )
        periods = RetentionPeriods(
            bodies=_to_timedelta(receipt_bodies),
            attempts=_to_timedelta(attempts),
            sessions=_to_timedelta(sessions),
        )
        prune_run = PruneRun(deps, periods, clock.now(), dry_run=dry_run)
        with progress_bar("pruning", prune_run.total_ids) as advance:
            prune_run.run(advance, lambda: time.sleep(BATCH_PAUSE))
        counts = prune_run.counts
        click.echo(
            f"{'would prune' if dry_run else 'pruned'} {counts['bodies']} bodies, {counts['attempts']} attempts, "
            f"{counts['sessions']} sessions"
        )
        if counts["kept"]:
            click.echo(
                f"kept {counts['kept']} old sessions that are locked, undelivered or monitored"
            )
        if not dry_run:
            log.info(
                "prune.done",
                **{name: counts[name] for name in ("bodies", "attempts", "sessions", "kept")},
            )

    return command


def erase_command(deps: Dependencies) -> click.Command:
    @click.command("erase", cls=DatabaseCommand)
    @click.option("--student", help="Whose data, as the LMS or the vendor calls the learner.")
    @click.option("--session", "identifier", help="Or the data of one session, by its identifier.")
    @click.option("--dry-run", is_flag=True, help="Only say what there is.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option(
        "--force", is_flag=True, help="Also what is locked, or what the LMS has not been told yet."
    )
    @click.option(
        "--by",
        "actor",
        default=getpass.getuser,
        help="Who erases; the name of this account by default.",
    )
    def command(
        student: str | None,
        identifier: str | None,
        dry_run: bool,
        yes: bool,
        force: bool,
        actor: str,
    ) -> None:
        """Erase a person's data for ever. Receipts and decisions can still be verified, but not read."""
        if not (student or identifier):
            raise click.UsageError("say whose: --student STUDENT, or --session IDENTIFIER")
        scope = find_erasure_scope(deps, student, identifier)
        _print_scope(scope)
        if dry_run or not (scope.identifiers or scope.unmatched_receipts):
            return
        if scope.blocked and not force:
            raise click.ClickException(
                "some are locked or undelivered: wait, release or retry them, or say --force"
            )
        if not yes:
            click.confirm("erase all of it for ever?", abort=True)
        receipt_count = erase(deps, scope, actor, clock.now())
        click.echo(f"erased {len(scope.identifiers)} sessions with {receipt_count} receipts")
        log.info("erase.done", sessions=len(scope.identifiers), receipts=receipt_count)

    return command


def _print_scope(scope: ErasureScope) -> None:
    for identifier in scope.identifiers:
        click.echo(f"session {identifier}")
    for identifier, reason in scope.blocked:
        click.echo(
            f"session {identifier} is {reason}"
            if reason.startswith("locked")
            else f"session {identifier}: {reason}"
        )
    click.echo(
        f"{len(scope.identifiers)} sessions, and {len(scope.unmatched_receipts)} receipts that name none"
    )


def _to_timedelta(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)
