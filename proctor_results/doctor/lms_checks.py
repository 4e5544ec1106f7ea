"""Whether the LMS can be reached; it is sent no message."""

from collections.abc import Iterator

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.result import CheckResult


def check_targets(deployment: Deployment) -> Iterator[CheckResult]:
    """Run the checks of every configured target."""
    settings = deployment.settings
    for target in settings.targets:
        yield from target.doctor_checks(
            allow_private=settings.lms_allow_private_addresses, now=deployment.now()
        )
