"""`receipts`: the evidence, and whether it is whole."""

import time
from collections.abc import Iterator

import click

from proctor_results.commands.group import LedgerGroup
from proctor_results.commands.progress import progress, say
from proctor_results.domain.faults import Fault
from proctor_results.domain.times import text_of
from proctor_results.flows.house import House
from proctor_results.flows.verify_receipts import Verification


def receipts(house: House) -> click.Group:
    group = LedgerGroup("receipts", help="The evidence: what came in, and what was decided.")

    @group.command()
    @click.argument("identifier", required=False)
    def verify(identifier: str | None) -> None:
        """Find whatever was changed, removed or inserted; ends with 1 if there is anything.

        With IDENTIFIER it looks at the receipts and decisions of that session, without at everything, and at the
        checkpoints, too.
        """
        began = time.monotonic()
        verification = Verification(house)
        wrong = _all(verification) if identifier is None else _of_one(verification, identifier)
        for line in _summary(verification, time.monotonic() - began):
            click.echo(line)
        click.echo(f"{wrong} wrong" if wrong else "nothing is wrong")
        if wrong:
            raise click.exceptions.Exit(1)

    return group


def _all(verification: Verification) -> int:
    with progress("verifying", verification.length) as read:
        wrong = _told(verification.faults(read))
    if verification.newest:
        newest = verification.newest
        click.echo(f"newest checkpoint: {newest.number} of {text_of(newest.at)}, SHA-256 {newest.digest}")
    click.echo(f"newer than that, and not sealed yet: {verification.seen['unsealed']}")
    return wrong


def _of_one(verification: Verification, identifier: str) -> int:
    wrong = _told(verification.faults_of(identifier))
    if not verification.seen["receipt"] + verification.seen["decision"]:
        raise click.ClickException(f"no receipt and no decision has the identifier {identifier}")
    return wrong


def _told(faults: Iterator[Fault]) -> int:
    wrong = 0
    for fault in faults:
        say(_line(fault))
        wrong += 1
    return wrong


def _line(fault: Fault) -> str:
    """What somebody has put there may be anything: it must not play with the terminal."""
    identifier = "" if fault.identifier is None else f" of {ascii(fault.identifier)[1:-1]}"
    place = "" if fault.place is None else f", place {fault.place!a}"
    return f"{fault.kind} {ascii(fault.number).strip(_QUOTE)}{identifier}{place}: {fault.detail}"


def _summary(verification: Verification, seconds: float) -> Iterator[str]:
    seen = verification.seen
    rows = seen["receipt"] + seen["decision"]
    yield (
        f"looked at {seen['receipt']} receipts, {seen['decision']} decisions, {seen['checkpoint']} checkpoints and "
        f"{seen['policy']} policies in {seconds:.1f} s ({rows / max(seconds, 0.001):.0f} rows a second)"
    )
    if seen["pruned"] or seen["erased"]:
        yield f"of these {seen['pruned']} have been pruned and {seen['erased']} erased; their digests still hold"


_QUOTE = "'"
