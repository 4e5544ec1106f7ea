"""A call goes to the address that was checked, under the name that was given."""

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from proctor_results.deliveries.targets.base import Delivered, PushResult, Unreachable
from proctor_results.http_client.client import HttpClient
from proctor_results.http_client.public_connect import CallErrorKind
from tests.support.http_calls import post
from tests.support.http_servers import (
    Certificate,
    LocalServer,
    create_certificate,
    serve,
    unused_port,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
UNROUTABLE_ADDRESS = "3000::1"
"""A public address that is not assigned, so that no test ever calls a real server."""


@pytest.fixture
def peer() -> Iterator[LocalServer]:
    with serve(LocalServer()) as peer:
        yield peer


@pytest.fixture
def lms_certificate(tmp_path: Path) -> Certificate:
    return create_certificate(tmp_path)


def call(http_client: HttpClient, url: str) -> PushResult:
    return post(http_client, url, b"{}", {}, NOW)


PRIVATE_URLS = {
    "loopback": "http://127.0.0.1",
    "loopback in one number": "http://2130706433/",
    "loopback in hexadecimal": "http://0x7f000001/",
    "loopback in octal": "http://0177.0.0.1/",
    "loopback in short": "http://127.1/",
    "loopback by name": "http://localhost",
    "loopback of IPv6": "http://[::1]",
    "unspecified": "http://0.0.0.0/",
    "zero": "http://0/",
    "private": "http://10.1.2.3/hook",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "carrier-grade NAT": "http://100.64.0.1/",
    "private, mapped": "http://[::ffff:10.0.0.1]",
    "private behind NAT64": "http://[64:ff9b::a00:1]/",
    "private in 6to4": "http://[2002:a00:1::]/",
    "private with a password": "https://user:password@192.168.0.1/",
    "multicast": "http://224.0.0.1/",
}


@pytest.mark.parametrize("url", PRIVATE_URLS.values(), ids=PRIVATE_URLS)
def test_an_address_that_is_not_public_is_refused_with_the_way_to_allow_it(url: str) -> None:
    result = call(HttpClient(), url)
    assert isinstance(result, Unreachable)
    assert "is not public; LMS_ALLOW_PRIVATE_ADDRESSES=true" in result.detail
    assert "password" not in result.detail


def test_a_private_address_that_is_refused_is_not_even_connected_to(peer: LocalServer) -> None:
    assert isinstance(call(HttpClient(), peer.url), Unreachable)
    assert peer.received == []


def test_a_private_address_is_called_where_the_setting_allows_it(peer: LocalServer) -> None:
    assert isinstance(
        call(HttpClient(allow_private=True), f"http://localhost:{peer.port}/"), Delivered
    )
    assert peer.received[0].headers["Host"] == f"localhost:{peer.port}"


def test_one_private_address_among_public_ones_blocks_the_host() -> None:
    http_client = HttpClient(resolver=lambda _: [UNROUTABLE_ADDRESS, "10.0.0.1"])
    result = call(http_client, "http://lms.example/")
    assert result.detail.startswith("lms.example is at 10.0.0.1, which is not public")


def test_a_name_is_resolved_once_per_connection(peer: LocalServer) -> None:
    resolved_addresses: list[Sequence[str]] = [[UNROUTABLE_ADDRESS], ["127.0.0.1"]]
    http_client = HttpClient(seconds=0.3, resolver=lambda _: resolved_addresses.pop(0))
    assert isinstance(call(http_client, f"http://lms.example:{peer.port}/"), Unreachable)
    assert (len(resolved_addresses), peer.received) == (1, [])


def test_a_name_that_turns_private_later_is_checked_again_with_its_next_connection(
    peer: LocalServer,
) -> None:
    resolved_addresses: list[Sequence[str]] = [[UNROUTABLE_ADDRESS], ["127.0.0.1"]]
    http_client = HttpClient(seconds=0.3, resolver=lambda _: resolved_addresses.pop(0))
    results = [call(http_client, f"http://lms.example:{peer.port}/") for _ in range(2)]
    assert "127.0.0.1, which is not public" in results[1].detail
    assert peer.received == []


def test_the_name_given_stays_in_the_host_header(peer: LocalServer) -> None:
    http_client = HttpClient(allow_private=True, resolver=lambda _: ["127.0.0.1"])
    assert isinstance(call(http_client, f"http://lms.example:{peer.port}/"), Delivered)
    assert peer.received[0].headers["Host"] == f"lms.example:{peer.port}"


def test_the_next_address_is_tried_where_the_first_does_not_connect(peer: LocalServer) -> None:
    http_client = HttpClient(
        allow_private=True, resolver=lambda _: ["127.0.0.2", "::1", "127.0.0.1"]
    )
    assert isinstance(call(http_client, f"http://lms.example:{peer.port}/"), Delivered)


INVALID_URLS = {
    "no scheme": "lms.example/hook",
    "another scheme": "ftp://lms.example/",
    "a file": "file:///etc/passwd",
    "nearly a scheme": "httpx://lms.example/",
    "no host": "http:///hook",
    "half a bracket": "http://[::1/",
    "a port beyond all ports": "http://lms.example:99999/",
    "a label too long": f"http://{'a' * 64}.example/",
    "an empty label": "http://lms..example/",
    "a NUL": "http://lms\0.example/",
    "a space": "http://lms .example/",
    "half a surrogate pair": "http://\ud83d.example/",
    "nothing": "",
}


@pytest.mark.parametrize("url", INVALID_URLS.values(), ids=INVALID_URLS)
def test_an_invalid_url_is_unreachable_and_says_so(url: str) -> None:
    result = call(HttpClient(allow_private=True), url)
    assert isinstance(result, Unreachable)
    assert "the address" in result.detail or "cannot be resolved" in result.detail


def test_an_unknown_name_is_unreachable() -> None:
    def resolve_nothing(host: str) -> Sequence[str]:
        raise OSError(f"no such host: {host}")

    result = call(HttpClient(resolver=resolve_nothing), "http://lms.example/hook?token=secret")
    assert result == Unreachable(
        error=CallErrorKind.DNS_LOOKUP_FAILED, detail="lms.example cannot be resolved"
    )


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/?token=secret", "http://me:secret@127.0.0.1:{}/"]
)
def test_a_detail_never_contains_url_credentials(url: str) -> None:
    result = call(HttpClient(allow_private=True), url.format(unused_port()))
    assert "secret" not in result.detail


def test_the_log_never_contains_url_credentials(
    peer: LocalServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    call(HttpClient(allow_private=True), f"{peer.url}?token=secret")
    assert peer.received[0].path.endswith("secret")
    assert "secret" not in caplog.text


def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    lms_certificate: Certificate,
) -> None:
    http_client = HttpClient(
        allow_private=True, ca_bundle=str(lms_certificate.path), resolver=lambda _: ["127.0.0.1"]
    )
    names: list[str | None] = []
    context = lms_certificate.server_context()
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with serve(LocalServer(tls=context)) as peer:
        results = [call(http_client, f"https://lms.example:{peer.port}/") for _ in range(2)]
        mismatch = call(http_client, f"https://other.example:{peer.port}/")
    assert [type(result) for result in results] == [Delivered, Delivered]
    assert mismatch.detail.startswith("TLS failed: Hostname mismatch")
    assert names == ["lms.example", "other.example"]


def test_a_self_signed_certificate_is_unreachable(lms_certificate: Certificate) -> None:
    with serve(LocalServer(tls=lms_certificate.server_context())) as peer:
        result = call(HttpClient(allow_private=True), f"https://localhost:{peer.port}/")
    assert result == Unreachable(
        error=CallErrorKind.TLS_FAILED, detail="TLS failed: self-signed certificate"
    )
    assert peer.received == []
