"""The exam office: locks exams by hand, releases holds, and follows the change feed."""

import asyncio
import json
from dataclasses import dataclass, field
from random import Random

from bench.reconciliation.sides import Hand, Sent
from bench.soak.client import Client
from proctor_results.domain.words import HoldKind

PAUSE = 0.5
PAGE = 200
FORGOTTEN = 0.2
"""How often a hold by hand is never released."""


@dataclass(kw_only=True)
class Office:
    """`fed` holds the revisions of each session as the change feed gave them."""

    client: Client
    lms_key: str
    random: Random
    sent: Sent
    over: asyncio.Event
    fed: dict[str, list[int]] = field(default_factory=dict)
    _cursor: str = "0"
    _count: int = 0
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def work(self) -> None:
        """Opens holds and releases them, until it is over."""
        while not self.over.is_set():
            await asyncio.sleep(PAUSE)
            free = [identifier for identifier in self.fed if identifier not in self.sent.held]
            if free:
                await self._act(self.random.choice(free))

    async def follow(self) -> None:
        """Follows the change feed for ever."""
        while True:
            await self.read_on()
            await asyncio.sleep(PAUSE)

    async def read_on(self) -> bool:
        """Reads the next page of the feed; whether it was answered, and there is no more."""
        async with self._reading:
            answer = await self.client.ask("GET", f"/sessions?after={self._cursor}&limit={PAGE}", self._headers)
            if answer.status != 200:
                return False
            page = json.loads(answer.body)
            self._cursor = page["next"]
            for session in page["sessions"]:
                self.fed.setdefault(session["identifier"], []).append(session["revision"])
            return not page["more"]

    async def _act(self, identifier: str) -> None:
        if self.random.random() < FORGOTTEN:
            await self._release(identifier, self.random.choice([HoldKind.REJECTED, HoldKind.VIOLATION]))
            return
        await self._do("POST", identifier, "")
        self.sent.held.add(identifier)
        if self.random.random() > FORGOTTEN:
            await asyncio.sleep(PAUSE)
            await self._release(identifier, HoldKind.MANUAL)
            self.sent.held.discard(identifier)

    async def _release(self, identifier: str, kind: HoldKind) -> None:
        await self._do("DELETE", identifier, f"/{kind}")

    async def _do(self, method: str, identifier: str, kind: str) -> None:
        """Until it is answered. 404 says that there is no such hold; perhaps an earlier try has released it."""
        self._count += 1
        note = f"soak {self._count}"
        said = json.dumps({"actor": "exam office", "reason": note}).encode()
        status = None
        while status not in (200, 404):
            status = (await self.client.ask(method, f"/sessions/{identifier}/holds{kind}", self._headers, said)).status
            await asyncio.sleep(0 if status in (200, 404) else 1)
        if status == 200:
            self.sent.hands.append(Hand(identifier=identifier, note=note))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json", "Authorization": f"Bearer {self.lms_key}"}
