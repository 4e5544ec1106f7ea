"""The player, against a real local server."""

import time
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from proctor_results.sandbox.scenarios import scenarios
from proctor_results.sandbox.vendor import Answer, UnreachableError, count, play
from tests.sandbox.receiver import Receiver

NOW = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
DAYS = scenarios(NOW, "run-1")
RECORDED = scenarios(NOW, "run-1", ["recorded"])
IN_ORDER = [body for day in DAYS for body in day.bodies]


def test_the_recorded_day_is_the_captured_request_header_for_header(receiver: Receiver) -> None:
    play(RECORDED, receiver.url, "secret")
    (headers,) = receiver.headers
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
    assert receiver.bodies == list(RECORDED[0].bodies)


def test_the_key_goes_into_the_header_that_the_installation_names(receiver: Receiver) -> None:
    play(RECORDED, receiver.url, "clé-✓", header="X-Proctor-Key")
    assert receiver.headers[0]["x-proctor-key"].encode("latin-1").decode() == "clé-✓"
    assert "x-api-key" not in receiver.headers[0]


def test_days_are_posted_one_after_the_other_in_their_order(receiver: Receiver) -> None:
    assert len(play(DAYS, receiver.url, "secret")) == count(DAYS) == len(IN_ORDER)
    assert receiver.bodies == IN_ORDER


def test_every_answer_is_reported_as_it_comes(receiver: Receiver) -> None:
    receiver.statuses = [200, 503]
    seen: list[Answer] = []
    days = scenarios(NOW, "run-1", ["late"])
    answers = play(days, receiver.url, "secret", on_progress=seen.append)
    assert [answer.status for answer in answers] == [200, 503, 200]
    assert seen == answers


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.statuses = [307]
    assert [answer.status for answer in play(RECORDED, receiver.url, "secret")] == [307]


def test_each_report_can_be_repeated(receiver: Receiver) -> None:
    play(DAYS, receiver.url, "secret", repeat=2)
    assert Counter(receiver.bodies) == Counter(IN_ORDER * 2)


def test_shuffled_sessions_interleave_and_the_same_seed_gives_the_same_order(receiver: Receiver) -> None:
    for _ in range(2):
        play(DAYS, receiver.url, "secret", shuffle=Random(7))  # noqa: S311  # it mixes posts, it guards nothing
    first, second = receiver.bodies[: len(IN_ORDER)], receiver.bodies[len(IN_ORDER) :]
    assert first == second != IN_ORDER
    assert Counter(first) == Counter(IN_ORDER)


def test_it_posts_no_faster_than_the_rate(receiver: Receiver) -> None:
    begin = time.monotonic()
    play(scenarios(NOW, "run-1", ["late"]), receiver.url, "secret", rate=10)
    assert time.monotonic() - begin >= 0.2


def test_a_service_that_is_not_there_is_said_in_one_line(nowhere: str) -> None:
    with pytest.raises(UnreachableError, match=f"^cannot reach {nowhere}: no connection .*$"):
        play(RECORDED, nowhere, "secret")
