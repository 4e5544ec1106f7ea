"""One learner: is launched, says every moment that the page is there, may fall silent, and may come
back.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from random import Random
from typing import Any

from bench.reconciliation.data import HeartbeatAttempt, SentData, SessionLog
from bench.soak.client import Response, SoakClient

RETRY_DELAY = 1.0
"""Seconds after which what failed is tried again, as reconnect.js does."""

POLL_INTERVAL = 0.5

METRICS_PROBABILITY = 0.02
"""How often a heartbeat is followed by a metrics event."""


class LearnerBehaviour(StrEnum):
    """What kind of a learner it is."""

    STEADY = "steady"  # is there until the end
    DISCONNECTS = "disconnects"  # falls silent, is locked, and sits again after a new launch
    RETRIES_OLD_PAGE = "retries_old_page"  # the same, but tries the old page first
    NEVER_RETURNS = "never_returns"  # falls silent, and never comes back


@dataclass(kw_only=True)
class Learner:
    """`cut_off_at` gives the revision at which the LMS holds the exam as locked for silence; 0
    where it does not.

    `stays` is how many seconds the learner sits; `over` ends all sittings, in good order.
    """

    client: SoakClient
    lms_key: str
    heartbeat_interval: float
    random: Random
    session_log: SessionLog
    behaviour: LearnerBehaviour
    sitting_seconds: float
    disconnected_at_revision: Callable[[str], int]
    sent: SentData
    stopping: asyncio.Event
    _launch: int = 0
    _launch_revision: int = 0
    _token: str = ""

    async def run(self) -> None:
        """Run from the first launch to the last heartbeat, which may say that the sitting ends."""
        await self._connect()
        if self.behaviour is not LearnerBehaviour.STEADY:
            await self._send_heartbeats_for(self.sitting_seconds * self.random.random())
            await self._disconnect()
        if not self.session_log.is_disconnected:
            await self._send_heartbeats_for(self.sitting_seconds * self.random.random())
            await self._end_session()

    async def _connect(self) -> None:
        """Be launched by the LMS, and send heartbeats."""
        await self._launch_session()
        await self._send_until_answered()

    async def _disconnect(self) -> None:
        """Send no heartbeat until the exam is locked; then the LMS launches it again."""
        await self._send_until_answered()
        self.session_log.is_disconnected = True
        while self.disconnected_at_revision(self.session_log.identifier) <= self._launch_revision:
            await asyncio.sleep(POLL_INTERVAL)
        if self.behaviour is LearnerBehaviour.NEVER_RETURNS:
            return
        if self.behaviour is LearnerBehaviour.RETRIES_OLD_PAGE:
            await self._try_old_page()
        await self._connect()
        self.session_log.is_disconnected = False

    async def _try_old_page(self) -> None:
        """The exam stays locked, however many heartbeats it sends."""
        for _ in range(2):
            response = await self._send_heartbeat()
            if _is_ok(response) and not _is_disconnected(response):
                self.sent.errors.append(
                    f"{self.session_log.identifier}: the old page received {response.body!r}"
                )
            await asyncio.sleep(self.heartbeat_interval)

    async def _launch_session(self) -> None:
        """By the LMS, which tries until it is answered."""
        launch_request = {
            "identifier": self.session_log.identifier,
            "student": self.session_log.student,
            "exam": "soak",
        }
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.lms_key}"}
        while True:
            self.session_log.launch_attempts += 1
            response = await self.client.request(
                "POST", "/sessions", headers, json.dumps(launch_request).encode()
            )
            if response.status in (200, 201):
                break
            await asyncio.sleep(RETRY_DELAY)
        self.session_log.answered_launches += 1
        payload = json.loads(response.body)
        self._launch, self._token = payload["launch"]["number"], payload["launch"]["token"]
        self._launch_revision = payload["session"]["revision"]

    async def _send_heartbeats_for(self, seconds: float) -> None:
        """Launch again if the exam was locked, because the service received no
        heartbeat in time.
        """
        end_at = time.monotonic() + seconds
        next_at = time.monotonic() + self.heartbeat_interval
        while time.monotonic() < end_at and not self.stopping.is_set():
            await asyncio.sleep(next_at - time.monotonic())
            response = await self._send_heartbeat()
            if _is_disconnected(response):
                await self._connect()
            elif _is_ok(response) and self.random.random() < METRICS_PROBABILITY:
                await self._send_metrics()
            delay = (
                self.heartbeat_interval
                if _is_ok(response)
                else min(self.heartbeat_interval, RETRY_DELAY)
            )
            next_at = max(next_at + delay, time.monotonic())

    async def _end_session(self) -> None:
        while _is_disconnected(await self._send_until_answered(stop=True)):
            await self._connect()

    async def _send_until_answered(self, *, stop: bool = False) -> Response:
        while not _is_ok(response := await self._send_heartbeat(stop=stop)):
            await asyncio.sleep(RETRY_DELAY)
        return response

    async def _send_heartbeat(self, *, stop: bool = False) -> Response:
        now = datetime.now(UTC)
        response = await self._post(
            "heartbeats", {"count": len(self.session_log.heartbeats), "stop": stop}
        )
        was_answered = _is_ok(response)
        self.session_log.heartbeats.append(
            HeartbeatAttempt(
                launch=self._launch,
                sent=response.sent,
                ended=response.ended,
                was_answered=was_answered,
            )
        )
        if was_answered and self.session_log.first_heartbeat_at is None:
            self.session_log.first_heartbeat_at = now
        return response

    async def _send_metrics(self) -> None:
        """What the vendor's script measured: mostly well, at times below its threshold."""
        metrics = {
            "c1": self.random.randrange(100),
            "n1": self.random.randrange(30),
            "b2": len(self.session_log.heartbeats),
        }
        body = {"metrics": metrics, "weights": {"c1": 1, "n1": 1}, "threshold": 30}
        await self._post("metrics", body)

    async def _post(self, resource: str, body: Mapping[str, Any]) -> Response:
        """As text/plain with the token in the body, like reconnect.js, which so needs
        no preflight.
        """
        payload = json.dumps({**body, "token": self._token}).encode()
        if resource == "metrics":
            self.sent.live_metric_bodies.append(payload)
        path = f"/sessions/{self.session_log.identifier}/{resource}"
        return await self.client.request(
            "POST", path, {"Content-Type": "text/plain;charset=UTF-8"}, payload
        )


def _is_ok(response: Response) -> bool:
    return response.status == 200


def _is_disconnected(response: Response) -> bool:
    """Return whether the response says that the exam is locked for a heartbeat timeout."""
    return _is_ok(response) and "disconnected" in json.loads(response.body)["holds"]
