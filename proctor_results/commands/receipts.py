"""`receipts`: the evidence, and whether it is whole."""

import re
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from proctor_results import clock
from proctor_results.bundle.files import File, files
from proctor_results.commands.group import LedgerGroup
from proctor_results.commands.progress import progress, say
from proctor_results.commands.replay import replay
from proctor_results.domain.faults import Fault
from proctor_results.domain.times import text_of
from proctor_results.flows.gather_evidence import gather_evidence
from proctor_results.flows.house import House
from proctor_results.flows.replay_receipts import Vendors
from proctor_results.flows.verify_receipts import Verification


def receipts(house: House, vendors: Vendors) -> click.Group:
    group = LedgerGroup("receipts", help="The evidence: what came in, and what was decided.")
    group.add_command(replay(house, vendors))

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

    @group.command()
    @click.argument("identifier")
    @click.option("--out", type=click.Path(path_type=Path), help="The file; evidence-<identifier>.zip by default.")
    def export(identifier: str, out: Path | None) -> None:
        """Write all that is evidence of a session into a zip that explains itself, and verifies without this software.

        Ends with 1 if something in it does not verify; it is written all the same.
        """
        dossier = gather_evidence(house, identifier)
        if dossier is None:
            raise click.ClickException(_NOTHING.format(identifier=identifier))
        name = f"evidence-{re.sub(r'[^A-Za-z0-9._-]', '_', identifier)}"
        path = out or Path(f"{name}.zip")
        count = _packed(path, name, files(dossier, clock.now()))
        click.echo(f"wrote {path}: {count} files; README.md in it says what they are")
        if _told(Verification(house).faults_of(identifier)):
            raise click.ClickException("something in it does not verify: see above, and `receipts verify`")

    return group


def _packed(path: Path, folder: str, contents: Iterable[File]) -> int:
    """How many files went into the zip, which is there as a whole or not at all."""
    if path.exists():
        raise click.ClickException(f"{path} exists already: move it, or name another with --out")
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents:
                archive.writestr(f"{folder}/{name}", content)
            count = len(archive.namelist())
        unfinished.rename(path)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return count


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
        raise click.ClickException(_NOTHING.format(identifier=identifier))
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
_NOTHING = "no receipt and no decision has the identifier {identifier}"
