"""Simulates an LMS that launches a session, and its exam page that sends heartbeats."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

RESPONSE_TIMEOUT_SECONDS = 8


class RequestFailedError(Exception):
    """A launch or a heartbeat was refused or not answered; the message says where and why."""


@dataclass(frozen=True, kw_only=True)
class HeartbeatReply:
    """The reply to a heartbeat: the holds, and when the next is due; None means never."""

    holds: tuple[str, ...]
    next_in_seconds: float | None


@dataclass(kw_only=True)
class SimulatedExamPage:
    """The page of one launch, which sends a heartbeat every `interval_seconds`."""

    heartbeats_url: str
    token: str = field(repr=False)
    interval_seconds: float
    heartbeat_count: int = 0

    def send_heartbeat(self) -> HeartbeatReply:
        """Send a heartbeat. Raises RequestFailedError."""
        return self._send(stop=False)

    def send_stop(self) -> HeartbeatReply:
        """Send that proctoring has ended regularly. Raises RequestFailedError."""
        return self._send(stop=True)

    def _send(self, stop: bool) -> HeartbeatReply:
        """Send text/plain with the token in the body, as reconnect.js does to need no preflight."""
        self.heartbeat_count += 1
        body = {"count": self.heartbeat_count, "stop": stop, "token": self.token}
        payload = _post(self.heartbeats_url, body, {"Content-Type": "text/plain;charset=UTF-8"})
        next_in_ms = payload["next_in_ms"]
        return HeartbeatReply(
            holds=tuple(payload["holds"]),
            next_in_seconds=None if next_in_ms is None else next_in_ms / 1000,
        )


def launch_session(web_url: str, lms_key: str, identifier: str, student: str) -> SimulatedExamPage:
    """Let the service launch the session, for the first time or again.

    Raises RequestFailedError.
    """
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {lms_key}"}
    launched = _post(
        f"{web_url}/sessions", {"identifier": identifier, "student": student}, headers
    )["launch"]
    return SimulatedExamPage(
        heartbeats_url=launched["heartbeats"],
        token=launched["token"],
        interval_seconds=launched["next_in_ms"] / 1000,
    )


def _post(url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
    try:
        response = requests.post(
            url, data=json.dumps(body), headers=headers, timeout=RESPONSE_TIMEOUT_SECONDS
        )
    except requests.RequestException as error:
        raise RequestFailedError(f"no answer from {url}") from error
    if response.status_code not in (200, 201):
        raise RequestFailedError(f"{url} answers {response.status_code} {response.text[:300]}")
    return response.json()


@dataclass
class HeartbeatLog:
    """The replies that a page received, and its last error if it gets none."""

    replies: list[HeartbeatReply] = field(default_factory=list)
    last_error: str = ""


@contextmanager
def heartbeat_loop(exam_page: SimulatedExamPage) -> Iterator[HeartbeatLog]:
    """Send heartbeats in a thread until the block ends: then the page's connection is cut."""
    log, disconnected = HeartbeatLog(), threading.Event()
    thread = threading.Thread(target=_send_heartbeats, args=(exam_page, log, disconnected))
    thread.start()
    try:
        yield log
    finally:
        disconnected.set()
        thread.join()


def _send_heartbeats(
    exam_page: SimulatedExamPage, log: HeartbeatLog, disconnected: threading.Event
) -> None:
    """Send the first heartbeat at once, and repeat what fails, as reconnect.js does."""
    next_in_seconds: float | None = 0
    while next_in_seconds is not None and not disconnected.wait(next_in_seconds):
        try:
            log.replies.append(exam_page.send_heartbeat())
            log.last_error, next_in_seconds = "", log.replies[-1].next_in_seconds
        except RequestFailedError as error:
            log.last_error, next_in_seconds = str(error), exam_page.interval_seconds
