"""The ways in which an LMS answers, or does not answer."""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

RespondFunction = Callable[[StreamReader, StreamWriter], Awaitable[None]]

_LARGE_BODY_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ResponseMode:
    """One way to answer; `accepts_message` if the LMS processes the message."""

    respond: RespondFunction
    accepts_message: bool


def _respond_with(status: str, *headers: str) -> RespondFunction:
    response = "\r\n".join((f"HTTP/1.1 {status}", "Content-Length: 0", *headers, "", "")).encode()

    async def write_response(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(response)
        await writer.drain()

    return write_response


async def _respond_slowly(reader: StreamReader, writer: StreamWriter) -> None:
    """Send a byte at a time, and never the end."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while not reader.at_eof():
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _never_respond(reader: StreamReader, _: StreamWriter) -> None:
    """Wait until the caller closes the connection."""
    await reader.read()


async def _reset_connection(_: StreamReader, writer: StreamWriter) -> None:
    """Close with RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    raise ConnectionResetError


async def _respond_with_large_body(_: StreamReader, writer: StreamWriter) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {_LARGE_BODY_BYTES}\r\n\r\n".encode())
    for _part in range(_LARGE_BODY_BYTES // 65536):
        writer.write(b"." * 65536)
        await writer.drain()


async def _respond_late(reader: StreamReader, writer: StreamWriter) -> None:
    await asyncio.sleep(2)
    await _respond_with("200 OK")(reader, writer)


RESPOND_OK = ResponseMode(respond=_respond_with("200 OK"), accepts_message=True)

RESPONSE_MODES: Mapping[str, ResponseMode] = {
    "drips": ResponseMode(respond=_respond_slowly, accepts_message=True),
    "hangs": ResponseMode(respond=_never_respond, accepts_message=False),
    "resets": ResponseMode(respond=_reset_connection, accepts_message=True),
    "redirects": ResponseMode(
        respond=_respond_with("302 Found", "Location: /elsewhere"), accepts_message=False
    ),
    "fails": ResponseMode(
        respond=_respond_with("500 Internal Server Error"), accepts_message=False
    ),
    "floods": ResponseMode(respond=_respond_with_large_body, accepts_message=True),
    "is late": ResponseMode(respond=_respond_late, accepts_message=True),
    "is busy": ResponseMode(
        respond=_respond_with("429 Too Many Requests", "Retry-After: 2"), accepts_message=False
    ),
}
