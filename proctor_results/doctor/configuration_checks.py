"""Checks whether the settings fit together, beyond what the service checks before it starts."""

from collections.abc import Iterator

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.result import CheckResult, error, ok, warning
from proctor_results.sessions.enums import RuleAction
from proctor_results.settings.model import Settings
from proctor_results.settings.validators import MIN_SECRET_LENGTH, PUBLISHED_SAMPLE_KEY


def check_configuration(deployment: Deployment) -> Iterator[CheckResult]:
    """Run the checks that need no connection. A setting wrong by itself has stopped the service."""
    settings = deployment.settings
    yield from _check_environment(settings)
    for secrets_by_setting in settings.secrets_by_holder().values():
        for name, secrets in secrets_by_setting.items():
            yield from _check_secrets(name, secrets)
    if not settings.targets:
        message = "neither it nor LMS_LOCK_URL is set: the LMS is not notified"
        fix = "set LMS_WEBHOOK_URL, unless it polls GET /sessions"
        yield warning("LMS_WEBHOOK_URL", message, fix)
    yield _check_launching(deployment)
    yield _check_heartbeats(settings)
    yield _check_policy(settings)


def _check_environment(settings: Settings) -> Iterator[CheckResult]:
    if settings.development:
        message = "is development: weak keys are taken, and the published one"
        yield warning("PROCTOR_RESULTS_ENV", message, "leave it out in production")
    is_sqlite = settings.database_url.startswith("sqlite")
    yield ok("DATABASE_URL", "SQLite: one machine, one web process" if is_sqlite else "PostgreSQL")


def _check_secrets(name: str, secrets: tuple[str, ...]) -> Iterator[CheckResult]:
    """The LMS and at least one vendor need a key; a secret must not be public or short."""
    if name.endswith("_KEYS") and name != "METRICS_API_KEYS":
        if secrets:
            yield ok(name, f"{len(secrets)} in use")
        else:
            fix = "make one with `flask --app wsgi keys new`"
            yield error(name, "has no key: every request is refused", fix)
    if PUBLISHED_SAMPLE_KEY in secrets:
        fix = "get one of your own, here and at the vendor"
        yield error(name, "is the key printed in the vendor's guide", fix)
    elif any(0 < len(secret) < MIN_SECRET_LENGTH for secret in secrets):
        message = f"is shorter than {MIN_SECRET_LENGTH} characters"
        yield error(name, message, "make a longer one")


def _check_launching(deployment: Deployment) -> CheckResult:
    if not any(vendor.launcher for vendor in deployment.vendors.values()):
        message = "no vendor is set up to launch learners"
        return warning("vendors", message, "set one up, unless another system launches them")
    if deployment.settings.browser_origins:
        return ok("BROWSER_ORIGINS", ", ".join(deployment.settings.browser_origins))
    message = "is not set: no exam page may send heartbeats"
    return error("BROWSER_ORIGINS", message, "set it to the origins of the exam pages")


def _check_heartbeats(settings: Settings) -> CheckResult:
    interval, grace = settings.heartbeat_seconds, settings.heartbeat_grace_seconds
    message = f"a heartbeat every {interval} s, locked after {interval + grace} s of silence"
    if grace >= interval:
        return ok("HEARTBEAT_SECONDS", message)
    fix = "make it at least as long as HEARTBEAT_SECONDS"
    return warning("HEARTBEAT_GRACE_SECONDS", f"{message}: one that is lost locks the exam", fix)


def _check_policy(settings: Settings) -> CheckResult:
    policy = settings.policy
    rules = (*policy.default.rules, *policy.default.live_rules)
    holding = sum(rule.action is RuleAction.HOLD for rule in rules)
    message = f"{policy.sha256[:12]} is in force: {len(rules)} rules, of which {holding} hold"
    return ok("POLICY", f"{message}; {len(policy.exams)} exams have rules of their own")
