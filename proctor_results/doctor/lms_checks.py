"""Whether the LMS can be reached at all; it is sent nothing."""

from collections.abc import Iterator

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.result import CheckResult
from proctor_results.doctor.tls import check_certificate, connect


def check_targets(deployment: Deployment) -> Iterator[CheckResult]:
    """By the same way, and under the same rules, by which the worker goes."""
    settings = deployment.settings
    for name, url in {
        "LMS_WEBHOOK_URL": settings.lms_webhook_url,
        "LMS_LOCK_URL": settings.lms_lock_url,
    }.items():
        if url:
            yield check_certificate(
                name,
                connect(url, allow_private=settings.lms_allow_private_addresses),
                deployment.now(),
            )
