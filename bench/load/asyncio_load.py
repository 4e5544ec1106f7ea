"""A load generator in Python alone, for machines without wrk."""

import asyncio
import time
from collections.abc import Iterator
from itertools import count

from bench.load.base import CONNECTIONS, RUN_NUMBERS, UNIQUE_NUMBER_PLACEHOLDER, LoadResult

_PERCENTS = (50, 90, 95, 99)


def send(
    requests: list[bytes], port: int, seconds: int, connections: int = CONNECTIONS
) -> LoadResult:
    """See `base.LoadGenerator`.

    It takes some CPU itself, so its ratios are milder than those of wrk.
    """
    return asyncio.run(_send(requests, port, seconds, connections))


async def _send(requests: list[bytes], port: int, seconds: int, connections: int) -> LoadResult:
    numbered_requests = _number_requests(requests, next(RUN_NUMBERS))
    counters = [_ConnectionCounter() for _ in range(connections)]
    started = time.perf_counter()
    await asyncio.gather(
        *(_send_until(numbered_requests, port, started + seconds, counter) for counter in counters)
    )
    elapsed = time.perf_counter() - started
    latencies = sorted(latency for counter in counters for latency in counter.latencies)
    return LoadResult(
        seconds=elapsed,
        sent=sum(counter.sent for counter in counters),
        answered=len(latencies),
        refused=sum(counter.refused for counter in counters),
        broken=sum(counter.broken for counter in counters),
        latencies={
            percent: 1000 * latencies[(len(latencies) - 1) * percent // 100]
            for percent in _PERCENTS
            if latencies
        },
    )


def ask(request: bytes, port: int) -> int:
    """Return the status of one request, however long it takes."""
    return asyncio.run(_ask_once(next(_number_requests([request], next(RUN_NUMBERS))), port))


async def _ask_once(request: bytes, port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        return await _read_status(reader)
    finally:
        writer.close()


class _ConnectionCounter:
    """The counts of one connection; `latencies` are the seconds until each 200."""

    def __init__(self) -> None:
        self.sent = self.refused = self.broken = 0
        self.latencies: list[float] = []


def _number_requests(requests: list[bytes], run: int) -> Iterator[bytes]:
    """Yield the requests in turn and without end, each placeholder replaced by a unique number."""
    for sent in count():
        yield requests[sent % len(requests)].replace(
            UNIQUE_NUMBER_PLACEHOLDER, b"%06d%010d" % (run, sent)
        )


async def _send_until(
    numbered_requests: Iterator[bytes], port: int, deadline: float, counter: _ConnectionCounter
) -> None:
    while time.perf_counter() < deadline:
        try:
            await _send_over_one_connection(numbered_requests, port, deadline, counter)
        except (OSError, EOFError, ValueError):
            counter.broken += 1
            await asyncio.sleep(0.05)  # a server that is down must not be flooded with calls


async def _send_over_one_connection(
    numbered_requests: Iterator[bytes], port: int, deadline: float, counter: _ConnectionCounter
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while (started := time.perf_counter()) < deadline:
            writer.write(next(numbered_requests))
            counter.sent += 1
            if await _read_status(reader) == 200:
                counter.latencies.append(time.perf_counter() - started)
            else:
                counter.refused += 1
    finally:
        writer.close()


async def _read_status(reader: asyncio.StreamReader) -> int:
    """Return the status of a complete response."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])
