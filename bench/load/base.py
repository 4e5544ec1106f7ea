"""Requests for a load, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Protocol

UNIQUE_NUMBER_PLACEHOLDER = b"@" * 16
"""Marks in a prepared request the place of a number that no other request has."""

CONNECTIONS = 16

RUN_NUMBERS = count(1)
"""Numbers the runs of this process."""


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """The result of a run: requests `sent`, and `answered` with 200.

    `refused` were answered otherwise, `broken` not at all; the rest was cut off by the end.
    Latencies are milliseconds by percentile.
    """

    seconds: float
    sent: int
    answered: int
    refused: int
    broken: int
    latencies: Mapping[int, float]

    @property
    def rate(self) -> float:
        """Responses with 200 a second."""
        return self.answered / self.seconds

    @property
    def faults(self) -> tuple[str, ...]:
        """Reasons why the run proves nothing."""
        counts = {"not answered with 200": self.refused, "not answered at all": self.broken}
        return tuple(
            f"{number} requests were {description}"
            for description, number in counts.items()
            if number
        )


class LoadGenerator(Protocol):
    """Sends the requests in turn, as fast as they are answered on that many connections."""

    def __call__(
        self, requests: list[bytes], port: int, seconds: int, connections: int = CONNECTIONS
    ) -> LoadResult: ...


def build_request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
