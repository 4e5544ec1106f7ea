"""An LMS that does anything but answer well, for a while or for an hour; time is told."""

import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from threading import Event

import pytest

from proctor_results.flows.house import House
from proctor_results.flows.mend_deliveries import Which, retry, undelivered
from proctor_results.lms.outbound import Caller
from proctor_results.lms.webhook import WebhookTarget
from tests.faults.lms import Lms, Script
from tests.faults.reckoning import answered, complaints
from tests.reports import NOW, accepted, body, record, rejected
from tests.steps import Steps

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
LONG = b"x" * 10 * 1024 * 1024
NOBODY = "3000::1"
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"


@pytest.fixture
def house(house: House, lms: Lms) -> House:
    return telling(house, lms, Caller(allow_private=True, seconds=0.3))


def telling(house: House, lms: Lms, caller: Caller, host: str = "127.0.0.1") -> House:
    """The house with a carrier for that LMS."""
    address = lms.address.replace("127.0.0.1", host)
    return replace(house, targets=(WebhookTarget(address=address, secret=SECRET, caller=caller),))


def drip(lms: socket.socket) -> None:
    lms.sendall(HEAD)
    while True:
        Event().wait(0.02)
        lms.sendall(b"X")


def hang(lms: socket.socket) -> None:
    lms.recv(1)


def reset(lms: socket.socket) -> None:
    lms.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say(answer: bytes) -> Script:
    return lambda lms: lms.sendall(answer)


WAYS: dict[str, Script] = {
    "drips bytes": drip,
    "hangs": hang,
    "resets the connection once it has the message": reset,
    "breaks off in the middle of its answer": say(HEAD + b"Content-Length: 10\r\n\r\nhalf"),
    "answers 500": say(b"HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
    "answers 429": say(b"HTTP/1.1 429 Oh\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 90\r\n\r\n"),
    "answers 200 with 10 MiB": say(HEAD + b"Content-Length: %d\r\n\r\n" % len(LONG) + LONG),
    "redirects": say(b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: /there\r\n\r\n"),
    "refuses": say(b"HTTP/1.1 404 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
    "wants nothing more": say(b"HTTP/1.1 410 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("script", WAYS.values(), ids=WAYS)
def test_an_lms_that_does_not_answer_well_in_the_end_has_what_is_so(house: House, lms: Lms, script: Script) -> None:
    lms.scripts = [script] * 3
    minutes = (NOW + timedelta(minutes=minute) for minute in range(10_000))
    for said in STORY:
        record(house, said, next(minutes))
        tell(house, next(minutes))

    retry(house, Which(), next(minutes))  # what was refused waits for a person
    tell_until_told(house, minutes)
    assert complaints(house.ledger, answered(STORY), lms.heard) == []


def test_after_an_hour_of_500_the_lms_has_the_newest_of_each_session(house: House, lms: Lms) -> None:
    lms.scripts = [WAYS["answers 500"]] * 10_000
    minutes = (NOW + timedelta(minutes=minute) for minute in range(10_000))
    story = [body(identifier=f"exam-{minute % 7}", score=40 + minute) for minute in range(60)]
    for said, now in zip(story, minutes, strict=False):
        record(house, said, now)
        tell(house, now)
    assert len(undelivered(house, 10)) == 7

    lms.scripts = []
    tell_until_told(house, minutes)
    assert complaints(house.ledger, answered(story), lms.heard) == []


def test_a_name_that_turns_private_between_check_and_call_leads_nobody_there(house: House, lms: Lms) -> None:
    answers = cycle([[NOBODY], ["127.0.0.1"]])
    led_astray = telling(house, lms, Caller(seconds=0.3, resolver=lambda _: next(answers)), "lms.example")
    minutes = (NOW + timedelta(minutes=minute) for minute in range(10_000))
    for said in STORY:
        record(led_astray, said, next(minutes))
        tell(led_astray, next(minutes))
    assert lms.heard == []

    tell_until_told(house, minutes)
    assert complaints(house.ledger, answered(STORY), lms.heard) == []


STORY: Sequence[bytes] = (
    body(identifier="exam-1"),
    rejected(identifier="exam-1", signed_at="2022-02-19T09:00:00.000Z"),
    rejected(identifier="exam-2", signed_at="2022-02-19T09:00:00.000Z"),
    accepted(identifier="exam-1"),
    accepted(identifier="exam-2"),
    rejected(identifier="exam-1"),
)


def tell(house: House, now: datetime) -> None:
    """A worker works until nothing is due."""
    worker = Steps()
    worker.go_on(house, 10, now)
    while worker.busy:
        worker.go_on(house, 10, now)


def tell_until_told(house: House, minutes: Iterator[datetime]) -> None:
    while undelivered(house, 1):
        tell(house, next(minutes))
