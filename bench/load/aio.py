"""Load from Python alone, for machines without wrk."""

import asyncio
import time
from collections.abc import Iterator
from itertools import count

from bench.load.plan import CONNECTIONS, MARK, RUNS, Run

_PERCENTS = (50, 90, 95, 99)


def send(requests: list[bytes], port: int, seconds: int, connections: int = CONNECTIONS) -> Run:
    """See `plan.Load`. It takes some CPU itself, so that ratios are milder than those by wrk."""
    return asyncio.run(_send(requests, port, seconds, connections))


async def _send(requests: list[bytes], port: int, seconds: int, connections: int) -> Run:
    sending = _numbered(requests, next(RUNS))
    tallies = [_Tally() for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(_keep_asking(sending, port, began + seconds, tally) for tally in tallies))
    took = time.perf_counter() - began
    waits = sorted(wait for tally in tallies for wait in tally.waits)
    return Run(
        seconds=took,
        sent=sum(tally.sent for tally in tallies),
        answered=len(waits),
        refused=sum(tally.refused for tally in tallies),
        broken=sum(tally.broken for tally in tallies),
        latencies={percent: 1000 * waits[(len(waits) - 1) * percent // 100] for percent in _PERCENTS if waits},
    )


def ask(request: bytes, port: int) -> int:
    """The status that one request is answered with, however long that takes."""
    return asyncio.run(_ask(next(_numbered([request], next(RUNS))), port))


async def _ask(request: bytes, port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        return await _status(reader)
    finally:
        writer.close()


class _Tally:
    """What one connection has seen; `waits` are the seconds until each answer with 200."""

    def __init__(self) -> None:
        self.sent = self.refused = self.broken = 0
        self.waits: list[float] = []


def _numbered(requests: list[bytes], run: int) -> Iterator[bytes]:
    """In turn and without end, each mark replaced by a number of its own."""
    for sent in count():
        yield requests[sent % len(requests)].replace(MARK, b"%06d%010d" % (run, sent))


async def _keep_asking(sending: Iterator[bytes], port: int, until: float, tally: _Tally) -> None:
    while time.perf_counter() < until:
        try:
            await _over_one_connection(sending, port, until, tally)
        except (OSError, EOFError, ValueError):
            tally.broken += 1
            await asyncio.sleep(0.05)  # a server that is down must not be flooded with calls


async def _over_one_connection(sending: Iterator[bytes], port: int, until: float, tally: _Tally) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while (began := time.perf_counter()) < until:
            writer.write(next(sending))
            tally.sent += 1
            if await _status(reader) == 200:
                tally.waits.append(time.perf_counter() - began)
            else:
                tally.refused += 1
    finally:
        writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    """The status of a whole answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])
