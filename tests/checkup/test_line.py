"""Lines to servers with certificates, good and bad."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from proctor_results.checkup.line import Line, dial, judged
from proctor_results.checkup.note import Grade
from proctor_results.lms.dialling import DiallingError
from tests.lms.peers import Certificate, Peer, certificate, running


@pytest.fixture
def made(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


@pytest.fixture
def peer(made: Certificate) -> Iterator[Peer]:
    with running(Peer(tls=made.server())) as peer:
        yield peer


def call(peer: Peer, host: str = "lms.example", trusted: Certificate | None = None) -> Line | DiallingError:
    bundle = str(trusted.path) if trusted else None
    return dial(f"https://{host}:{peer.port}/x", allow_private=True, ca_bundle=bundle, resolver=lambda _: ["127.0.0.1"])


def test_a_good_certificate_says_how_long_it_is_good(peer: Peer, made: Certificate) -> None:
    line = call(peer, trusted=made)

    assert isinstance(line, Line)
    assert line.certificate_ends is not None
    assert timedelta(days=1) < line.certificate_ends - datetime.now(UTC) < timedelta(days=2)


def test_a_certificate_of_nobody_known_is_no_line(peer: Peer) -> None:
    assert str(call(peer)) == "TLS failed: self-signed certificate"


def test_a_certificate_for_another_name_is_no_line(peer: Peer, made: Certificate) -> None:
    assert "certificate is not valid for 'other.example'" in str(call(peer, "other.example", made))


def test_a_server_without_tls_is_no_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: listener.accept()[0].sendall(b"HTTP/1.1 400 \r\n\r\n"), daemon=True).start()
        line = dial(f"https://127.0.0.1:{listener.getsockname()[1]}", allow_private=True)
    assert str(line).startswith("TLS failed: ")


NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
JUDGED = {
    "good for long": (Line(certificate_ends=NOW + timedelta(days=14)), Grade.OK, "is good for 14 days"),
    "nearly over": (Line(certificate_ends=NOW + timedelta(days=13, hours=23)), Grade.WARNING, "ends in 13 days"),
    "without a certificate": (Line(certificate_ends=None), Grade.OK, "a connection can be opened"),
    "no line": (DiallingError("lms.example cannot be resolved"), Grade.WRONG, "lms.example cannot be resolved"),
}


@pytest.mark.parametrize(("line", "grade", "said"), JUDGED.values(), ids=JUDGED)
def test_a_line_is_judged_by_its_certificate(line: Line | DiallingError, grade: Grade, said: str) -> None:
    note = judged("LMS_WEBHOOK_URL", line, NOW)
    assert note.grade is grade
    assert said in note.said
