"""Whether the settings make sense together, beyond what the service checks before it starts."""

from collections.abc import Iterator

from proctor_results.doctor.deployment import Deployment
from proctor_results.doctor.result import CheckResult, error, ok, warning
from proctor_results.sessions.enums import RuleAction
from proctor_results.settings.validators import MIN_SECRET_LENGTH, PUBLISHED_SAMPLE_KEY

MIN_HS256_SECRET_BYTES = 32


def check_configuration(deployment: Deployment) -> Iterator[CheckResult]:
    """The service would not have started with a setting that is wrong by itself."""
    for check in (
        _check_environment,
        _check_keys,
        _check_secrets,
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
    fix = "make one with `flask --app wsgi keys new`"
    keys_by_setting = {
        "WEBHOOK_API_KEYS": deployment.settings.webhook_api_keys,
        "LMS_API_KEYS": deployment.settings.lms_api_keys,
    }
    for name, keys in keys_by_setting.items():
        yield (
            ok(name, f"{len(keys)} in use")
            if keys
            else error(name, "has no key: nobody is let in", fix)
        )


def _check_secrets(deployment: Deployment) -> Iterator[CheckResult]:
    settings = deployment.settings
    for name, secrets in {
        "WEBHOOK_API_KEYS": settings.webhook_api_keys,
        "LMS_API_KEYS": settings.lms_api_keys,
        "METRICS_API_KEYS": settings.metrics_api_keys,
        "SECRET_KEY": (settings.secret_key,),
        "SUPERVISOR_JWT_SECRET": (settings.supervisor_jwt_secret,),
    }.items():
        if PUBLISHED_SAMPLE_KEY in secrets:
            yield error(
                name,
                "is the key printed in the vendor's guide",
                "get one of your own, here and at the vendor",
            )
        elif any(0 < len(secret) < MIN_SECRET_LENGTH for secret in secrets):
            yield error(
                name, f"is shorter than {MIN_SECRET_LENGTH} characters", "make a longer one"
            )
    if 0 < len(settings.supervisor_jwt_secret.encode()) < MIN_HS256_SECRET_BYTES:
        message = f"is shorter than the {MIN_HS256_SECRET_BYTES} bytes that RFC 7518 asks for; strict libraries refuse it"
        yield warning("SUPERVISOR_JWT_SECRET", message, "ask the vendor for a longer one")


def _check_targets(deployment: Deployment) -> Iterator[CheckResult]:
    if not deployment.settings.targets:
        fix = "set LMS_WEBHOOK_URL, unless it polls GET /sessions"
        yield warning(
            "LMS_WEBHOOK_URL", "neither it nor LMS_LOCK_URL is set: the LMS is told nothing", fix
        )


def _check_launching(deployment: Deployment) -> Iterator[CheckResult]:
    if not deployment.launchers:
        yield warning(
            "SUPERVISOR_URL",
            "is not set: no learner can be launched",
            "set it, unless others launch them",
        )
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
    yield ok("LOCK_POLICY", f"{message}; {len(policy.exams)} exams have rules of their own")
