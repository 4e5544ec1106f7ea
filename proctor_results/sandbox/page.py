"""Plays an LMS that launches a session, and the exam page that then says every moment that it is there."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

SECONDS_TO_ANSWER = 8


class NotTakenError(Exception):
    """A launch or a heartbeat was not taken; says where and why in one line."""


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """What a page is told: why the exam is locked, and in how many seconds to beat again; None means never."""

    holds: tuple[str, ...]
    next_in: float | None


@dataclass(kw_only=True)
class Page:
    """The page of one launch. `heartbeats` is where it beats, `every` so many seconds."""

    heartbeats: str
    token: str = field(repr=False)
    every: float
    count: int = 0

    def beat(self) -> Pulse:
        """Says that it is there. Raises NotTakenError."""
        return self._say(stop=False)

    def say_goodbye(self) -> Pulse:
        """Says that proctoring has ended as it should. Raises NotTakenError."""
        return self._say(stop=True)

    def _say(self, stop: bool) -> Pulse:
        """As text/plain with the token in the body, like reconnect.js, which so needs no preflight."""
        self.count += 1
        body = {"count": self.count, "stop": stop, "token": self.token}
        told = _post(self.heartbeats, body, {"Content-Type": "text/plain;charset=UTF-8"})
        next_in_ms = told["next_in_ms"]
        return Pulse(holds=tuple(told["holds"]), next_in=None if next_in_ms is None else next_in_ms / 1000)


def launch(web: str, lms_key: str, identifier: str, student: str) -> Page:
    """Has the service at `web` launch the session, for the first time or again. Raises NotTakenError."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {lms_key}"}
    made = _post(f"{web}/sessions", {"identifier": identifier, "student": student}, headers)["launch"]
    return Page(heartbeats=made["heartbeats"], token=made["token"], every=made["next_in_ms"] / 1000)


def _post(url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
    try:
        answer = requests.post(url, data=json.dumps(body), headers=headers, timeout=SECONDS_TO_ANSWER)
    except requests.RequestException as error:
        raise NotTakenError(f"no answer from {url}") from error
    if answer.status_code not in (200, 201):
        raise NotTakenError(f"{url} answers {answer.status_code} {answer.text[:300]}")
    return answer.json()


@dataclass
class Heard:
    """What a page was told while it beat, and what keeps it from being told more."""

    pulses: list[Pulse] = field(default_factory=list)
    trouble: str = ""


@contextmanager
def beating(page: Page) -> Iterator[Heard]:
    """The page beats, in a thread of its own, until the block is left: then its connection is cut."""
    heard, cut = Heard(), threading.Event()
    thread = threading.Thread(target=_beat, args=(page, heard, cut))
    thread.start()
    try:
        yield heard
    finally:
        cut.set()
        thread.join()


def _beat(page: Page, heard: Heard, cut: threading.Event) -> None:
    """At once, and then as often as the page is told; what fails is tried again, as reconnect.js does."""
    next_in: float | None = 0
    while next_in is not None and not cut.wait(next_in):
        try:
            heard.pulses.append(page.beat())
            heard.trouble, next_in = "", heard.pulses[-1].next_in
        except NotTakenError as error:
            heard.trouble, next_in = str(error), page.every
