"""Whether a vendor's server is there, agrees on the time, and will find in our tokens what it needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.http_probe import NoResponse, ProbeResponse, probe
from proctor_results.doctor.result import CheckResult, error, manual_check, ok, warning
from proctor_results.doctor.tls import check_certificate, connect
from proctor_results.vendors.launch import Launcher

MAX_CLOCK_SKEW_SECONDS = 60


def check_vendors(deployment: Deployment) -> Iterator[CheckResult]:
    """Each vendor with which learners are launched."""
    for launcher in deployment.launchers.values():
        yield _check_connection(launcher, deployment.now())
        response = probe(launcher.script_url)
        yield _check_script(launcher, response)
        yield from _check_clock(launcher, response, deployment.now())
        yield _check_token(launcher, deployment.now())
        yield from (
            manual_check(launcher.name, manual_step) for manual_step in launcher.manual_checks
        )


def _check_connection(launcher: Launcher, now: datetime) -> CheckResult:
    if launcher.script_url.startswith("https:"):
        return check_certificate(
            launcher.name, connect(launcher.script_url, allow_private=True), now
        )
    return warning(
        launcher.name,
        "is not https: browsers give it neither camera nor microphone",
        "ask the vendor",
    )


def _check_script(launcher: Launcher, response: ProbeResponse | NoResponse) -> CheckResult:
    """The exam page must load it from the server that it connects to; a redirect would lead to another version."""
    fix = f"is {launcher.script_url} the address of the vendor's server?"
    if isinstance(response, NoResponse) or response.status != 200:
        return error(launcher.name, f"{launcher.script_url} {response}", fix)
    if not response.body or response.body.lstrip()[:1] == b"<":
        return error(launcher.name, f"{launcher.script_url} is a page, not a script", fix)
    return ok(launcher.name, "its script can be loaded from its server")


def _check_clock(
    launcher: Launcher, response: ProbeResponse | NoResponse, now: datetime
) -> Iterator[CheckResult]:
    server_time = _server_time(response)
    if server_time is None:
        return
    skew = (server_time - now).total_seconds()
    if abs(skew) > MAX_CLOCK_SKEW_SECONDS:
        message = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
        yield warning(
            launcher.name, message, "set this machine's clock by NTP, or ask the vendor to"
        )
    else:
        yield ok(launcher.name, "its clock agrees with ours")


def _server_time(response: ProbeResponse | NoResponse) -> datetime | None:
    if isinstance(response, NoResponse):
        return None
    try:
        server_time = parsedate_to_datetime(response.headers.get("Date", ""))
        age = timedelta(
            seconds=int(response.headers.get("Age", "0"))
        )  # of a copy that a cache has kept
    except ValueError:
        return None
    return (server_time if server_time.tzinfo else server_time.replace(tzinfo=UTC)) + age


def _check_token(launcher: Launcher, now: datetime) -> CheckResult:
    errors = launcher.self_test(now)
    if errors:
        return error(launcher.name, "; ".join(errors), "check its secret in the settings")
    return ok(launcher.name, "a token for it can be made and read, and holds what it needs")
