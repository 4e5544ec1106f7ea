"""The ways in which an LMS answers, or does not."""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Answering = Callable[[StreamReader, StreamWriter], Awaitable[None]]

_LARGE = 10 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Mood:
    """How it answers; `taken` if it takes in what it was told, whether the caller hears so or not."""

    answer: Answering
    taken: bool


def _says(status: str, *headers: str) -> Answering:
    said = "\r\n".join((f"HTTP/1.1 {status}", "Content-Length: 0", *headers, "", "")).encode()

    async def answer(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    return answer


async def _drip(reader: StreamReader, writer: StreamWriter) -> None:
    """A byte at a time, and never the end of it."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while not reader.at_eof():
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _hang(reader: StreamReader, _: StreamWriter) -> None:
    """Until the caller hangs up."""
    await reader.read()


async def _reset(_: StreamReader, writer: StreamWriter) -> None:
    """Closes with RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError


async def _flood(_: StreamReader, writer: StreamWriter) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {_LARGE}\r\n\r\n".encode())
    for _part in range(_LARGE // 65536):
        writer.write(b"." * 65536)
        await writer.drain()


async def _be_late(reader: StreamReader, writer: StreamWriter) -> None:
    await asyncio.sleep(2)
    await _says("200 OK")(reader, writer)


WELL = Mood(answer=_says("200 OK"), taken=True)

MOODS: Mapping[str, Mood] = {
    "drips": Mood(answer=_drip, taken=True),
    "hangs": Mood(answer=_hang, taken=False),
    "resets": Mood(answer=_reset, taken=True),
    "redirects": Mood(answer=_says("302 Found", "Location: /elsewhere"), taken=False),
    "fails": Mood(answer=_says("500 Internal Server Error"), taken=False),
    "floods": Mood(answer=_flood, taken=True),
    "is late": Mood(answer=_be_late, taken=True),
    "is busy": Mood(answer=_says("429 Too Many Requests", "Retry-After: 2"), taken=False),
}
