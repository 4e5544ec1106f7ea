"""`receipts`: the evidence, and whether it is whole."""

import re
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from proctor_results import clock
from proctor_results.cli.database_group import DatabaseGroup
from proctor_results.cli.progress import print_line, progress_bar
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.export.collect import collect_evidence
from proctor_results.evidence.export.files import BundleFile, build_files
from proctor_results.evidence.integrity_faults import IntegrityFault
from proctor_results.evidence.verify import EvidenceVerifier
from proctor_results.formats.times import format_time
from proctor_results.webhooks.cli import replay_command
from proctor_results.webhooks.replay import Vendors


def receipts_commands(deps: Dependencies, vendors: Vendors) -> click.Group:
    group = DatabaseGroup("receipts", help="The evidence: what came in, and what was decided.")
    group.add_command(replay_command(deps, vendors))

    @group.command()
    @click.argument("identifier", required=False)
    def verify(identifier: str | None) -> None:
        """Find records that were changed, removed or inserted; ends with 1 if there is anything.

        With IDENTIFIER it looks at the receipts and decisions of that session, without at everything, and at the
        checkpoints, too.
        """
        started = time.monotonic()
        verification = EvidenceVerifier(deps)
        fault_count = (
            _verify_all(verification)
            if identifier is None
            else _verify_session(verification, identifier)
        )
        for line in _summary(verification, time.monotonic() - started):
            click.echo(line)
        click.echo(f"{fault_count} wrong" if fault_count else "nothing is wrong")
        if fault_count:
            raise click.exceptions.Exit(1)

    @group.command()
    @click.argument("identifier")
    @click.option(
        "--out",
        type=click.Path(path_type=Path),
        help="The file; evidence-<identifier>.zip by default.",
    )
    def export(identifier: str, out: Path | None) -> None:
        """Write all that is evidence of a session into a zip that explains itself, and verifies without this software.

        Ends with 1 if verification found integrity faults; it is written all the same.
        """
        bundle = collect_evidence(deps, identifier)
        if bundle is None:
            raise click.ClickException(_NOT_FOUND.format(identifier=identifier))
        name = f"evidence-{re.sub(r'[^A-Za-z0-9._-]', '_', identifier)}"
        path = out or Path(f"{name}.zip")
        count = _write_zip(path, name, build_files(bundle, clock.now()))
        click.echo(f"wrote {path}: {count} files; README.md in it says what they are")
        if _print_faults(EvidenceVerifier(deps).faults_of_session(identifier)):
            raise click.ClickException(
                "verification found integrity faults: see above, and `receipts verify`"
            )

    return group


def _write_zip(path: Path, folder: str, contents: Iterable[BundleFile]) -> int:
    """How many files went into the zip, which is there as a whole or not at all."""
    if path.exists():
        raise click.ClickException(f"{path} exists already: move it, or name another with --out")
    partial_path = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(partial_path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents:
                archive.writestr(f"{folder}/{name}", content)
            count = len(archive.namelist())
        partial_path.rename(path)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial_path.unlink(missing_ok=True)
    return count


def _verify_all(verification: EvidenceVerifier) -> int:
    with progress_bar("verifying", verification.total_ids) as advance:
        fault_count = _print_faults(verification.faults(advance))
    if verification.newest_checkpoint:
        newest = verification.newest_checkpoint
        click.echo(
            f"newest checkpoint: {newest.number} of {format_time(newest.at)}, SHA-256 {newest.manifest_sha256}"
        )
    click.echo(f"newer than that, and not in a checkpoint yet: {verification.counts['unsealed']}")
    return fault_count


def _verify_session(verification: EvidenceVerifier, identifier: str) -> int:
    fault_count = _print_faults(verification.faults_of_session(identifier))
    if not verification.counts["receipt"] + verification.counts["decision"]:
        raise click.ClickException(_NOT_FOUND.format(identifier=identifier))
    return fault_count


def _print_faults(faults: Iterator[IntegrityFault]) -> int:
    fault_count = 0
    for fault in faults:
        print_line(_fault_line(fault))
        fault_count += 1
    return fault_count


def _fault_line(fault: IntegrityFault) -> str:
    """What somebody has put there may be anything: it must not play with the terminal."""
    identifier = "" if fault.identifier is None else f" of {ascii(fault.identifier)[1:-1]}"
    position_text = "" if fault.position is None else f", position {fault.position!a}"
    return f"{fault.kind} {ascii(fault.record_id).strip(_QUOTE)}{identifier}{position_text}: {fault.detail}"


def _summary(verification: EvidenceVerifier, seconds: float) -> Iterator[str]:
    counts = verification.counts
    row_count = counts["receipt"] + counts["decision"]
    yield (
        f"checked {counts['receipt']} receipts, {counts['decision']} decisions, {counts['checkpoint']} checkpoints and "
        f"{counts['policy']} policies in {seconds:.1f} s ({row_count / max(seconds, 0.001):.0f} rows a second)"
    )
    if counts["pruned"] or counts["erased"]:
        yield f"of these {counts['pruned']} have been pruned and {counts['erased']} erased; their digests still hold"


_QUOTE = "'"
_NOT_FOUND = "no receipt and no decision has the identifier {identifier}"
