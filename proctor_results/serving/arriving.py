"""Tells from its bytes alone whether a request has arrived whole.

What the bytes mean is for gunicorn's parser to say, and so is what may be wrong with them: whatever looks odd counts as
whole, and is refused there.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass

MOST_HEAD = 64 * 1024
MOST_BODY = 256 * 1024 + 1
"""One byte more than anybody here reads: enough to tell that a body is too large, and the rest stays outside."""

MOST_CHUNKED = 2 * MOST_BODY
"""What a chunked body may take with its framing."""


class TooLarge(Exception):  # noqa: N818  # it reads as what it is
    """More than any request needs; `status` is how to answer it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answer it with {status}")
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Where a request ends. A `cut` one would go on, and nobody wants to see how."""

    end: int
    cut: bool = False


class Arrival:
    """The bytes of one connection that no thread has been given yet."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._begin()

    def add(self, data: bytes) -> Extent | None:
        """Takes in what has come; where the request ends, once it is whole. Raises TooLarge."""
        self.data += data
        try:
            next(self._scan)
        except StopIteration as done:
            extent: Extent = done.value
            return extent
        return None

    def take(self, extent: Extent) -> bytes:
        """The request. What came after it is the beginning of the next one."""
        request = bytes(self.data[: extent.end])
        del self.data[: extent.end]
        self._begin()
        return request

    def _begin(self) -> None:
        self.expects = False  # a client that expects to be told so before it sends its body
        self._scan = self._request()

    def _request(self) -> Generator[None, None, Extent]:
        """Yields whenever it needs more bytes."""
        start = yield from self._head()
        if start is None:
            return Extent(end=len(self.data))
        head = bytes(self.data[:start]).lower()
        lengths, chunked = _LENGTH.findall(head), _CHUNKED.search(head)
        if len(lengths) + bool(chunked) != 1:  # none: no body. More: a trick
            return Extent(end=start)
        self.expects = b" http/1.1\r\n" in head and bool(_EXPECT.search(head))
        body = self._counted(start, int(lengths[0])) if lengths else self._chunked(start)
        return (yield from body)

    def _head(self) -> Generator[None, None, int | None]:
        """Where the body begins; None for a head that can have no end."""
        searched = 0
        while (end := self.data.find(b"\r\n\r\n", searched)) < 0:
            if _BARE_LINE_FEED.search(self.data, searched):
                return None
            if len(self.data) > MOST_HEAD:
                raise TooLarge(431)
            searched = max(0, len(self.data) - 3)
            yield
        return end + 4

    def _counted(self, start: int, length: int) -> Generator[None, None, Extent]:
        end = start + min(length, MOST_BODY)
        while len(self.data) < end:
            yield
        return Extent(end=end, cut=length > MOST_BODY)

    def _chunked(self, start: int) -> Generator[None, None, Extent]:
        place, left = start, MOST_BODY
        while True:
            begin = yield from self._line(place, start)
            size = _CHUNK_SIZE.fullmatch(bytes(self.data[place:begin]))
            length = int(size[1], 16) if size else 0
            if length == 0:
                return Extent(end=(yield from self._trailers(begin, start)) if size else begin)
            cut = length > left
            place = begin + (left if cut else length + 2)
            while len(self.data) < place:
                yield
            if cut:
                return Extent(end=place, cut=True)
            left -= length

    def _trailers(self, place: int, start: int) -> Generator[None, None, int]:
        end = yield from self._line(place, start)
        while end > place + 2:
            place, end = end, (yield from self._line(end, start))
        return end

    def _line(self, place: int, start: int) -> Generator[None, None, int]:
        """Where the line ends that begins at that place, in a body that begins at `start`."""
        searched = place
        while (end := self.data.find(b"\r\n", searched)) < 0:
            if len(self.data) - start > MOST_CHUNKED:
                raise TooLarge(413)
            searched = max(place, len(self.data) - 1)
            yield
        if end - start > MOST_CHUNKED:
            raise TooLarge(413)
        return end + 2


# Of a head in small letters: to look for letters of either size would take five times as long.
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?=\r\n)")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*\bchunked[ \t]*\r\n")
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_CHUNK_SIZE = re.compile(rb"([0-9a-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n", re.IGNORECASE)
