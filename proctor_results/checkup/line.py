"""Opens a connection the way a message goes to the LMS, says nothing on it, and reads the certificate."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from proctor_results.checkup.note import Note, fine, warning, wrong
from proctor_results.lms.deadline import Deadline
from proctor_results.lms.dialling import Dialler, DiallingError, Resolver, resolve

SECONDS = 10.0
RENEW_DAYS = 14
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A connection that could be opened; until when its certificate is good, where it has one."""

    certificate_ends: datetime | None


def dial(
    url: str, *, allow_private: bool, ca_bundle: str | None = None, resolver: Resolver = resolve
) -> Line | DiallingError:
    """Resolves, checks the address, connects and shakes hands, trusting the authorities that the worker trusts.

    A failure is told in words that may be shown.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    deadline = Deadline()
    deadline.start(SECONDS)
    try:
        with Dialler(deadline=deadline, allow_private=allow_private, resolver=resolver).dial(host, port) as sock:
            if parts.scheme == "http":
                return Line(certificate_ends=None)
            with ssl.create_default_context(cafile=ca_bundle or DEFAULT_CA_BUNDLE_PATH).wrap_socket(
                sock, server_hostname=host
            ) as tls:
                return Line(certificate_ends=_ends(tls))
    except DiallingError as failure:
        return failure
    except OSError as failure:
        why = getattr(failure, "verify_message", None) or failure.strerror or "no handshake in time"
        return DiallingError(f"TLS failed: {why}")


def judged(about: str, line: Line | DiallingError, now: datetime) -> Note:
    """What a line means for whoever must be reached over it."""
    if isinstance(line, DiallingError):
        return wrong(about, str(line), "check the address, its DNS, its firewall and its certificate")
    if line.certificate_ends is None:
        return fine(about, "a connection can be opened")
    days = (line.certificate_ends - now).days
    if days < RENEW_DAYS:
        return warning(about, f"its certificate ends in {days} days", "renew it")
    return fine(about, f"a connection can be opened, its certificate is good for {days} days")


def _ends(tls: ssl.SSLSocket) -> datetime:
    certificate = tls.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
