"""A small HTTP client for many requests at once over kept connections, as a proxy has them."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

IDLE_SECONDS = 3
"""The service closes connections that are idle for 5 s; a request on such a one would be lost."""

MAX_CONCURRENT_REQUESTS = 200

_CONNECTION_ERRORS = (OSError, EOFError, TimeoutError, ValueError, IndexError)
"""The errors of a connection that breaks, or of a server that is killed."""


@dataclass(frozen=True, kw_only=True)
class Response:
    """Without a status no response came. Times are of the monotonic clock."""

    status: int | None
    body: bytes = b""
    sent: float
    ended: float


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(kw_only=True)
class SoakClient:
    """A client of one server; `timeout` is for the whole of a request, in seconds."""

    host: str
    port: int
    timeout: float = 20
    _idle: list[tuple[float, Streams]] = field(default_factory=list)
    _request_slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
    )

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Send a request. Network errors are a Response without status."""
        async with self._request_slots:
            sent = time.monotonic()
            try:
                async with asyncio.timeout(self.timeout):
                    status, response_body = await self._exchange(
                        _encode_request(method, path, headers, body)
                    )
            except _CONNECTION_ERRORS:
                return Response(status=None, sent=sent, ended=time.monotonic())
            return Response(status=status, body=response_body, sent=sent, ended=time.monotonic())

    def close(self) -> None:
        """Close all connections."""
        for _, (_, writer) in self._idle:
            writer.close()
        self._idle.clear()

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        reader, writer = await self._open_connection()
        try:
            writer.write(request)
            status, body, keep_alive = await _read_response(reader)
        except BaseException:
            writer.transport.abort()
            raise
        if keep_alive:
            self._idle.append((time.monotonic(), (reader, writer)))
        else:
            writer.close()
        return status, body

    async def _open_connection(self) -> Streams:
        while self._idle:
            idle_since, (reader, writer) = self._idle.pop()
            if time.monotonic() - idle_since < IDLE_SECONDS and not reader.at_eof():
                return reader, writer
            with suppress(OSError):
                writer.close()
        return await asyncio.open_connection(self.host, self.port)


def _encode_request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: soak", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode() + body


async def _read_response(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(first.split(" ")[1]), body, headers.get("connection") != "close"
