"""Whether the settings make sense together, beyond what the service checks before it starts."""

from collections.abc import Iterator

from proctor_results.checkup.note import Note, fine, warning, wrong
from proctor_results.checkup.patient import Patient
from proctor_results.domain.words import Action
from proctor_results.settings_checks import PUBLISHED_KEY, SHORTEST_SECRET

RFC_7518_BYTES = 32


def configuration(patient: Patient) -> Iterator[Note]:
    """The service would not have started with a setting that is wrong by itself."""
    for check in (_environment, _keys, _secrets, _telling, _launching, _rhythm, _policy):
        yield from check(patient)


def _environment(patient: Patient) -> Iterator[Note]:
    if patient.settings.development:
        mend = "leave it out in production"
        yield warning("PROCTOR_RESULTS_ENV", "is development: weak keys are taken, and the published one", mend)
    embedded = patient.settings.database_url.startswith("sqlite")
    yield fine("DATABASE_URL", "SQLite: one machine, one web process" if embedded else "PostgreSQL")


def _keys(patient: Patient) -> Iterator[Note]:
    mend = "make one with `flask --app wsgi keys new`"
    rings = {"WEBHOOK_API_KEYS": patient.settings.webhook_api_keys, "LMS_API_KEYS": patient.settings.lms_api_keys}
    for name, keys in rings.items():
        yield fine(name, f"{len(keys)} in use") if keys else wrong(name, "has no key: nobody is let in", mend)


def _secrets(patient: Patient) -> Iterator[Note]:
    settings = patient.settings
    for name, secrets in {
        "WEBHOOK_API_KEYS": settings.webhook_api_keys,
        "LMS_API_KEYS": settings.lms_api_keys,
        "METRICS_API_KEYS": settings.metrics_api_keys,
        "SECRET_KEY": (settings.secret_key,),
        "SUPERVISOR_JWT_SECRET": (settings.supervisor_jwt_secret,),
    }.items():
        if PUBLISHED_KEY in secrets:
            yield wrong(name, "is the key printed in the vendor's guide", "get one of your own, here and at the vendor")
        elif any(0 < len(secret) < SHORTEST_SECRET for secret in secrets):
            yield wrong(name, f"is shorter than {SHORTEST_SECRET} characters", "make a longer one")
    if 0 < len(settings.supervisor_jwt_secret.encode()) < RFC_7518_BYTES:
        said = f"is shorter than the {RFC_7518_BYTES} bytes that RFC 7518 asks for; strict libraries refuse it"
        yield warning("SUPERVISOR_JWT_SECRET", said, "ask the vendor for a longer one")


def _telling(patient: Patient) -> Iterator[Note]:
    if not (patient.settings.lms_webhook_url or patient.settings.lms_lock_url):
        mend = "set LMS_WEBHOOK_URL, unless it polls GET /sessions"
        yield warning("LMS_WEBHOOK_URL", "neither it nor LMS_LOCK_URL is set: the LMS is told nothing", mend)


def _launching(patient: Patient) -> Iterator[Note]:
    if not patient.launchers:
        yield warning("SUPERVISOR_URL", "is not set: no learner can be launched", "set it, unless others launch them")
    elif patient.settings.browser_origins:
        yield fine("BROWSER_ORIGINS", ", ".join(patient.settings.browser_origins))
    else:
        mend = "set it to the origins of the exam pages"
        yield wrong("BROWSER_ORIGINS", "is not set: no exam page may send heartbeats", mend)


def _rhythm(patient: Patient) -> Iterator[Note]:
    every, grace = patient.settings.heartbeat_seconds, patient.settings.heartbeat_grace_seconds
    said = f"a heartbeat every {every} s, locked after {every + grace} s of silence"
    if grace < every:
        mend = "make it at least as long as HEARTBEAT_SECONDS"
        yield warning("HEARTBEAT_GRACE_SECONDS", f"{said}: one that is lost locks the exam", mend)
    else:
        yield fine("HEARTBEAT_SECONDS", said)


def _policy(patient: Patient) -> Iterator[Note]:
    policy = patient.settings.policy
    rules = (*policy.default.rules, *policy.default.live_rules)
    holding = sum(rule.action is Action.HOLD for rule in rules)
    said = f"{policy.sha256[:12]} is in force: {len(rules)} rules, of which {holding} hold"
    yield fine("LOCK_POLICY", f"{said}; {len(policy.exams)} exams have rules of their own")
