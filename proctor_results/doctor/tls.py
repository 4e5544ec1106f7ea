"""Opens a connection to a target as the worker does, and reads its certificate."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from proctor_results.doctor.result import CheckResult, error, ok, warning
from proctor_results.http_client.public_connect import (
    CallError,
    CallErrorKind,
    Deadline,
    PublicAddressConnector,
    Resolver,
    resolve,
)

CONNECT_TIMEOUT_SECONDS = 10.0
RENEWAL_WARNING_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class TlsConnection:
    """An opened connection; `certificate_expires_at` is None over plain HTTP."""

    certificate_expires_at: datetime | None


def connect(
    url: str, *, allow_private: bool, ca_bundle: str | None = None, resolver: Resolver = resolve
) -> TlsConnection | CallError:
    """Resolve and check the address, connect, and complete the TLS handshake.

    It trusts the authorities that the worker trusts. An error has a message that may be shown.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or {"https": 443, "http": 80}[parts.scheme]
    deadline = Deadline()
    deadline.start(CONNECT_TIMEOUT_SECONDS)
    try:
        with PublicAddressConnector(
            deadline=deadline, allow_private=allow_private, resolver=resolver
        ).connect(host, port) as sock:
            if parts.scheme == "http":
                return TlsConnection(certificate_expires_at=None)
            with ssl.create_default_context(cafile=ca_bundle or DEFAULT_CA_BUNDLE_PATH).wrap_socket(
                sock, server_hostname=host
            ) as tls:
                return TlsConnection(certificate_expires_at=_certificate_expiry(tls))
    except CallError as exception:
        return exception
    except OSError as exception:
        reason = (
            getattr(exception, "verify_message", None)
            or exception.strerror
            or "no handshake in time"
        )
        return CallError(CallErrorKind.TLS_FAILED, f"TLS failed: {reason}")


def check_connection(subject: str, url: str, allow_private: bool, now: datetime) -> CheckResult:
    """Connect as the worker does, under the same rules, and check the certificate."""
    return check_certificate(subject, connect(url, allow_private=allow_private), now)


def check_certificate(
    subject: str, connection: TlsConnection | CallError, now: datetime
) -> CheckResult:
    """Check until when the certificate of a target is valid."""
    if isinstance(connection, CallError):
        return error(
            subject, str(connection), "check the address, its DNS, its firewall and its certificate"
        )
    if connection.certificate_expires_at is None:
        return ok(subject, "a connection can be opened")
    days_left = (connection.certificate_expires_at - now).days
    if days_left < RENEWAL_WARNING_DAYS:
        return warning(subject, f"its certificate ends in {days_left} days", "renew it")
    return ok(subject, f"a connection can be opened, its certificate is good for {days_left} days")


def _certificate_expiry(tls: ssl.SSLSocket) -> datetime:
    certificate = tls.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
