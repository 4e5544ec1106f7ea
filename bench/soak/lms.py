"""An LMS that stumbles: it notes every message that reaches it, and then answers as its mood is."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from standardwebhooks import Webhook, WebhookVerificationError

from bench.reconciliation.sides import Heard
from bench.soak.moods import WELL, Mood
from proctor_results.domain.words import HoldKind, Topic
from proctor_results.sandbox.demo.premises import HOST

_CUT_OFF = (OSError, EOFError, ValueError)
"""What a caller that goes away in the middle of a word looks like."""


@dataclass(kw_only=True)
class Lms:
    """`told` is what reached it, in order; `mood` is how it answers."""

    secret: str
    told: list[Heard] = field(default_factory=list)
    mood: Mood = WELL
    _holds: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _calls: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, port: int) -> None:
        """Can be reached from now on, at this port and no other."""
        await self.close()
        self._server = await asyncio.start_server(self._called, HOST, port, backlog=1000)

    async def close(self) -> None:
        """Cannot be reached, and hangs up."""
        if self._server:
            self._server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def cut_off_at(self, identifier: str) -> int:
        """The revision at which it holds that exam as locked for silence, or 0."""
        revision, holds = self._holds.get(identifier, (0, frozenset()))
        return revision if HoldKind.DISCONNECTED in holds else 0

    def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.create_task(self._serve(reader, writer))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                first, headers, body = await _request(reader)
                mood = self.mood
                self._note(first, headers, body, taken=mood.taken)
                await mood.answer(reader, writer)
        except _CUT_OFF:
            pass
        finally:
            writer.transport.abort()

    def _note(self, first: str, headers: Mapping[str, str], body: bytes, *, taken: bool) -> None:
        genuine = first.startswith("POST /hook ") and self._is_signed(headers, body)
        heard = Heard(headers.get("webhook-id", first), body, genuine=genuine, taken=taken)
        self.told.append(heard)
        if genuine and taken and heard.about[1] is Topic.LOCK:
            self._keep_holds(heard)

    def _keep_holds(self, heard: Heard) -> None:
        identifier = heard.about[0]
        if heard.revision >= self._holds.get(identifier, (0, frozenset()))[0]:
            self._holds[identifier] = heard.revision, frozenset(hold["kind"] for hold in heard.data["holds"])

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        with suppress(WebhookVerificationError, ValueError):  # ValueError: the package leaks it on malformed headers
            Webhook(self.secret).verify(body, dict(headers), json_parse=False)
            return True
        return False


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)}
    return first, headers, await reader.readexactly(int(headers.get("content-length", "0")))
