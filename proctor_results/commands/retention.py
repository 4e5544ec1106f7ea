"""`prune` and `erase`: what is old, and what somebody has a right to have forgotten."""

import getpass
import time
from datetime import timedelta

import click
import structlog

from proctor_results import clock
from proctor_results.commands.group import LedgerCommand
from proctor_results.commands.progress import progress
from proctor_results.flows.erase_person import Found, erase, find_person
from proctor_results.flows.house import House
from proctor_results.flows.prune import Ages, Pruning

BREATH = 0.02
"""Seconds between transactions, in which web and worker get on."""

DAYS = click.IntRange(1)

log = structlog.get_logger()


def prune(house: House) -> click.Command:
    @click.command("prune", cls=LedgerCommand)
    @click.option("--receipt-bodies", type=DAYS, help="Empty bodies older than so many days; their digests stay.")
    @click.option("--attempts", type=DAYS, help="Forget tries older than so many days, at what has arrived.")
    @click.option("--sessions", type=DAYS, help="Forget sessions untouched for so many days; digests stay.")
    @click.option("--dry-run", is_flag=True, help="Only say what there is to do.")
    def command(receipt_bodies: int | None, attempts: int | None, sessions: int | None, dry_run: bool) -> None:
        """Let go of what is old, but never of what is undelivered or held. May be stopped and run again at any time."""
        if receipt_bodies is None and attempts is None and sessions is None:
            raise click.UsageError("say what is old: --receipt-bodies DAYS, --attempts DAYS, --sessions DAYS")
        ages = Ages(bodies=_days(receipt_bodies), attempts=_days(attempts), sessions=_days(sessions))
        pruning = Pruning(house, ages, clock.now(), dry=dry_run)
        with progress("pruning", pruning.length) as done:
            pruning.run(done, lambda: time.sleep(BREATH))
        found = pruning.found
        click.echo(
            f"{'would prune' if dry_run else 'pruned'} {found['bodies']} bodies, {found['attempts']} attempts, "
            f"{found['sessions']} sessions"
        )
        if found["kept"]:
            click.echo(f"kept {found['kept']} old sessions that are locked, undelivered or listened for")
        if not dry_run:
            log.info("prune.done", **{name: found[name] for name in ("bodies", "attempts", "sessions", "kept")})

    return command


def erase_command(house: House) -> click.Command:
    @click.command("erase", cls=LedgerCommand)
    @click.option("--student", help="Whose data, as the LMS or the vendor calls the learner.")
    @click.option("--session", "identifier", help="Or the data of one session, by its identifier.")
    @click.option("--dry-run", is_flag=True, help="Only say what there is.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option("--force", is_flag=True, help="Also what is locked, or what the LMS has not been told yet.")
    @click.option("--by", "actor", default=getpass.getuser, help="Who erases; the name of this account by default.")
    def command(student: str | None, identifier: str | None, dry_run: bool, yes: bool, force: bool, actor: str) -> None:
        """Erase a person's data for ever. Receipts and decisions can still be verified, but not read."""
        if not (student or identifier):
            raise click.UsageError("say whose: --student STUDENT, or --session IDENTIFIER")
        found = find_person(house, student, identifier)
        _show(found)
        if dry_run or not (found.sessions or found.strays):
            return
        if found.busy and not force:
            raise click.ClickException("some are locked or undelivered: wait, release or retry them, or say --force")
        if not yes:
            click.confirm("erase all of it for ever?", abort=True)
        emptied = erase(house, found, actor, clock.now())
        click.echo(f"erased {len(found.sessions)} sessions with {emptied} receipts")
        log.info("erase.done", sessions=len(found.sessions), receipts=emptied)

    return command


def _show(found: Found) -> None:
    for identifier in found.sessions:
        click.echo(f"session {identifier}")
    for identifier, why in found.busy:
        click.echo(f"session {identifier} is {why}" if why.startswith("locked") else f"session {identifier}: {why}")
    click.echo(f"{len(found.sessions)} sessions, and {len(found.strays)} receipts that name none")


def _days(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)
