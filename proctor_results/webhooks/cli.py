"""`receipts replay`: replays stored receipts, after an upgrade of a parser or of the rules."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from proctor_results import clock
from proctor_results.cli.terminal import print_line, progress_bar
from proctor_results.dependencies import Dependencies
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.replay import Vendors, replay_receipt
from proctor_results.webhooks.store import StoredReceipt

_DATETIME_TYPE = click.DateTime(
    ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
)

_UNRECOGNISED = click.option(
    "--unrecognised", is_flag=True, help="All receipts with an unknown status."
)
_SINCE = click.option(
    "--from", "since", type=_DATETIME_TYPE, help="All received from this moment on; UTC."
)
_BEFORE = click.option(
    "--to", "before", type=_DATETIME_TYPE, help="All received before this moment; UTC."
)
_DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="Only say what would become of each, taken alone."
)


def replay_command(deps: Dependencies, vendors: Vendors) -> click.Command:
    @click.command("replay")
    @click.argument("numbers", nargs=-1, type=int)
    @_UNRECOGNISED
    @_SINCE
    @_BEFORE
    @click.option(
        "--vendor", type=click.Choice(sorted(vendors)), help="Of these, only this vendor's."
    )
    @_DRY_RUN
    def command(
        numbers: tuple[int, ...],
        unrecognised: bool,
        since: datetime | None,
        before: datetime | None,
        vendor: str | None,
        dry_run: bool,
    ) -> None:
        """Replay stored receipts: those with these NUMBERS, a time, or all unrecognised.

        Today's parsers read them and today's rules evaluate them, in their old order; they
        supersede nothing that came later. What is applied becomes a receipt of its own that names
        the old one. Safe to stop and to repeat: what was applied once is a duplicate then.
        """
        if bool(numbers) + unrecognised + bool(since or before) != 1:
            raise click.UsageError("say which: NUMBERS, --unrecognised, or --from and --to")
        with _select_receipts(deps, numbers, since, before) as stored_receipts:
            vendor_receipts = (
                receipt for receipt in stored_receipts if vendor in (None, receipt.vendor)
            )
            counts_by_result = Counter(_replay_all(deps, vendors, vendor_receipts, dry_run=dry_run))
        for result, count in sorted(counts_by_result.items()):
            click.echo(f"{count} {result}")
        click.echo(f"{counts_by_result.total()} replayed{', nothing written' if dry_run else ''}")

    return command


@contextmanager
def _select_receipts(
    deps: Dependencies, numbers: tuple[int, ...], since: datetime | None, before: datetime | None
) -> Iterator[Iterable[StoredReceipt]]:
    """Yield the receipts in the order in which they arrived, with a progress bar."""
    if numbers:
        yield [_get_receipt(deps, receipt_id) for receipt_id in sorted(set(numbers))]
    elif since or before:
        last_id = webhook_store.last_id(deps.database)
        with progress_bar("replaying", last_id) as advance:
            yield webhook_store.list_between(
                deps.database,
                _to_utc(since or _EARLIEST),
                _to_utc(before or clock.now()),
                last_id,
                advance,
            )
    else:
        with progress_bar("replaying", webhook_store.count_unrecognised(deps.database)) as advance:
            yield webhook_store.list_unrecognised(deps.database, advance)


def _get_receipt(deps: Dependencies, receipt_id: int) -> StoredReceipt:
    receipt = webhook_store.get(deps.database, receipt_id)
    if receipt is None:
        raise click.ClickException(f"there is no receipt {receipt_id}, or a replay has made it")
    return receipt


def _to_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _replay_all(
    deps: Dependencies, vendors: Vendors, stored_receipts: Iterable[StoredReceipt], *, dry_run: bool
) -> Iterator[str]:
    for receipt in stored_receipts:
        result = replay_receipt(deps, vendors, receipt, clock.now(), dry_run=dry_run)
        if result == ReceiptResult.APPLIED:
            print_line(f"receipt {receipt.receipt_id}: {'would be ' if dry_run else ''}applied")
        yield result


_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
