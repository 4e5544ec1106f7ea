"""One call to a target that answers correctly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from proctor_results import __version__
from proctor_results.deliveries.targets.base import (
    Delivered,
    Gone,
    PushResult,
    Refused,
    Unreachable,
)
from proctor_results.http_client.client import HttpClient
from tests.support.http_calls import post
from tests.support.http_servers import LocalServer, serve

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def peer() -> Iterator[LocalServer]:
    with serve(LocalServer()) as peer:
        yield peer


def call(peer: LocalServer, http_client: HttpClient | None = None) -> PushResult:
    return post(
        http_client or HttpClient(allow_private=True), peer.url, b"{}", {"webhook-id": "one"}, NOW
    )


RESULTS_BY_STATUS = {
    "ok": (200, Delivered),
    "accepted": (202, Delivered),
    "no content": (204, Delivered),
    "any other success": (299, Delivered),
    "moved": (301, Refused),
    "not modified": (304, Refused),
    "temporary redirect": (307, Refused),
    "bad request": (400, Refused),
    "unauthorised": (401, Refused),
    "not found": (404, Refused),
    "request time-out": (408, Unreachable),
    "conflict": (409, Refused),
    "gone": (410, Gone),
    "too early": (425, Unreachable),
    "too many requests": (429, Unreachable),
    "server error": (500, Unreachable),
    "unavailable": (503, Unreachable),
    "any other server error": (599, Unreachable),
    "no class at all": (799, Refused),
}


@pytest.mark.parametrize(("status", "kind"), RESULTS_BY_STATUS.values(), ids=RESULTS_BY_STATUS)
def test_the_status_decides_the_result(
    peer: LocalServer, status: int, kind: type[PushResult]
) -> None:
    peer.status = status
    result = call(peer)
    assert type(result) is kind
    assert result.status == status


def test_the_target_gets_body_headers_and_user_agent(peer: LocalServer) -> None:
    call(peer)
    (received,) = peer.received
    assert (received.path, received.body) == ("/hook", b"{}")
    assert received.headers["webhook-id"] == "one"
    assert received.headers["User-Agent"] == f"Proctor-Results/{__version__}"
    assert received.headers["Host"] == f"127.0.0.1:{peer.port}"


def test_the_response_text_is_in_the_detail(peer: LocalServer) -> None:
    peer.status, peer.body, peer.headers = 503, b"down for\nmaintenance", {"Retry-After": "30"}
    expected = Unreachable(
        status=503, detail="answered 503: down for maintenance", retry_after=timedelta(seconds=30)
    )
    assert call(peer) == expected


def test_a_redirect_is_refused_and_not_followed(peer: LocalServer) -> None:
    with serve(LocalServer()) as redirect_target:
        peer.status, peer.headers = 307, {"Location": redirect_target.url}
        assert isinstance(call(peer), Refused)
        assert redirect_target.received == []


def test_a_cookie_of_the_target_is_not_sent_back(peer: LocalServer) -> None:
    peer.headers = {"Set-Cookie": "who=you; Path=/"}
    http_client = HttpClient(allow_private=True)
    assert call(peer, http_client) == call(peer, http_client)
    assert "Cookie" not in peer.received[1].headers


def test_compressed_responses_are_neither_requested_nor_decoded(peer: LocalServer) -> None:
    peer.headers, peer.body = {"Content-Encoding": "gzip"}, b"not gzip at all"
    assert call(peer) == Delivered(status=200, detail="answered 200: not gzip at all")
    assert peer.received[0].headers["Accept-Encoding"] == "identity"


def test_proxies_and_passwords_of_the_environment_are_ignored(
    peer: LocalServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login learner password something")
    monkeypatch.setenv("NETRC", str(netrc))
    with serve(LocalServer()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert isinstance(call(peer), Delivered)
        assert proxy.received == []
    assert "Authorization" not in peer.received[0].headers
