"""Checks of a running deployment's endpoints: health, keys, and what exam pages get."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.http_probe import NoResponse, ProbeResponse, probe
from proctor_results.doctor.result import CheckResult, error, ok, warning
from proctor_results.doctor.tls import check_connection

LATE_SECONDS = 300
FOREIGN_ORIGIN = "https://foreign-origin.invalid"
_ALLOW_ORIGIN_HEADER = "Access-Control-Allow-Origin"
_PROXY_FIX = "check the proxy in front of the service: it may drop headers or answer itself"
_CORS_FIX = "check the proxy in front of the service: it may drop or add CORS headers"


def check_public_url(deployment: Deployment) -> Iterator[CheckResult]:
    """Check TLS at the address, and that it is the one in the settings."""
    if deployment.url.startswith("https:"):
        yield check_connection("PUBLIC_URL", deployment.url, True, deployment.now())
    else:
        report = warning if deployment.is_confidential or deployment.settings.development else error
        message = "is not https: keys, tokens and results travel in the clear"
        yield report("PUBLIC_URL", message, "put TLS in front")
    if deployment.settings.public_url != deployment.url:
        configured_url = deployment.settings.public_url or "not set"
        yield warning(
            "PUBLIC_URL",
            f"is {configured_url}, and {deployment.url} was asked",
            "set it to where vendors and exam pages reach this service",
        )


def check_alive(deployment: Deployment) -> CheckResult:
    """Ask `/healthz`; without an answer the other endpoints are not checked."""
    response = probe(f"{deployment.url}/healthz")
    if _has_status(response, 200):
        return ok("/healthz", "the service answers")
    fix = f"is it running, and reached at {deployment.url} without a redirect?"
    return error("/healthz", str(response), fix)


def check_ready(deployment: Deployment) -> Iterator[CheckResult]:
    """Check each part that `/readyz` lists."""
    fields = _readiness_fields(probe(f"{deployment.url}/readyz"))
    if fields is None:
        yield error("/readyz", "does not say how it is", _PROXY_FIX)
        return
    for name, fix in _FIXES.items():
        is_well = fields.get(name)
        yield (
            ok("/readyz", f"{name} is well")
            if is_well
            else error("/readyz", f"{name} is not well", fix)
        )
    if fields.get("schema"):
        yield from _delivery_results(fields)


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


def _delivery_results(fields: Mapping[str, Any]) -> Iterator[CheckResult]:
    seconds, failed_count = fields.get("oldest_undelivered"), fields.get("failed_deliveries")
    message = f"a message has been waiting for delivery for {seconds or 0:.0f} s"
    if seconds is None:
        yield ok("/readyz", "all messages to the LMS are delivered")
    elif seconds < LATE_SECONDS:
        yield ok("/readyz", message)
    else:
        yield warning("/readyz", message, "see why: `flask --app wsgi deliveries list`")
    if failed_count:
        fix = "fix the cause (`flask --app wsgi deliveries list`), then `deliveries retry`"
        yield warning("/readyz", f"{failed_count} messages to the LMS have failed", fix)


def check_vendor_endpoint(deployment: Deployment) -> Iterator[CheckResult]:
    """A valid key is answered 404 at an unknown vendor's path, where nothing is stored."""
    url = f"{deployment.url}/webhooks/unknown-vendor"
    yield _expect_status("webhooks", "without a key", probe(url, "POST"), 401, _PROXY_FIX)
    for vendor in deployment.vendors.values():
        headers_by_key = vendor.webhook.doctor_headers if vendor.webhook else ()
        for position, headers in deployment.numbered_keys(headers_by_key):
            response, credential = probe(url, "POST", headers), f"with key {position}"
            fix = f"does it run with these keys of {vendor.name}, and do their headers get through?"
            yield _expect_status(f"{vendor.name} webhook", credential, response, 404, fix)


def check_lms_endpoint(deployment: Deployment) -> Iterator[CheckResult]:
    """Ask for the change feed, which every key of the LMS may read."""
    url = f"{deployment.url}/sessions?limit=1"
    yield _expect_status("sessions", "without a key", probe(url), 401, _PROXY_FIX)
    for position, key in deployment.numbered_keys(deployment.settings.lms_api_keys):
        response = probe(url, headers={"Authorization": f"Bearer {key}"})
        fix = "does it run with these LMS_API_KEYS, and does the header Authorization get through?"
        yield _expect_status("sessions", f"with key {position}", response, 200, fix)


def check_script(deployment: Deployment) -> Iterator[CheckResult]:
    """Check the script that exam pages load; a browser runs it only if its digest is right."""
    response = probe(f"{deployment.url}/reconnect.js", headers={"Origin": FOREIGN_ORIGIN})
    if isinstance(response, NoResponse) or response.status != 200:
        yield error("/reconnect.js", str(response), "does the deployment run this version?")
    elif _integrity(response.body) != deployment.script_integrity:
        message, fix = "is not the script of this version", "deploy the same version everywhere"
        yield error("/reconnect.js", message, fix)
    elif response.headers.get(_ALLOW_ORIGIN_HEADER) not in ("*", FOREIGN_ORIGIN):
        message = f"comes without {_ALLOW_ORIGIN_HEADER}: browsers will not run it"
        yield error("/reconnect.js", message, _CORS_FIX)
    else:
        yield ok("/reconnect.js", "is the script of this version, for every page")


def _integrity(body: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"


def check_origins(deployment: Deployment) -> Iterator[CheckResult]:
    """Ask as a browser does before it sends a heartbeat for a page."""
    for origin in deployment.settings.browser_origins:
        if _allows_origin(deployment, origin):
            yield ok("heartbeats", f"pages of {origin} may send them")
        else:
            fix = f"does it run with these BROWSER_ORIGINS? or {_CORS_FIX}"
            yield error("heartbeats", f"pages of {origin} may not send them", fix)
    if _allows_origin(deployment, FOREIGN_ORIGIN):
        yield error("heartbeats", "pages of any origin may send them", _CORS_FIX)
    else:
        yield ok("heartbeats", "pages of other origins may not send them")


def _allows_origin(deployment: Deployment, origin: str) -> bool:
    request_headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    response = probe(f"{deployment.url}/sessions/doctor/heartbeats", "OPTIONS", request_headers)
    return isinstance(response, ProbeResponse) and response.headers.get(_ALLOW_ORIGIN_HEADER) in (
        "*",
        origin,
    )


def _expect_status(
    subject: str, credential: str, response: ProbeResponse | NoResponse, status: int, fix: str
) -> CheckResult:
    if _has_status(response, status):
        return ok(subject, f"{credential}: {response}, as it should")
    return error(subject, f"{credential}: {response}, not {status}", fix)


def _has_status(response: ProbeResponse | NoResponse, status: int) -> bool:
    return isinstance(response, ProbeResponse) and response.status == status


CHECKS_WHEN_ALIVE = (
    check_ready,
    check_vendor_endpoint,
    check_lms_endpoint,
    check_script,
    check_origins,
)
