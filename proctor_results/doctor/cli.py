"""`doctor`: checks a running deployment, and says how to fix what is wrong."""

from collections import Counter
from collections.abc import Iterable

import click

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.result import CheckResult, Severity
from proctor_results.doctor.run import run_checks


def doctor_command(deployment: Deployment) -> click.Command:
    @click.command("doctor")
    @click.option(
        "--url", default=deployment.url, help="Where the deployment is; PUBLIC_URL by default."
    )
    def command(url: str) -> None:
        """Check a running deployment: settings, vendor, LMS, endpoints, certificates, clocks.

        Run it with the settings of the deployment. It stores nothing and sends no message; it ends
        with 1 if anything is wrong.
        """
        try:
            checked_deployment = deployment.with_url(url)
        except ValueError as error:
            raise click.UsageError("where is it? set PUBLIC_URL, or say --url https://…") from error
        counts = _print_results(run_checks(checked_deployment))
        click.echo(
            f"{counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings, "
            f"{counts[Severity.CHECK_MANUALLY]} to check manually"
        )
        if counts[Severity.ERROR]:
            raise click.exceptions.Exit(1)

    return command


def _print_results(results: Iterable[CheckResult]) -> Counter[Severity]:
    counts = Counter[Severity]()
    for check_result in results:
        click.echo(
            f"{check_result.severity:<14} {check_result.subject}: {check_result.message}"
            + (f" — {check_result.fix}" if check_result.fix else "")
        )
        counts[check_result.severity] += 1
    return counts
