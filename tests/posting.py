"""A vendor that posts without a pause, from several threads, and remembers what it was answered."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event

import requests

from tests.reports import body

STATUSES = ("started", "stopped", "accepted", "rejected")
THREADS = 4
Post = Callable[[bytes], requests.Response]


@dataclass
class Vendor:
    """`answers` are those that came; where none came, nothing is known of what became of the post."""

    post: Post
    answers: list[tuple[bytes, requests.Response]] = field(default_factory=list)
    unanswered: int = 0
    done: Event = field(default_factory=Event)

    @property
    def accepted(self) -> list[bytes]:
        """What was answered with 200."""
        return [said for said, answer in list(self.answers) if answer.status_code == 200]

    @property
    def statuses(self) -> set[int]:
        return {answer.status_code for _, answer in list(self.answers)}

    def work(self, number: int) -> None:
        random = Random(number)  # noqa: S311  # no secret
        count = 0
        while not self.done.wait(0.02):
            count += 1
            self._send(_report(random, f"{number}-{count}"))

    def _send(self, said: bytes) -> None:
        try:
            self.answers.append((said, self.post(said)))
        except requests.RequestException:
            self.unanswered += 1


@contextmanager
def posting(post: Post) -> Iterator[Vendor]:
    """Posts about a handful of sessions until the end of the block."""
    vendor = Vendor(post)
    with ThreadPoolExecutor(THREADS) as threads:
        working = [threads.submit(vendor.work, number) for number in range(THREADS)]
        try:
            yield vendor
        finally:
            vendor.done.set()
    for each in working:
        each.result()


def _report(random: Random, comment: str) -> bytes:
    """Some report of some session, like no other."""
    return body(
        identifier=f"exam-{random.randrange(12)}",
        status=random.choice(STATUSES),
        signedAt=f"2022-02-19T10:{random.randrange(60):02d}:00.000Z",
        score=random.randrange(101),
        averages={"c4": random.randrange(30), "n1": random.randrange(101)},
        comment=comment,
    )
