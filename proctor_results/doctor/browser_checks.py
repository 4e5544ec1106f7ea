"""Checks that exam pages get our script, and that only their origins may send heartbeats."""

import base64
import hashlib
from collections.abc import Iterator

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.http_probe import NoResponse, ProbeResponse, probe
from proctor_results.doctor.result import CheckResult, error, ok

FOREIGN_ORIGIN = "https://foreign-origin.invalid"
_ALLOW_ORIGIN_HEADER = "Access-Control-Allow-Origin"
_FIX = "check the proxy in front of the service: it may drop or add CORS headers"


def check_script(deployment: Deployment) -> Iterator[CheckResult]:
    """Check that the served script has the hash in the snippet's `integrity`."""
    response = probe(f"{deployment.url}/reconnect.js", headers={"Origin": FOREIGN_ORIGIN})
    if isinstance(response, NoResponse) or response.status != 200:
        yield error("/reconnect.js", str(response), "does the deployment run this version?")
    elif _integrity_of(response.body) != deployment.script_integrity:
        yield error(
            "/reconnect.js",
            "is not the script of this version",
            "deploy the same version everywhere",
        )
    elif response.headers.get(_ALLOW_ORIGIN_HEADER) not in ("*", FOREIGN_ORIGIN):
        yield error(
            "/reconnect.js", f"comes without {_ALLOW_ORIGIN_HEADER}: browsers will not run it", _FIX
        )
    else:
        yield ok("/reconnect.js", "is the script of this version, for every page")


def _integrity_of(body: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"


def check_origins(deployment: Deployment) -> Iterator[CheckResult]:
    """Send the preflight of a browser before a heartbeat."""
    for origin in deployment.settings.browser_origins:
        if _allows_origin(deployment, origin):
            yield ok("heartbeats", f"pages of {origin} may send them")
        else:
            fix = f"does it run with these BROWSER_ORIGINS? or {_FIX}"
            yield error("heartbeats", f"pages of {origin} may not send them", fix)
    if _allows_origin(deployment, FOREIGN_ORIGIN):
        yield error("heartbeats", "pages of any origin may send them", _FIX)
    else:
        yield ok("heartbeats", "pages of other origins may not send them")


def _allows_origin(deployment: Deployment, origin: str) -> bool:
    request_headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    response = probe(f"{deployment.url}/sessions/doctor/heartbeats", "OPTIONS", request_headers)
    return isinstance(response, ProbeResponse) and response.headers.get(_ALLOW_ORIGIN_HEADER) in (
        "*",
        origin,
    )
