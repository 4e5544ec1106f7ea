"""`doctor`: checks a running deployment from outside, and says how to correct what is wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator

import click

from proctor_results.doctor import api_checks
from proctor_results.doctor.configuration_checks import check_configuration
from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.result import CheckResult, Severity


def doctor_command(deployment: Deployment) -> click.Command:
    @click.command("doctor")
    @click.option(
        "--url", default=deployment.url, help="Where the deployment is; PUBLIC_URL by default."
    )
    def command(url: str) -> None:
        """Check a running deployment from outside: settings, vendors, LMS, endpoints, certificates.

        Run it with the settings of the deployment. It stores nothing and sends no message; it ends
        with 1 if anything is wrong.
        """
        try:
            checked_deployment = deployment.with_url(url)
        except ValueError as error:
            raise click.UsageError("where is it? set PUBLIC_URL, or say --url https://…") from error
        _report(_run_checks(checked_deployment))

    return command


def _report(results: Iterable[CheckResult]) -> None:
    counts = Counter[Severity]()
    for result in results:
        fix = f" — {result.fix}" if result.fix else ""
        click.echo(f"{result.severity:<14} {result.subject}: {result.message}{fix}")
        counts[result.severity] += 1
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    manual_checks = counts[Severity.CHECK_MANUALLY]
    click.echo(f"{errors} errors, {warnings} warnings, {manual_checks} to check manually")
    if errors:
        raise click.exceptions.Exit(1)


def _run_checks(deployment: Deployment) -> Iterator[CheckResult]:
    """Run every check; a service that does not answer `/healthz` is asked for nothing more."""
    yield from check_configuration(deployment)
    for vendor in deployment.vendors.values():
        for vendor_check in vendor.doctor_checks:
            yield from vendor_check(deployment.now())
    allow_private = deployment.settings.lms_allow_private_addresses
    for target in deployment.settings.targets:
        yield from target.doctor_checks(allow_private=allow_private, now=deployment.now())
    yield from api_checks.check_public_url(deployment)
    alive_result = api_checks.check_alive(deployment)
    yield alive_result
    if alive_result.severity is Severity.OK:
        for check in api_checks.CHECKS_WHEN_ALIVE:
            yield from check(deployment)
