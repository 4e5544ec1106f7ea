"""The vendor's client, against a real local server."""

import time
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from sandbox.vendor.client import PostResult, UnreachableError, count_posts, post_scenarios
from sandbox.vendor.scenarios import build_scenarios
from tests.sandbox.recording_server import RecordingServer

NOW = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
SCENARIOS = build_scenarios(NOW, "run-1")
RECORDED_SCENARIO = build_scenarios(NOW, "run-1", ["recorded"])
BODIES_IN_ORDER = [body for scenario in SCENARIOS for body in scenario.bodies]


def test_the_recorded_scenario_is_the_captured_request_header_for_header(
    recording_server: RecordingServer,
) -> None:
    post_scenarios(RECORDED_SCENARIO, recording_server.url, "secret")
    (headers,) = recording_server.headers
    assert headers.pop("host").startswith("127.0.0.1:")
    assert headers == {
        "user-agent": "axios/1.1.3",
        "accept": "application/json, text/plain, */*",
        "accept-encoding": "gzip, deflate, br",
        "connection": "close",
        "content-type": "application/json",
        "x-api-key": "secret",
        "content-length": "520",
    }
    assert recording_server.bodies == list(RECORDED_SCENARIO[0].bodies)


def test_the_key_is_sent_in_the_given_header(recording_server: RecordingServer) -> None:
    post_scenarios(RECORDED_SCENARIO, recording_server.url, "clé-✓", header="X-Proctor-Key")
    assert recording_server.headers[0]["x-proctor-key"].encode("latin-1").decode() == "clé-✓"
    assert "x-api-key" not in recording_server.headers[0]


def test_scenarios_are_posted_one_after_the_other_in_order(
    recording_server: RecordingServer,
) -> None:
    assert (
        len(post_scenarios(SCENARIOS, recording_server.url, "secret"))
        == count_posts(SCENARIOS)
        == len(BODIES_IN_ORDER)
    )
    assert recording_server.bodies == BODIES_IN_ORDER


def test_every_response_is_reported_as_it_arrives(recording_server: RecordingServer) -> None:
    recording_server.statuses = [200, 503]
    reported: list[PostResult] = []
    late_scenario = build_scenarios(NOW, "run-1", ["late"])
    results = post_scenarios(
        late_scenario, recording_server.url, "secret", on_progress=reported.append
    )
    assert [result.status for result in results] == [200, 503, 200]
    assert reported == results


def test_a_redirect_is_not_followed(recording_server: RecordingServer) -> None:
    recording_server.statuses = [307]
    assert [
        result.status
        for result in post_scenarios(RECORDED_SCENARIO, recording_server.url, "secret")
    ] == [307]


def test_each_report_can_be_repeated(recording_server: RecordingServer) -> None:
    post_scenarios(SCENARIOS, recording_server.url, "secret", repeat=2)
    assert Counter(recording_server.bodies) == Counter(BODIES_IN_ORDER * 2)


def test_shuffled_sessions_interleave_and_the_same_seed_gives_the_same_order(
    recording_server: RecordingServer,
) -> None:
    for _ in range(2):
        post_scenarios(SCENARIOS, recording_server.url, "secret", shuffle=Random(7))  # noqa: S311  # it mixes posts, it guards nothing
    first, second = (
        recording_server.bodies[: len(BODIES_IN_ORDER)],
        recording_server.bodies[len(BODIES_IN_ORDER) :],
    )
    assert first == second != BODIES_IN_ORDER
    assert Counter(first) == Counter(BODIES_IN_ORDER)


def test_it_posts_no_faster_than_the_rate(recording_server: RecordingServer) -> None:
    started = time.monotonic()
    post_scenarios(build_scenarios(NOW, "run-1", ["late"]), recording_server.url, "secret", rate=10)
    assert time.monotonic() - started >= 0.2


def test_an_unreachable_service_is_reported_in_one_line(nowhere: str) -> None:
    with pytest.raises(UnreachableError, match=f"^cannot reach {nowhere}: no connection .*$"):
        post_scenarios(RECORDED_SCENARIO, nowhere, "secret")
