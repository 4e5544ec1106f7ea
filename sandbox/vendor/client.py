"""Posts reports as a proctoring server does (vendors.md, chapter 1.2)."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import click
import requests

from sandbox.vendor.scenarios import Scenario

RESPONSE_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class PostResult:
    """The response to one post; `text` is the beginning of its body."""

    scenario: Scenario
    status: int
    text: str


class UnreachableError(click.ClickException):
    """No answer came; the message says where and why in one line."""


def post_scenarios(
    scenarios: Sequence[Scenario],
    url: str,
    key: str,
    header: str = "X-Api-Key",
    on_progress: Callable[[PostResult], object] = lambda _: None,
    *,
    repeat: int = 1,
    shuffle: Random | None = None,
    rate: float | None = None,
) -> list[PostResult]:
    """Post every body `repeat` times, at most `rate` a second. Raises UnreachableError.

    Without `shuffle` session follows session; with it the reports of all sessions are mixed. The
    receiver must end in the same state.
    """
    posts = _posts(scenarios, repeat, shuffle)
    results = []
    with requests.Session() as http_session:
        http_session.headers.update(_request_headers(key, header))
        for scenario, body in _limit_rate(posts, rate):
            results.append(_post_report(http_session, url, scenario, body))
            on_progress(results[-1])
    return results


def count_posts(scenarios: Sequence[Scenario], repeat: int = 1) -> int:
    """Return how many posts `post_scenarios` makes."""
    return sum(len(scenario.bodies) for scenario in scenarios) * repeat


Post = tuple[Scenario, bytes]


def _posts(scenarios: Sequence[Scenario], repeat: int, shuffle: Random | None) -> list[Post]:
    posts = [
        (scenario, body)
        for scenario in scenarios
        for body in scenario.bodies
        for _ in range(repeat)
    ]
    if shuffle:
        shuffle.shuffle(posts)
    return posts


def _request_headers(key: str, header: str) -> dict[str, str | bytes]:
    return {
        "User-Agent": "axios/1.1.3",
        "Accept": "application/json, text/plain, */*",
        "Accept-Encoding": "gzip, deflate, br",
        "Connection": "close",
        "Content-Type": "application/json",
        header: key.encode(),  # bytes: a key that is not Latin-1 is the receiver's to refuse
    }


def _limit_rate(posts: Iterable[Post], rate: float | None) -> Iterator[Post]:
    started = time.monotonic()
    for number, post in enumerate(posts):
        send_at = started + number / rate if rate else started
        time.sleep(max(0, send_at - time.monotonic()))
        yield post


def _post_report(
    http_session: requests.Session, url: str, scenario: Scenario, body: bytes
) -> PostResult:
    try:
        response = http_session.post(
            url, data=body, timeout=RESPONSE_TIMEOUT_SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        raise UnreachableError(f"cannot reach {url}: {_failure_reason(error)}") from error
    return PostResult(scenario=scenario, status=response.status_code, text=response.text[:300])


def _failure_reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {RESPONSE_TIMEOUT_SECONDS} s"
    if isinstance(error, requests.ConnectionError):
        return "no connection (is the service running, are host and port right?)"
    return str(error)
