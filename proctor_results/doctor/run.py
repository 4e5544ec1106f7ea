"""Runs all checks of the doctor."""

from collections.abc import Iterator

from proctor_results.doctor import api_checks, browser_checks
from proctor_results.doctor.configuration_checks import check_configuration, check_targets
from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.result import CheckResult, Severity


def run_checks(deployment: Deployment) -> Iterator[CheckResult]:
    """Yield the result of every check in order; stop early where the deployment is not alive."""
    yield from check_configuration(deployment)
    for vendor in deployment.vendors.values():
        for vendor_check in vendor.doctor_checks:
            yield from vendor_check(deployment.now())
    yield from check_targets(deployment)
    yield from api_checks.check_public_url(deployment)
    alive_result = api_checks.check_alive(deployment)
    yield alive_result
    if alive_result.severity is Severity.OK:
        for check in _CHECKS_WHEN_ALIVE:
            yield from check(deployment)


_CHECKS_WHEN_ALIVE = (
    api_checks.check_ready,
    api_checks.check_vendor_endpoint,
    api_checks.check_lms_endpoint,
    browser_checks.check_script,
    browser_checks.check_origins,
)
