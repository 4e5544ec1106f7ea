"""Finds where a request ends, from its bytes alone.

gunicorn's parser decides what the bytes mean and what is wrong with them: whatever looks odd counts
as complete, and the parser refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 256 * 1024 + 1
"""One byte more than the service reads: enough to know that a body is too large."""

MAX_CHUNKED_BYTES = 2 * MAX_BODY_BYTES
"""The size of a chunked body with its framing."""


class RequestTooLarge(Exception):  # noqa: N818  # it reads as what it is
    """A request larger than any that the service needs; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answer it with {status}")
        self.status = status


@dataclass(frozen=True, kw_only=True)
class RequestBoundary:
    """The end of a request. The rest of a `truncated` one is not read."""

    end: int
    truncated: bool = False


class RequestBuffer:
    """The bytes of one connection that no thread has taken yet."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._reset()

    def add(self, data: bytes) -> RequestBoundary | None:
        """Append bytes, and return the boundary once the request is complete.

        Raises RequestTooLarge.
        """
        self.data += data
        try:
            next(self._scanner)
        except StopIteration as stop:
            boundary: RequestBoundary = stop.value
            return boundary
        return None

    def pop_request(self, boundary: RequestBoundary) -> bytes:
        """Remove and return the request. Bytes behind it begin the next one."""
        request = bytes(self.data[: boundary.end])
        del self.data[: boundary.end]
        self._reset()
        return request

    def _reset(self) -> None:
        self.expects_continue = (
            False  # a client that waits for "100 Continue" before it sends its body
        )
        self._scanner = self._scan_request()

    def _scan_request(self) -> Generator[None, None, RequestBoundary]:
        """Yield whenever more bytes are needed."""
        start = yield from self._scan_head()
        if start is None:
            return RequestBoundary(end=len(self.data))
        head = bytes(self.data[:start]).lower()
        lengths, chunked = _LENGTH.findall(head), _CHUNKED.search(head)
        if len(lengths) + bool(chunked) != 1:  # none: no body. More: a trick
            return RequestBoundary(end=start)
        self.expects_continue = b" http/1.1\r\n" in head and bool(_EXPECT.search(head))
        body = (
            self._scan_sized_body(start, int(lengths[0]))
            if lengths
            else self._scan_chunked_body(start)
        )
        return (yield from body)

    def _scan_head(self) -> Generator[None, None, int | None]:
        """Return where the body begins, or None for a head that can have no end."""
        search_from = 0
        while (end := self.data.find(b"\r\n\r\n", search_from)) < 0:
            if _BARE_LINE_FEED.search(self.data, search_from):
                return None
            if len(self.data) > MAX_HEAD_BYTES:
                raise RequestTooLarge(431)
            search_from = max(0, len(self.data) - 3)
            yield
        return end + 4

    def _scan_sized_body(self, start: int, length: int) -> Generator[None, None, RequestBoundary]:
        end = start + min(length, MAX_BODY_BYTES)
        while len(self.data) < end:
            yield
        return RequestBoundary(end=end, truncated=length > MAX_BODY_BYTES)

    def _scan_chunked_body(self, start: int) -> Generator[None, None, RequestBoundary]:
        offset, remaining = start, MAX_BODY_BYTES
        while True:
            data_start = yield from self._scan_line(offset, start)
            size_line = _CHUNK_SIZE.fullmatch(bytes(self.data[offset:data_start]))
            length = int(size_line[1], 16) if size_line else 0
            if length == 0:
                return RequestBoundary(
                    end=(yield from self._scan_trailers(data_start, start))
                    if size_line
                    else data_start
                )
            truncated = length > remaining
            offset = data_start + (remaining if truncated else length + 2)
            while len(self.data) < offset:
                yield
            if truncated:
                return RequestBoundary(end=offset, truncated=True)
            remaining -= length

    def _scan_trailers(self, offset: int, start: int) -> Generator[None, None, int]:
        end = yield from self._scan_line(offset, start)
        while end > offset + 2:
            offset, end = end, (yield from self._scan_line(end, start))
        return end

    def _scan_line(self, offset: int, start: int) -> Generator[None, None, int]:
        """Return the end of the line that begins at `offset`, in a body that begins at `start`."""
        search_from = offset
        while (end := self.data.find(b"\r\n", search_from)) < 0:
            if len(self.data) - start > MAX_CHUNKED_BYTES:
                raise RequestTooLarge(413)
            search_from = max(offset, len(self.data) - 1)
            yield
        if end - start > MAX_CHUNKED_BYTES:
            raise RequestTooLarge(413)
        return end + 2


# Of a head in small letters: to look for letters of either size would take five times as long.
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?=\r\n)")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*\bchunked[ \t]*\r\n")
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_CHUNK_SIZE = re.compile(rb"([0-9a-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n", re.IGNORECASE)
