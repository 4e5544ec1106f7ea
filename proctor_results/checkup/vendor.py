"""Whether a vendor's server is there, agrees on the time, and will find in our tokens what it needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from proctor_results.checkup.asking import Answer, Silence, ask
from proctor_results.checkup.line import dial, judged
from proctor_results.checkup.note import Note, fine, look, warning, wrong
from proctor_results.checkup.patient import Patient
from proctor_results.vendors.launch import Launcher

SKEW_SECONDS = 60


def vendors(patient: Patient) -> Iterator[Note]:
    """Each vendor with which learners are launched."""
    for launcher in patient.launchers.values():
        yield _line(launcher, patient.now())
        answer = ask(launcher.script_url)
        yield _script(launcher, answer)
        yield from _clock(launcher, answer, patient.now())
        yield _token(launcher, patient.now())
        yield from (look(launcher.name, each) for each in launcher.checklist)


def _line(launcher: Launcher, now: datetime) -> Note:
    if launcher.script_url.startswith("https:"):
        return judged(launcher.name, dial(launcher.script_url, allow_private=True), now)
    return warning(launcher.name, "is not https: browsers give it neither camera nor microphone", "ask the vendor")


def _script(launcher: Launcher, answer: Answer | Silence) -> Note:
    """The exam page must load it from the server that it connects to; a redirect would lead to another version."""
    mend = f"is {launcher.script_url} the address of the vendor's server?"
    if isinstance(answer, Silence) or answer.status != 200:
        return wrong(launcher.name, f"{launcher.script_url} {answer}", mend)
    if not answer.body or answer.body.lstrip()[:1] == b"<":
        return wrong(launcher.name, f"{launcher.script_url} is a page, not a script", mend)
    return fine(launcher.name, "its script can be loaded from its server")


def _clock(launcher: Launcher, answer: Answer | Silence, now: datetime) -> Iterator[Note]:
    date = _date(answer)
    if date is None:
        return
    skew = (date - now).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        said = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
        yield warning(launcher.name, said, "set this machine's clock by NTP, or ask the vendor to")
    else:
        yield fine(launcher.name, "its clock agrees with ours")


def _date(answer: Answer | Silence) -> datetime | None:
    if isinstance(answer, Silence):
        return None
    try:
        date = parsedate_to_datetime(answer.headers.get("Date", ""))
        age = timedelta(seconds=int(answer.headers.get("Age", "0")))  # of a copy that a cache has kept
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) + age


def _token(launcher: Launcher, now: datetime) -> Note:
    faults = launcher.rehearse(now)
    if faults:
        return wrong(launcher.name, "; ".join(faults), "check its secret in the settings")
    return fine(launcher.name, "a token for it can be made and read, and holds what it needs")
