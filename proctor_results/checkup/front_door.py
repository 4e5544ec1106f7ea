"""Whether the deployment is where it should be, well, and opens to the right keys only."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from proctor_results.checkup.asking import Answer, Silence, ask
from proctor_results.checkup.line import dial, judged
from proctor_results.checkup.note import Note, fine, warning, wrong
from proctor_results.checkup.patient import Patient

LATE_SECONDS = 300
_NOBODY = "nobody-is-called-this"
_PROXY = "look at what stands in front of the service: it may drop headers or answer itself"


def address(patient: Patient) -> Iterator[Note]:
    """Where the world reaches it."""
    if patient.url.startswith("https:"):
        yield judged("PUBLIC_URL", dial(patient.url, allow_private=True), patient.now())
    else:
        grade = warning if patient.private or patient.settings.development else wrong
        yield grade("PUBLIC_URL", "is not https: keys, tokens and results travel in the clear", "put TLS in front")
    if patient.settings.public_url != patient.url:
        said = f"is {patient.settings.public_url or 'not set'}, and {patient.url} was asked"
        yield warning("PUBLIC_URL", said, "set it to where vendors and exam pages reach this service")


def alive(patient: Patient) -> Note:
    """`/healthz`: whether there is anybody to examine."""
    answer = ask(f"{patient.url}/healthz")
    if isinstance(answer, Answer) and answer.status == 200:
        return fine("/healthz", "the service answers")
    return wrong("/healthz", str(answer), f"is it running, and reached at {patient.url} without a redirect?")


def ready(patient: Patient) -> Iterator[Note]:
    """`/readyz`, part by part."""
    parts = _parts(ask(f"{patient.url}/readyz"))
    if parts is None:
        yield wrong("/readyz", "does not say how it is", _PROXY)
        return
    for name, mend in _MENDS.items():
        if parts.get(name):
            yield fine("/readyz", f"{name} is well")
        else:
            yield wrong("/readyz", f"{name} is not well", mend)
    if parts.get("schema"):
        yield _waiting(parts.get("oldest_undelivered"))
        yield from _given_up(parts.get("given_up"))


_MENDS = {
    "database": "check DATABASE_URL, and that the database is up",
    "schema": "run `flask --app wsgi db upgrade`",
    "listening": "start the web process with gunicorn.conf.py; until then silence locks nobody",
    "worker": "start one: `flask --app wsgi worker`",
}


def _parts(answer: Answer | Silence) -> Mapping[str, Any] | None:
    try:
        parts = json.loads(answer.body) if isinstance(answer, Answer) else None
    except ValueError:
        return None
    return parts if isinstance(parts, dict) and "ready" in parts else None


def _waiting(seconds: float | None) -> Note:
    if seconds is None:
        return fine("/readyz", "the LMS has been told everything")
    said = f"something has been waiting to be told for {seconds:.0f} s"
    if seconds < LATE_SECONDS:
        return fine("/readyz", said)
    return warning("/readyz", said, "see why: `flask --app wsgi deliveries list`")


def _given_up(messages: int | None) -> Iterator[Note]:
    if messages:
        mend = "mend why (`flask --app wsgi deliveries list`), then `deliveries retry`"
        yield warning("/readyz", f"{messages} messages to the LMS were given up", mend)


def vendors_door(patient: Patient) -> Iterator[Note]:
    """An unknown vendor is what keeps the receipt book clean: a right key gets 404, and nothing is stored."""
    url, header = f"{patient.url}/webhooks/{_NOBODY}", patient.settings.webhook_api_key_header
    yield _expected("webhooks", "without a key", ask(url, "POST"), 401, _PROXY)
    for place, key in _sendable(patient, patient.settings.webhook_api_keys):
        mend = f"does it run with these WEBHOOK_API_KEYS, and does the header {header} get through?"
        yield _expected("webhooks", f"with key {place}", ask(url, "POST", {header: key}), 404, mend)


def lms_door(patient: Patient) -> Iterator[Note]:
    """The change feed is what every key of the LMS may ask for."""
    url = f"{patient.url}/sessions?limit=1"
    yield _expected("sessions", "without a key", ask(url), 401, _PROXY)
    for place, key in _sendable(patient, patient.settings.lms_api_keys):
        mend = "does it run with these LMS_API_KEYS, and does the header Authorization get through?"
        answer = ask(url, headers={"Authorization": f"Bearer {key}"})
        yield _expected("sessions", f"with key {place}", answer, 200, mend)


def _sendable(patient: Patient, keys: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The keys with their places in the setting; none where they would travel in the clear."""
    yield from enumerate(keys if patient.private else (), 1)


def _expected(about: str, how: str, answer: Answer | Silence, status: int, mend: str) -> Note:
    if isinstance(answer, Answer) and answer.status == status:
        return fine(about, f"{how}: {answer}, as it should")
    return wrong(about, f"{how}: {answer}, not {status}", mend)
