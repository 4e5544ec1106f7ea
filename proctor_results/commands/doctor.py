"""`doctor`: what is wrong with a running deployment, and how to mend it."""

from collections import Counter
from collections.abc import Iterable

import click

from proctor_results.checkup.examine import examine
from proctor_results.checkup.note import Grade, Note
from proctor_results.checkup.patient import Patient


def doctor(patient: Patient) -> click.Command:
    @click.command("doctor")
    @click.option("--url", default=patient.url, help="Where the deployment is; PUBLIC_URL by default.")
    def command(url: str) -> None:
        """Look at a running deployment from outside: settings, vendor, LMS, doors, certificates, clocks.

        Run it with the settings of the deployment. It stores nothing and sends no message; it ends with 1 if anything
        is wrong.
        """
        try:
            examined = patient.at(url)
        except ValueError as error:
            raise click.UsageError("where is it? set PUBLIC_URL, or say --url https://…") from error
        found = _shown(examine(examined))
        click.echo(f"{found[Grade.WRONG]} wrong, {found[Grade.WARNING]} warnings, {found[Grade.LOOK]} to look at")
        if found[Grade.WRONG]:
            raise click.exceptions.Exit(1)

    return command


def _shown(notes: Iterable[Note]) -> Counter[Grade]:
    found = Counter[Grade]()
    for note in notes:
        click.echo(f"{note.grade:<8} {note.about}: {note.said}" + (f" — {note.mend}" if note.mend else ""))
        found[note.grade] += 1
    return found
