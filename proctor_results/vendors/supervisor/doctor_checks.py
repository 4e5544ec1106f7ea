"""Checks of the vendor's server: it answers, agrees on the time, and can read our tokens."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from proctor_results.doctor.http_probe import NoResponse, ProbeResponse, probe
from proctor_results.doctor.result import CheckResult, error, manual_check, ok, warning
from proctor_results.doctor.tls import check_certificate, connect
from proctor_results.vendors.supervisor.launch import SupervisorLauncher

NAME = "supervisor"
MAX_CLOCK_SKEW_SECONDS = 60
MIN_HS256_SECRET_BYTES = 32
MANUAL_CHECKS = (
    "guide, 6.2 and 6.3: the page shows the exam when `proctoring` resolves, never when it rejects",
    "guide, 6.4: a refreshed page is launched with the same identifier and student",
    "guide, 6.5: the page calls `endProctoring()` when the exam is handed in",
    "guide, 6.6: the page closes the exam at the event `proctor-results:stopped`",
)


def doctor_checks(
    launcher: SupervisorLauncher,
) -> tuple[Callable[[datetime], Iterator[CheckResult]], ...]:
    """Return the checks of one installation; each is given the time."""
    return (
        lambda now: _check_secret(launcher.secret),
        lambda now: _check_server(launcher, now),
        lambda now: (manual_check(NAME, step) for step in MANUAL_CHECKS),
    )


def _check_secret(secret: str) -> Iterator[CheckResult]:
    if len(secret.encode()) < MIN_HS256_SECRET_BYTES:
        message = (
            f"is shorter than the {MIN_HS256_SECRET_BYTES} bytes that RFC 7518 asks for; "
            "strict libraries refuse it"
        )
        yield warning("SUPERVISOR_JWT_SECRET", message, "ask the vendor for a longer one")


def _check_server(launcher: SupervisorLauncher, now: datetime) -> Iterator[CheckResult]:
    yield _check_connection(launcher, now)
    response = probe(launcher.script_url)
    yield _check_script(launcher, response)
    yield from _check_clock(response, now)
    yield _check_token(launcher, now)


def _check_connection(launcher: SupervisorLauncher, now: datetime) -> CheckResult:
    if launcher.script_url.startswith("https:"):
        return check_certificate(NAME, connect(launcher.script_url, allow_private=True), now)
    message = "is not https: browsers give it neither camera nor microphone"
    return warning(NAME, message, "ask the vendor")


def _check_script(
    launcher: SupervisorLauncher, response: ProbeResponse | NoResponse
) -> CheckResult:
    """The page loads the script from the server it connects to; a redirect changes the version."""
    fix = f"is {launcher.script_url} the address of the vendor's server?"
    if isinstance(response, NoResponse) or response.status != 200:
        return error(NAME, f"{launcher.script_url} {response}", fix)
    if not response.body or response.body.lstrip()[:1] == b"<":
        return error(NAME, f"{launcher.script_url} is a page, not a script", fix)
    return ok(NAME, "its script can be loaded from its server")


def _check_clock(response: ProbeResponse | NoResponse, now: datetime) -> Iterator[CheckResult]:
    server_time = _server_time(response)
    if server_time is None:
        return
    skew = (server_time - now).total_seconds()
    if abs(skew) > MAX_CLOCK_SKEW_SECONDS:
        message = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
        yield warning(NAME, message, "set this machine's clock by NTP, or ask the vendor to")
    else:
        yield ok(NAME, "its clock agrees with ours")


def _server_time(response: ProbeResponse | NoResponse) -> datetime | None:
    """Return the time that the server stated, plus the age of the copy if a cache answered."""
    if isinstance(response, NoResponse):
        return None
    try:
        server_time = parsedate_to_datetime(response.headers.get("Date", ""))
        age = timedelta(seconds=int(response.headers.get("Age", "0")))
    except ValueError:
        return None
    return (server_time if server_time.tzinfo else server_time.replace(tzinfo=UTC)) + age


def _check_token(launcher: SupervisorLauncher, now: datetime) -> CheckResult:
    errors = launcher.self_test(now)
    if errors:
        return error(NAME, "; ".join(errors), "check its secret in the settings")
    return ok(NAME, "a token for it can be made and read, and holds what it needs")
