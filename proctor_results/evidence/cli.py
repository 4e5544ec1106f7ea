"""The `receipts` commands: verify, export and replay evidence."""

import re
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from proctor_results import clock
from proctor_results.cli.terminal import DatabaseGroup, print_line, progress_bar
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.export.collect import collect_evidence
from proctor_results.evidence.export.files import BundleFile, build_files
from proctor_results.evidence.integrity_faults import IntegrityFault
from proctor_results.evidence.verify import EvidenceVerifier
from proctor_results.formats.times import format_time


def receipts_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup("receipts", help="Evidence: received requests, and what was decided.")

    @group.command()
    @click.argument("identifier", required=False)
    def verify(identifier: str | None) -> None:
        """Find records that were changed, removed or inserted; end with 1 if there are any.

        With IDENTIFIER, check the receipts and decisions of that session; without, check
        everything, checkpoints included.
        """
        _verify(EvidenceVerifier(deps), identifier)

    @group.command()
    @click.argument("identifier")
    @click.option(
        "--out",
        type=click.Path(path_type=Path),
        help="The file; evidence-<identifier>.zip by default.",
    )
    def export(identifier: str, out: Path | None) -> None:
        """Write a session's evidence into a zip file that can be verified without this software.

        The file is also written if verification finds faults; the command then ends with 1.
        """
        _export(deps, identifier, out)

    return group


def _verify(verifier: EvidenceVerifier, identifier: str | None) -> None:
    started = time.monotonic()
    if identifier is None:
        fault_count = _verify_all(verifier)
    else:
        fault_count = _verify_session(verifier, identifier)
    for line in _summary(verifier.counts, time.monotonic() - started):
        click.echo(line)
    click.echo(f"{fault_count} faults" if fault_count else "no faults")
    if fault_count:
        raise click.exceptions.Exit(1)


def _verify_all(verifier: EvidenceVerifier) -> int:
    with progress_bar("verifying", verifier.total_ids) as advance:
        fault_count = _print_faults(verifier.faults(advance))
    if newest := verifier.newest_checkpoint:
        click.echo(
            f"newest checkpoint: {newest.number} of {format_time(newest.at)}, "
            f"SHA-256 {newest.manifest_sha256}"
        )
    click.echo(f"newer than that, without a checkpoint: {verifier.counts['without_checkpoint']}")
    return fault_count


def _verify_session(verifier: EvidenceVerifier, identifier: str) -> int:
    fault_count = _print_faults(verifier.faults_of_session(identifier))
    if not verifier.counts["receipt"] + verifier.counts["decision"]:
        raise click.ClickException(_NOT_FOUND.format(identifier=identifier))
    return fault_count


def _print_faults(faults: Iterator[IntegrityFault]) -> int:
    fault_count = 0
    for fault in faults:
        print_line(_fault_line(fault))
        fault_count += 1
    return fault_count


def _fault_line(fault: IntegrityFault) -> str:
    """Values are escaped: an intruder may have stored control sequences for the terminal."""
    name = f"{fault.kind} {ascii(fault.record_id).strip(_QUOTE)}"
    identifier = "" if fault.identifier is None else f" of {ascii(fault.identifier)[1:-1]}"
    position = "" if fault.position is None else f", position {fault.position!a}"
    return f"{name}{identifier}{position}: {fault.detail}"


def _summary(counts: Mapping[str, int], seconds: float) -> Iterator[str]:
    rate = (counts["receipt"] + counts["decision"]) / max(seconds, 0.001)
    yield (
        f"checked {counts['receipt']} receipts, {counts['decision']} decisions, "
        f"{counts['checkpoint']} checkpoints and {counts['policy']} policies "
        f"in {seconds:.1f} s ({rate:.0f} rows a second)"
    )
    if counts["pruned"] or counts["erased"]:
        yield (
            f"of these {counts['pruned']} have been pruned and {counts['erased']} erased; "
            "their digests still match"
        )


def _export(deps: Dependencies, identifier: str, out: Path | None) -> None:
    bundle = collect_evidence(deps, identifier)
    if bundle is None:
        raise click.ClickException(_NOT_FOUND.format(identifier=identifier))
    name = f"evidence-{re.sub(r'[^A-Za-z0-9._-]', '_', identifier)}"
    path = out or Path(f"{name}.zip")
    count = _write_zip(path, name, build_files(bundle, clock.now()))
    click.echo(f"wrote {path}: {count} files; README.md in it says what they are")
    if _print_faults(EvidenceVerifier(deps).faults_of_session(identifier)):
        raise click.ClickException("verification found the faults above")


def _write_zip(path: Path, folder: str, contents: Iterable[BundleFile]) -> int:
    """Write the whole file or none; return the number of files in it."""
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


_QUOTE = "'"
_NOT_FOUND = "no receipt and no decision has the identifier {identifier}"
