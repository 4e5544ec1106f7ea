"""The exam office: opens manual holds, releases them, and follows the change feed."""

import asyncio
import json
from dataclasses import dataclass, field
from random import Random

from bench.reconciliation.data import ManualChange, SentData
from bench.soak.client import SoakClient
from proctor_results.sessions.enums import HoldKind

PAUSE_SECONDS = 0.5
PAGE_SIZE = 200
NEVER_RELEASED_PROBABILITY = 0.2
"""The share of manual holds that are never released."""


@dataclass(kw_only=True)
class ExamOffice:
    """`feed_revisions` has the revisions of each session as the change feed gave them."""

    client: SoakClient
    lms_key: str
    random: Random
    sent: SentData
    stopping: asyncio.Event
    feed_revisions: dict[str, list[int]] = field(default_factory=dict)
    _cursor: str = "0"
    _count: int = 0
    _feed_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def place_holds(self) -> None:
        """Open and release holds until the end."""
        while not self.stopping.is_set():
            await asyncio.sleep(PAUSE_SECONDS)
            unheld = [
                identifier
                for identifier in self.feed_revisions
                if identifier not in self.sent.manually_held
            ]
            if unheld:
                await self._change_hold(self.random.choice(unheld))

    async def follow_feed(self) -> None:
        """Follow the change feed without end."""
        while True:
            await self.read_next_page()
            await asyncio.sleep(PAUSE_SECONDS)

    async def read_next_page(self) -> bool:
        """Read the next page of the feed. Return whether it was answered and is the last."""
        async with self._feed_lock:
            response = await self.client.request(
                "GET", f"/sessions?after={self._cursor}&limit={PAGE_SIZE}", self._headers
            )
            if response.status != 200:
                return False
            page = json.loads(response.body)
            self._cursor = page["next"]
            for session in page["sessions"]:
                self.feed_revisions.setdefault(session["identifier"], []).append(
                    session["revision"]
                )
            return not page["more"]

    async def _change_hold(self, identifier: str) -> None:
        if self.random.random() < NEVER_RELEASED_PROBABILITY:
            await self._release(
                identifier, self.random.choice([HoldKind.REJECTED, HoldKind.VIOLATION])
            )
            return
        await self._send_change("POST", identifier, "")
        self.sent.manually_held.add(identifier)
        if self.random.random() > NEVER_RELEASED_PROBABILITY:
            await asyncio.sleep(PAUSE_SECONDS)
            await self._release(identifier, HoldKind.MANUAL)
            self.sent.manually_held.discard(identifier)

    async def _release(self, identifier: str, kind: HoldKind) -> None:
        await self._send_change("DELETE", identifier, f"/{kind}")

    async def _send_change(self, method: str, identifier: str, kind: str) -> None:
        """Send until it is answered. 404 means that an earlier try has released the hold."""
        self._count += 1
        note = f"soak {self._count}"
        payload = json.dumps({"actor": "exam office", "reason": note}).encode()
        status = None
        while status not in (200, 404):
            status = (
                await self.client.request(
                    method, f"/sessions/{identifier}/holds{kind}", self._headers, payload
                )
            ).status
            await asyncio.sleep(0 if status in (200, 404) else 1)
        if status == 200:
            self.sent.manual_changes.append(ManualChange(identifier=identifier, note=note))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json", "Authorization": f"Bearer {self.lms_key}"}
