"""An LMS with faults: it records every message and answers in the current response mode."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from standardwebhooks import Webhook, WebhookVerificationError

from bench.reconciliation.data import ReceivedMessage
from bench.soak.response_modes import RESPOND_OK, ResponseMode
from demo.environment import HOST
from proctor_results.sessions.enums import HoldKind, Topic

_CONNECTION_ERRORS = (OSError, EOFError, ValueError)
"""The errors of a caller that goes away in the middle."""


@dataclass(kw_only=True)
class FaultyLms:
    """An LMS that answers as its response mode says; `received` has the messages in order."""

    secret: str
    received: list[ReceivedMessage] = field(default_factory=list)
    response_mode: ResponseMode = RESPOND_OK
    _holds: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, port: int) -> None:
        """Listen at this port."""
        await self.close()
        self._server = await asyncio.start_server(self._accept, HOST, port, backlog=1000)

    async def close(self) -> None:
        """Stop listening and close all connections."""
        if self._server:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def disconnected_at_revision(self, identifier: str) -> int:
        """Return the revision at which the LMS holds the exam as disconnected, or 0."""
        revision, holds = self._holds.get(identifier, (0, frozenset()))
        return revision if HoldKind.DISCONNECTED in holds else 0

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request_line, headers, body = await _read_request(reader)
                response_mode = self.response_mode
                self._record(request_line, headers, body, accepted=response_mode.accepts_message)
                await response_mode.respond(reader, writer)
        except _CONNECTION_ERRORS:
            pass
        finally:
            writer.transport.abort()

    def _record(
        self, request_line: str, headers: Mapping[str, str], body: bytes, *, accepted: bool
    ) -> None:
        signature_valid = request_line.startswith("POST /hook ") and self._is_signed(headers, body)
        message = ReceivedMessage(
            headers.get("webhook-id", request_line),
            body,
            signature_valid=signature_valid,
            was_accepted=accepted,
        )
        self.received.append(message)
        if signature_valid and accepted and message.subject[1] is Topic.LOCK:
            self._record_holds(message)

    def _record_holds(self, message: ReceivedMessage) -> None:
        identifier = message.subject[0]
        if message.revision >= self._holds.get(identifier, (0, frozenset()))[0]:
            self._holds[identifier] = (
                message.revision,
                frozenset(hold["kind"] for hold in message.data["holds"]),
            )

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        with suppress(
            WebhookVerificationError, ValueError
        ):  # ValueError: the package leaks it on malformed headers
            Webhook(self.secret).verify(body, dict(headers), json_parse=False)
            return True
        return False


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    request_line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)
    }
    return request_line, headers, await reader.readexactly(int(headers.get("content-length", "0")))
