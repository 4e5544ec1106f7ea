"""One learner: is launched, sends heartbeats, may fall silent, and may come back."""

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
"""Seconds until a failed request is repeated, as in reconnect.js."""

POLL_INTERVAL = 0.5

METRICS_PROBABILITY = 0.02
"""The share of heartbeats that a metrics event follows."""


class LearnerBehaviour(StrEnum):
    """The kinds of learners."""

    STEADY = "steady"  # is there until the end
    DISCONNECTS = "disconnects"  # falls silent, is locked, and sits again after a new launch
    RETRIES_OLD_PAGE = "retries_old_page"  # the same, but tries the old page first
    NEVER_RETURNS = "never_returns"  # falls silent, and never comes back


@dataclass(kw_only=True)
class Learner:
    """One learner with one session. `disconnected_at_revision` asks the LMS.

    The learner sits for `sitting_seconds`; the event `stopping` ends all sittings regularly.
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
        """Run from the first launch to the regular end, or to the last heartbeat."""
        await self._connect()
        if self.behaviour is not LearnerBehaviour.STEADY:
            await self._send_heartbeats_for(self.sitting_seconds * self.random.random())
            await self._disconnect()
        if not self.session_log.is_disconnected:
            await self._send_heartbeats_for(self.sitting_seconds * self.random.random())
            await self._end_session()

    async def _connect(self) -> None:
        """Launch the session and send heartbeats."""
        await self._launch_session()
        await self._send_until_answered()

    async def _disconnect(self) -> None:
        """Send nothing until the exam is locked; then the LMS launches the session again."""
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
        """Send heartbeats of the old page, which must not unlock the exam."""
        for _ in range(2):
            response = await self._send_heartbeat()
            if _is_ok(response) and not _is_disconnected(response):
                self.sent.errors.append(
                    f"{self.session_log.identifier}: the old page received {response.body!r}"
                )
            await asyncio.sleep(self.heartbeat_interval)

    async def _launch_session(self) -> None:
        """Launch by the LMS, which tries until it is answered."""
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
        """Send heartbeats; launch again if the exam was locked by an outage."""
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
        """Send the metrics of the vendor's script: mostly good, at times below a threshold."""
        metrics = {
            "c1": self.random.randrange(100),
            "n1": self.random.randrange(30),
            "b2": len(self.session_log.heartbeats),
        }
        body = {"metrics": metrics, "weights": {"c1": 1, "n1": 1}, "threshold": 30}
        await self._post("metrics", body)

    async def _post(self, resource: str, body: Mapping[str, Any]) -> Response:
        """Send text/plain with the token in the body, as reconnect.js does to need no preflight."""
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
    """Whether the reply says that the exam is locked for silence."""
    return _is_ok(response) and "disconnected" in json.loads(response.body)["holds"]
