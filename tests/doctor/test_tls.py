"""Connections to servers with good and bad certificates."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from proctor_results.doctor.result import Severity
from proctor_results.doctor.tls import TlsConnection, check_certificate, connect
from proctor_results.http_client.public_connect import CallError, CallErrorKind
from tests.support.http_servers import Certificate, LocalServer, create_certificate, serve


@pytest.fixture
def lms_certificate(tmp_path: Path) -> Certificate:
    return create_certificate(tmp_path)


@pytest.fixture
def peer(lms_certificate: Certificate) -> Iterator[LocalServer]:
    with serve(LocalServer(tls=lms_certificate.server_context())) as peer:
        yield peer


def connect_to(
    peer: LocalServer, host: str = "lms.example", trusted_certificate: Certificate | None = None
) -> TlsConnection | CallError:
    bundle = str(trusted_certificate.path) if trusted_certificate else None
    return connect(
        f"https://{host}:{peer.port}/x",
        allow_private=True,
        ca_bundle=bundle,
        resolver=lambda _: ["127.0.0.1"],
    )


def test_a_valid_certificate_has_an_expiry(peer: LocalServer, lms_certificate: Certificate) -> None:
    connection = connect_to(peer, trusted_certificate=lms_certificate)

    assert isinstance(connection, TlsConnection)
    assert connection.certificate_expires_at is not None
    assert (
        timedelta(days=1)
        < connection.certificate_expires_at - datetime.now(UTC)
        < timedelta(days=2)
    )


def test_a_self_signed_certificate_fails(peer: LocalServer) -> None:
    assert str(connect_to(peer)) == "TLS failed: self-signed certificate"


def test_a_certificate_for_another_name_fails(
    peer: LocalServer, lms_certificate: Certificate
) -> None:
    assert "certificate is not valid for 'other.example'" in str(
        connect_to(peer, "other.example", lms_certificate)
    )


def test_a_server_without_tls_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server_socket:
        threading.Thread(
            target=lambda: server_socket.accept()[0].sendall(b"HTTP/1.1 400 \r\n\r\n"), daemon=True
        ).start()
        connection = connect(
            f"https://127.0.0.1:{server_socket.getsockname()[1]}", allow_private=True
        )
    assert str(connection).startswith("TLS failed: ")


NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
CERTIFICATE_RESULTS = {
    "good for long": (
        TlsConnection(certificate_expires_at=NOW + timedelta(days=14)),
        Severity.OK,
        "is good for 14 days",
    ),
    "nearly over": (
        TlsConnection(certificate_expires_at=NOW + timedelta(days=13, hours=23)),
        Severity.WARNING,
        "ends in 13 days",
    ),
    "without a certificate": (
        TlsConnection(certificate_expires_at=None),
        Severity.OK,
        "a connection can be opened",
    ),
    "no connection": (
        CallError(CallErrorKind.DNS_LOOKUP_FAILED, "lms.example cannot be resolved"),
        Severity.ERROR,
        "lms.example cannot be resolved",
    ),
}


@pytest.mark.parametrize(
    ("connection", "grade", "expected_text"), CERTIFICATE_RESULTS.values(), ids=CERTIFICATE_RESULTS
)
def test_a_connection_is_checked_by_its_certificate(
    connection: TlsConnection | CallError, grade: Severity, expected_text: str
) -> None:
    check_result = check_certificate("LMS_WEBHOOK_URL", connection, NOW)
    assert check_result.severity is grade
    assert expected_text in check_result.message
