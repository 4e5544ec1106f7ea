"""Whether exam pages get our script, and may send heartbeats where others may not."""

import base64
import hashlib
from collections.abc import Iterator

from proctor_results.checkup.asking import Answer, Silence, ask
from proctor_results.checkup.note import Note, fine, wrong
from proctor_results.checkup.patient import Patient

STRANGER = "https://stranger.invalid"
_CORS = "Access-Control-Allow-Origin"
_MEND = "look at what stands in front of the service: it may drop or add CORS headers"


def script(patient: Patient) -> Iterator[Note]:
    """A browser runs it only if it is the very script that the snippet's `integrity` names."""
    answer = ask(f"{patient.url}/reconnect.js", headers={"Origin": STRANGER})
    if isinstance(answer, Silence) or answer.status != 200:
        yield wrong("/reconnect.js", str(answer), "does the deployment run this version?")
    elif _integrity(answer.body) != patient.integrity:
        yield wrong("/reconnect.js", "is not the script of this version", "deploy the same version everywhere")
    elif answer.headers.get(_CORS) not in ("*", STRANGER):
        yield wrong("/reconnect.js", f"comes without {_CORS}: browsers will not run it", _MEND)
    else:
        yield fine("/reconnect.js", "is the script of this version, for every page")


def _integrity(body: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"


def origins(patient: Patient) -> Iterator[Note]:
    """Asks as a browser does before it sends a heartbeat for a page."""
    for origin in patient.settings.browser_origins:
        if _allows(patient, origin):
            yield fine("heartbeats", f"pages of {origin} may send them")
        else:
            mend = f"does it run with these BROWSER_ORIGINS? or {_MEND}"
            yield wrong("heartbeats", f"pages of {origin} may not send them", mend)
    if _allows(patient, STRANGER):
        yield wrong("heartbeats", "pages of any origin may send them", _MEND)
    else:
        yield fine("heartbeats", "pages of other origins may not send them")


def _allows(patient: Patient, origin: str) -> bool:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = ask(f"{patient.url}/sessions/doctor/heartbeats", "OPTIONS", asked)
    return isinstance(answer, Answer) and answer.headers.get(_CORS) in ("*", origin)
