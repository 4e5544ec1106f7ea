"""Checks the settings beyond what the service checks before it starts."""

from collections.abc import Iterator

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.result import CheckResult, error, ok, warning
from proctor_results.sessions.enums import RuleAction
from proctor_results.settings.cross_checks import secrets_by_holder
from proctor_results.settings.validators import MIN_SECRET_LENGTH, PUBLISHED_SAMPLE_KEY


def check_configuration(deployment: Deployment) -> Iterator[CheckResult]:
    """Check the settings together; the service does not start with a faulty single one."""
    for check in (
        _check_environment,
        _check_keys,
        _check_targets,
        _check_launching,
        _check_heartbeats,
        _check_policy,
    ):
        yield from check(deployment)


def _check_environment(deployment: Deployment) -> Iterator[CheckResult]:
    if deployment.settings.development:
        fix = "leave it out in production"
        yield warning(
            "PROCTOR_RESULTS_ENV", "is development: weak keys are taken, and the published one", fix
        )
    is_sqlite = deployment.settings.database_url.startswith("sqlite")
    yield ok("DATABASE_URL", "SQLite: one machine, one web process" if is_sqlite else "PostgreSQL")


def _check_keys(deployment: Deployment) -> Iterator[CheckResult]:
    """Check that the LMS and a vendor have keys, and that no secret is public or short."""
    for secrets_by_setting in secrets_by_holder(deployment.settings).values():
        for name, secrets in secrets_by_setting.items():
            if name.endswith("_KEYS") and name != "METRICS_API_KEYS":
                yield _check_key_count(name, secrets)
            yield from _check_strength(name, secrets)


def _check_key_count(name: str, keys: tuple[str, ...]) -> CheckResult:
    if keys:
        return ok(name, f"{len(keys)} in use")
    fix = "make one with `flask --app wsgi keys new`"
    return error(name, "has no key: every request is refused", fix)


def _check_strength(name: str, secrets: tuple[str, ...]) -> Iterator[CheckResult]:
    if PUBLISHED_SAMPLE_KEY in secrets:
        fix = "get one of your own, here and at the vendor"
        yield error(name, "is the key printed in the vendor's guide", fix)
    elif any(0 < len(secret) < MIN_SECRET_LENGTH for secret in secrets):
        message = f"is shorter than {MIN_SECRET_LENGTH} characters"
        yield error(name, message, "make a longer one")


def _check_targets(deployment: Deployment) -> Iterator[CheckResult]:
    if not deployment.settings.targets:
        fix = "set LMS_WEBHOOK_URL, unless it polls GET /sessions"
        yield warning(
            "LMS_WEBHOOK_URL", "neither it nor LMS_LOCK_URL is set: the LMS is not notified", fix
        )


def _check_launching(deployment: Deployment) -> Iterator[CheckResult]:
    if not any(vendor.launcher for vendor in deployment.vendors.values()):
        message = "no vendor is set up to launch learners"
        yield warning("vendors", message, "set one up, unless another system launches them")
    elif deployment.settings.browser_origins:
        yield ok("BROWSER_ORIGINS", ", ".join(deployment.settings.browser_origins))
    else:
        fix = "set it to the origins of the exam pages"
        yield error("BROWSER_ORIGINS", "is not set: no exam page may send heartbeats", fix)


def _check_heartbeats(deployment: Deployment) -> Iterator[CheckResult]:
    interval, grace = (
        deployment.settings.heartbeat_seconds,
        deployment.settings.heartbeat_grace_seconds,
    )
    message = f"a heartbeat every {interval} s, locked after {interval + grace} s of silence"
    if grace < interval:
        fix = "make it at least as long as HEARTBEAT_SECONDS"
        yield warning("HEARTBEAT_GRACE_SECONDS", f"{message}: one that is lost locks the exam", fix)
    else:
        yield ok("HEARTBEAT_SECONDS", message)


def _check_policy(deployment: Deployment) -> Iterator[CheckResult]:
    policy = deployment.settings.policy
    rules = (*policy.default.rules, *policy.default.live_rules)
    holding = sum(rule.action is RuleAction.HOLD for rule in rules)
    message = f"{policy.sha256[:12]} is in force: {len(rules)} rules, of which {holding} hold"
    yield ok("POLICY", f"{message}; {len(policy.exams)} exams have rules of their own")


def check_targets(deployment: Deployment) -> Iterator[CheckResult]:
    """Run the checks that every configured target brings."""
    settings = deployment.settings
    for target in settings.targets:
        yield from target.doctor_checks(
            allow_private=settings.lms_allow_private_addresses, now=deployment.now()
        )
