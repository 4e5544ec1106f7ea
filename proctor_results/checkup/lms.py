"""Whether the LMS can be reached at all; it is sent nothing."""

from collections.abc import Iterator

from proctor_results.checkup.line import dial, judged
from proctor_results.checkup.note import Note
from proctor_results.checkup.patient import Patient


def targets(patient: Patient) -> Iterator[Note]:
    """By the same way, and under the same rules, by which the worker goes."""
    settings = patient.settings
    for name, url in {"LMS_WEBHOOK_URL": settings.lms_webhook_url, "LMS_LOCK_URL": settings.lms_lock_url}.items():
        if url:
            yield judged(name, dial(url, allow_private=settings.lms_allow_private_addresses), patient.now())
