"""Checks that the deployment is reachable, ready, and accepts the right keys only."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.http_probe import NoResponse, ProbeResponse, probe
from proctor_results.doctor.result import CheckResult, error, ok, warning
from proctor_results.doctor.tls import check_certificate, connect

Key = TypeVar("Key")

LATE_SECONDS = 300
_UNKNOWN_VENDOR = "unknown-vendor"
_PROXY_FIX = "check the proxy in front of the service: it may drop headers or answer by itself"


def check_public_url(deployment: Deployment) -> Iterator[CheckResult]:
    """Check PUBLIC_URL: its certificate, and that it is the checked URL."""
    if deployment.url.startswith("https:"):
        yield check_certificate(
            "PUBLIC_URL", connect(deployment.url, allow_private=True), deployment.now()
        )
    else:
        report = warning if deployment.is_confidential or deployment.settings.development else error
        yield report(
            "PUBLIC_URL",
            "is not https: keys, tokens and results travel in the clear",
            "put TLS in front",
        )
    if deployment.settings.public_url != deployment.url:
        message = (
            f"is {deployment.settings.public_url or 'not set'}, and {deployment.url} was asked"
        )
        yield warning(
            "PUBLIC_URL", message, "set it to where vendors and exam pages reach this service"
        )


def check_alive(deployment: Deployment) -> CheckResult:
    """Check that `/healthz` answers."""
    response = probe(f"{deployment.url}/healthz")
    if isinstance(response, ProbeResponse) and response.status == 200:
        return ok("/healthz", "the service answers")
    return error(
        "/healthz",
        str(response),
        f"is it running, and reached at {deployment.url} without a redirect?",
    )


def check_ready(deployment: Deployment) -> Iterator[CheckResult]:
    """Check each part that `/readyz` reports."""
    fields = _readiness_fields(probe(f"{deployment.url}/readyz"))
    if fields is None:
        yield error("/readyz", "does not say how it is", _PROXY_FIX)
        return
    for name, fix in _FIXES.items():
        if fields.get(name):
            yield ok("/readyz", f"{name} is well")
        else:
            yield error("/readyz", f"{name} is not well", fix)
    if fields.get("schema"):
        yield _pending_deliveries_result(fields.get("oldest_undelivered"))
        yield from _failed_deliveries_result(fields.get("failed_deliveries"))


_FIXES = {
    "database": "check DATABASE_URL, and that the database is up",
    "schema": "run `flask --app wsgi db upgrade`",
    "accepting_heartbeats": "start the web process with gunicorn.conf.py, or no session times out",
    "worker": "start one: `flask --app wsgi worker`",
}


def _readiness_fields(response: ProbeResponse | NoResponse) -> Mapping[str, Any] | None:
    try:
        fields = json.loads(response.body) if isinstance(response, ProbeResponse) else None
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and "ready" in fields else None


def _pending_deliveries_result(seconds: float | None) -> CheckResult:
    if seconds is None:
        return ok("/readyz", "all messages to the LMS are delivered")
    message = f"a message has been waiting for delivery for {seconds:.0f} s"
    if seconds < LATE_SECONDS:
        return ok("/readyz", message)
    return warning("/readyz", message, "see why: `flask --app wsgi deliveries list`")


def _failed_deliveries_result(failed_count: int | None) -> Iterator[CheckResult]:
    if failed_count:
        fix = "fix the cause (`flask --app wsgi deliveries list`), then `deliveries retry`"
        yield warning("/readyz", f"{failed_count} messages to the LMS have failed", fix)


def check_vendor_endpoint(deployment: Deployment) -> Iterator[CheckResult]:
    """Check the keys at the path of an unknown vendor: a valid key gets 404, nothing is stored."""
    url = f"{deployment.url}/webhooks/{_UNKNOWN_VENDOR}"
    yield _expect_status("webhooks", "without a key", probe(url, "POST"), 401, _PROXY_FIX)
    for vendor in deployment.vendors.values():
        headers_by_key = vendor.webhook.doctor_headers if vendor.webhook else ()
        for position, headers in _numbered(deployment, headers_by_key):
            fix = f"does it run with these keys of {vendor.name}, and do their headers get through?"
            response = probe(url, "POST", headers)
            yield _expect_status(
                f"{vendor.name} webhook", f"with key {position}", response, 404, fix
            )


def check_lms_endpoint(deployment: Deployment) -> Iterator[CheckResult]:
    """Check the keys of the LMS with the change feed, which all of them may read."""
    url = f"{deployment.url}/sessions?limit=1"
    yield _expect_status("sessions", "without a key", probe(url), 401, _PROXY_FIX)
    for position, key in _numbered(deployment, deployment.settings.lms_api_keys):
        fix = "does it run with these LMS_API_KEYS, and does the header Authorization get through?"
        response = probe(url, headers={"Authorization": f"Bearer {key}"})
        yield _expect_status("sessions", f"with key {position}", response, 200, fix)


def _numbered(deployment: Deployment, keys: Iterable[Key]) -> Iterator[tuple[int, Key]]:
    """Number the keys as in the setting; without TLS no key is sent."""
    yield from enumerate(keys if deployment.is_confidential else (), 1)


def _expect_status(
    subject: str, credential: str, response: ProbeResponse | NoResponse, status: int, fix: str
) -> CheckResult:
    if isinstance(response, ProbeResponse) and response.status == status:
        return ok(subject, f"{credential}: {response}, as it should")
    return error(subject, f"{credential}: {response}, not {status}", fix)
