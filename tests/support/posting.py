"""A vendor that posts without a pause, from several threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from threading import Event

import requests

from tests.support.reports import body

STATUSES = ("started", "stopped", "accepted", "rejected")
THREADS = 4
SESSIONS = 12
PostFunction = Callable[[bytes], object]


@contextmanager
def post_continuously(post: PostFunction) -> Iterator[None]:
    """Post about a few sessions until the end of the block, also while no response comes."""
    done = Event()
    with ThreadPoolExecutor(THREADS) as threads:
        futures = [
            threads.submit(_post_until_done, post, number, done) for number in range(THREADS)
        ]
        try:
            yield
        finally:
            done.set()
    for each in futures:
        each.result()


def _post_until_done(post: PostFunction, number: int, done: Event) -> None:
    random = Random(number)  # noqa: S311  # no secret
    count = 0
    while not done.wait(0.04):
        count += 1
        try:
            post(random_report(random, f"exam-{random.randrange(SESSIONS)}", f"{number}-{count}"))
        except requests.RequestException:
            continue


def random_report(random: Random, identifier: str, comment: str) -> bytes:
    """Return a report of a session that is unique if its comment is."""
    return body(
        identifier=identifier,
        status=random.choice(STATUSES),
        signedAt=f"2022-02-19T10:{random.randrange(60):02d}:00.000Z",
        score=random.randrange(101),
        averages={"c4": random.randrange(30), "n1": random.randrange(101)},
        comment=comment,
    )
