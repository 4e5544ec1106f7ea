"""An LMS that only records when it answered which message: `python -m bench.fast_lms PORT`."""

import asyncio
import json
import sys
import time

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


class FastLms(asyncio.Protocol):
    """Answers 200 to every POST.

    GET returns the monotonic seconds of each message by its id, since the last GET.
    """

    answered_at: dict[str, list[float]] = {}  # noqa: RUF012  # of all connections

    def __init__(self) -> None:
        self._unread = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # that of a stream
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while request_length := _request_length(self._unread):
            head, self._unread = (
                self._unread[:request_length].lower(),
                self._unread[request_length:],
            )
            self._transport.write(
                self._take_answer_times() if head.startswith(b"get ") else self._record_answer(head)
            )

    def _take_answer_times(self) -> bytes:
        body = json.dumps(self.answered_at).encode()
        self.answered_at.clear()
        return _OK % (len(body), body)

    def _record_answer(self, head: bytes) -> bytes:
        self.answered_at.setdefault(_header_value(head, b"webhook-id").decode(), []).append(
            time.monotonic()
        )
        return _OK % (0, b"")


def _request_length(unread: bytes) -> int:
    """Return the length of the first request, 0 while it is incomplete."""
    end = unread.find(b"\r\n\r\n") + 4
    if end < 4:
        return 0
    length = end + int(_header_value(unread[:end].lower(), b"content-length") or 0)
    return length if len(unread) >= length else 0


def _header_value(head: bytes, name: bytes) -> bytes:
    return head.partition(b"\r\n" + name + b":")[2].partition(b"\r\n")[0].strip()


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(FastLms, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
