"""Plays a proctoring server: posts reports as the captured request was posted (vendors.md, chapter 1.2)."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import click
import requests

from proctor_results.sandbox.scenarios import Scenario

SECONDS_TO_ANSWER = 30


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered to one post; `text` is the beginning of the answer's body."""

    scenario: Scenario
    status: int
    text: str


class UnreachableError(click.ClickException):
    """There was no answer; says where and why in one line, as click shows it."""


def play(
    scenarios: Sequence[Scenario],
    url: str,
    key: str,
    header: str = "X-Api-Key",
    on_progress: Callable[[Answer], object] = lambda _: None,
    *,
    repeat: int = 1,
    shuffle: Random | None = None,
    rate: float | None = None,
) -> list[Answer]:
    """Posts every body `repeat` times, at most `rate` a second (None: as fast as answered). Raises UnreachableError.

    Session after session in the order of their days, or with `shuffle` all reports of all sessions mixed: whoever
    receives them must end in the same state.
    """
    posts = _posts(scenarios, repeat, shuffle)
    answers = []
    with requests.Session() as session:
        session.headers.update(_headers(key, header))
        for scenario, body in _paced(posts, rate):
            answers.append(_post(session, url, scenario, body))
            on_progress(answers[-1])
    return answers


def count(scenarios: Sequence[Scenario], repeat: int = 1) -> int:
    """How many posts `play` makes of them."""
    return sum(len(scenario.bodies) for scenario in scenarios) * repeat


Post = tuple[Scenario, bytes]


def _posts(scenarios: Sequence[Scenario], repeat: int, shuffle: Random | None) -> list[Post]:
    posts = [(scenario, body) for scenario in scenarios for body in scenario.bodies for _ in range(repeat)]
    if shuffle:
        shuffle.shuffle(posts)
    return posts


def _headers(key: str, header: str) -> dict[str, str | bytes]:
    return {
        "User-Agent": "axios/1.1.3",
        "Accept": "application/json, text/plain, */*",
        "Accept-Encoding": "gzip, deflate, br",
        "Connection": "close",
        "Content-Type": "application/json",
        header: key.encode(),  # bytes: a key that is not Latin-1 is the receiver's to refuse
    }


def _paced(posts: Iterable[Post], rate: float | None) -> Iterator[Post]:
    begin = time.monotonic()
    for number, post in enumerate(posts):
        due = begin + number / rate if rate else begin
        time.sleep(max(0, due - time.monotonic()))
        yield post


def _post(session: requests.Session, url: str, scenario: Scenario, body: bytes) -> Answer:
    try:
        answer = session.post(url, data=body, timeout=SECONDS_TO_ANSWER, allow_redirects=False)
    except requests.RequestException as error:
        raise UnreachableError(f"cannot reach {url}: {_reason(error)}") from error
    return Answer(scenario=scenario, status=answer.status_code, text=answer.text[:300])


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {SECONDS_TO_ANSWER} s"
    if isinstance(error, requests.ConnectionError):
        return "no connection (is the service running, are host and port right?)"
    return str(error)
