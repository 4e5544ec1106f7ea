"""What is sent, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Protocol

UNIQUE_NUMBER_PLACEHOLDER = b"@" * 16
"""Stands in a prepared request where a number comes that no other request of the whole bench has.
"""

CONNECTIONS = 16

RUN_NUMBERS = count(1)
"""Numbers the runs of this process."""


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """What came of a run: `answered` are those with 200; what was `sent` beyond was cut off by the
    end, or has failed.

    `refused` were answered otherwise, `broken` not at all. Latencies are milliseconds by
    percentile.
    """

    seconds: float
    sent: int
    answered: int
    refused: int
    broken: int
    latencies: Mapping[int, float]

    @property
    def rate(self) -> float:
        """Answers with 200 a second."""
        return self.answered / self.seconds

    @property
    def faults(self) -> tuple[str, ...]:
        """What makes the run worthless."""
        counts = {"not answered with 200": self.refused, "not answered at all": self.broken}
        return tuple(
            f"{number} requests were {description}"
            for description, number in counts.items()
            if number
        )


class LoadGenerator(Protocol):
    """Send the requests in turn, repeatedly, as fast as they are answered on all connections."""

    def __call__(
        self, requests: list[bytes], port: int, seconds: int, connections: int = CONNECTIONS
    ) -> LoadResult: ...


def build_request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A whole request, ready for the wire."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
