"""`receipts replay`: stored receipts once more, after an upgrade of a translator or of the rules."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from proctor_results import clock
from proctor_results.commands.progress import progress, say
from proctor_results.domain.words import ReceiptVerdict
from proctor_results.flows.house import House
from proctor_results.flows.replay_receipts import Vendors, replay_receipt
from proctor_results.store import receipts
from proctor_results.store.receipts import Stored

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])


def replay(house: House, vendors: Vendors) -> click.Command:
    @click.command("replay")
    @click.argument("numbers", nargs=-1, type=int)
    @click.option("--unrecognised", is_flag=True, help="All whose status nobody knew.")
    @click.option("--from", "since", type=_MOMENT, help="All received from this moment on; UTC.")
    @click.option("--to", "before", type=_MOMENT, help="All received before this moment; UTC.")
    @click.option("--vendor", type=click.Choice(sorted(vendors)), help="Of these, only this vendor's.")
    @click.option("--dry-run", is_flag=True, help="Only say what would become of each, taken alone.")
    def command(
        numbers: tuple[int, ...],
        unrecognised: bool,
        since: datetime | None,
        before: datetime | None,
        vendor: str | None,
        dry_run: bool,
    ) -> None:
        """Feed stored receipts through again: those with these NUMBERS, a time, or all unrecognised.

        They are read by today's translators and judged by today's rules, in their old order; nothing that came later is
        overruled. What is applied becomes a receipt of its own that names the old one. Safe to stop and to repeat:
        what was applied once is a duplicate then.
        """
        if bool(numbers) + unrecognised + bool(since or before) != 1:
            raise click.UsageError("say which: NUMBERS, --unrecognised, or --from and --to")
        with _chosen(house, numbers, since, before) as chosen:
            ours = (each for each in chosen if vendor in (None, each.vendor))
            fates = Counter(_replayed(house, vendors, ours, dry_run=dry_run))
        for fate, count in sorted(fates.items()):
            click.echo(f"{count} {fate}")
        click.echo(f"{fates.total()} looked at{', nothing written' if dry_run else ''}")

    return command


@contextmanager
def _chosen(
    house: House, numbers: tuple[int, ...], since: datetime | None, before: datetime | None
) -> Iterator[Iterable[Stored]]:
    """In the order in which they came; a bar shows how far they have been read."""
    if numbers:
        yield [_found(house, number) for number in sorted(set(numbers))]
    elif since or before:
        last = receipts.last(house.ledger)
        with progress("replaying", last) as read:
            yield receipts.between(house.ledger, _utc(since or _EARLIEST), _utc(before or clock.now()), last, read)
    else:
        with progress("replaying", receipts.count_unrecognised(house.ledger)) as read:
            yield receipts.unrecognised(house.ledger, read)


def _found(house: House, number: int) -> Stored:
    stored = receipts.find(house.ledger, number)
    if stored is None:
        raise click.ClickException(f"there is no receipt {number}, or a replay has made it")
    return stored


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _replayed(house: House, vendors: Vendors, chosen: Iterable[Stored], *, dry_run: bool) -> Iterator[str]:
    for stored in chosen:
        fate = replay_receipt(house, vendors, stored, clock.now(), dry_run=dry_run)
        if fate == ReceiptVerdict.APPLIED:
            say(f"receipt {stored.number}: {'would be ' if dry_run else ''}applied")
        yield fate


_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
