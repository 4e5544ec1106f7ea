"""One learner: is launched, says every moment that the page is there, may fall silent, and may come back."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from random import Random
from typing import Any

from bench.reconciliation.sides import Beat, Sent, Sitting
from bench.soak.client import Answer, Client

PATIENCE = 1.0
"""Seconds after which what failed is tried again, as reconnect.js does."""

LOOK_EVERY = 0.5

MEASURED = 0.02
"""How often a heartbeat is followed by a metrics event."""


class Temper(StrEnum):
    """What kind of a learner it is."""

    STEADY = "steady"  # is there until the end
    CUT_OFF = "cut off"  # falls silent, is locked, and sits again after a new launch
    STUBBORN = "stubborn"  # the same, but tries the old page first
    GONE = "gone"  # falls silent, and never comes back


@dataclass(kw_only=True)
class Learner:
    """`cut_off_at` gives the revision at which the LMS holds the exam as locked for silence; 0 where it does not.

    `stays` is how many seconds the learner sits; `over` ends all sittings, in good order.
    """

    client: Client
    lms_key: str
    every: float
    random: Random
    sitting: Sitting
    temper: Temper
    stays: float
    cut_off_at: Callable[[str], int]
    sent: Sent
    over: asyncio.Event
    _launch: int = 0
    _launched_at: int = 0
    _token: str = ""

    async def sit(self) -> None:
        """From the first launch to the goodbye, or to a silence for good."""
        await self._be_there()
        if self.temper is not Temper.STEADY:
            await self._beat_for(self.stays * self.random.random())
            await self._be_silent()
        if not self.sitting.silent:
            await self._beat_for(self.stays * self.random.random())
            await self._say_goodbye()

    async def _be_there(self) -> None:
        """Launched by the LMS, and heard."""
        await self._be_launched()
        await self._beat_until_heard()

    async def _be_silent(self) -> None:
        """Nothing is heard from the page until the exam is locked; then the LMS launches it again."""
        await self._beat_until_heard()
        self.sitting.silent = True
        while self.cut_off_at(self.sitting.identifier) <= self._launched_at:
            await asyncio.sleep(LOOK_EVERY)
        if self.temper is Temper.GONE:
            return
        if self.temper is Temper.STUBBORN:
            await self._try_the_old_page()
        await self._be_there()
        self.sitting.silent = False

    async def _try_the_old_page(self) -> None:
        """It stays locked, however often it beats."""
        for _ in range(2):
            answer = await self._beat()
            if _is_heard(answer) and not _is_cut_off(answer):
                self.sent.complaints.append(f"{self.sitting.identifier}: the old page was told {answer.body!r}")
            await asyncio.sleep(self.every)

    async def _be_launched(self) -> None:
        """By the LMS, which tries until it is answered."""
        order = {"identifier": self.sitting.identifier, "student": self.sitting.student, "exam": "soak"}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.lms_key}"}
        while True:
            self.sitting.tried += 1
            answer = await self.client.ask("POST", "/sessions", headers, json.dumps(order).encode())
            if answer.status in (200, 201):
                break
            await asyncio.sleep(PATIENCE)
        self.sitting.launches += 1
        said = json.loads(answer.body)
        self._launch, self._token = said["launch"]["number"], said["launch"]["token"]
        self._launched_at = said["session"]["revision"]

    async def _beat_for(self, seconds: float) -> None:
        """Whose exam is locked all the same, because nobody heard in time, is launched again."""
        end = time.monotonic() + seconds
        due = time.monotonic() + self.every
        while time.monotonic() < end and not self.over.is_set():
            await asyncio.sleep(due - time.monotonic())
            answer = await self._beat()
            if _is_cut_off(answer):
                await self._be_there()
            elif _is_heard(answer) and self.random.random() < MEASURED:
                await self._measure()
            wait = self.every if _is_heard(answer) else min(self.every, PATIENCE)
            due = max(due + wait, time.monotonic())

    async def _say_goodbye(self) -> None:
        while _is_cut_off(await self._beat_until_heard(stop=True)):
            await self._be_there()

    async def _beat_until_heard(self, *, stop: bool = False) -> Answer:
        while not _is_heard(answer := await self._beat(stop=stop)):
            await asyncio.sleep(PATIENCE)
        return answer

    async def _beat(self, *, stop: bool = False) -> Answer:
        now = datetime.now(UTC)
        answer = await self._say("heartbeats", {"count": len(self.sitting.beats), "stop": stop})
        heard = _is_heard(answer)
        self.sitting.beats.append(Beat(launch=self._launch, sent=answer.sent, ended=answer.ended, heard=heard))
        if heard and self.sitting.began_at is None:
            self.sitting.began_at = now
        return answer

    async def _measure(self) -> None:
        """What the vendor's script measured: mostly well, at times below its threshold."""
        metrics = {"c1": self.random.randrange(100), "n1": self.random.randrange(30), "b2": len(self.sitting.beats)}
        body = {"metrics": metrics, "weights": {"c1": 1, "n1": 1}, "threshold": 30}
        await self._say("metrics", body)

    async def _say(self, what: str, body: Mapping[str, Any]) -> Answer:
        """As text/plain with the token in the body, like reconnect.js, which so needs no preflight."""
        said = json.dumps({**body, "token": self._token}).encode()
        if what == "metrics":
            self.sent.live.append(said)
        path = f"/sessions/{self.sitting.identifier}/{what}"
        return await self.client.ask("POST", path, {"Content-Type": "text/plain;charset=UTF-8"}, said)


def _is_heard(answer: Answer) -> bool:
    return answer.status == 200


def _is_cut_off(answer: Answer) -> bool:
    """Whether the page was told that its exam is locked for silence."""
    return _is_heard(answer) and "disconnected" in json.loads(answer.body)["holds"]
