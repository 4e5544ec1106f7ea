"""Asks a server over HTTP, as a stranger would: no redirects followed, no patience without end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

import requests

from proctor_results import __version__

SECONDS = (5, 10)
PIECE, PIECES = 64 * 1024, 128


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said. Header names are found in whatever case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        where = self.headers.get("Location", "")
        return f"answers {self.status}" + (f" and points to {where}" if where else "")


@dataclass(frozen=True, kw_only=True)
class Silence:
    """There was no answer; why."""

    detail: str

    def __str__(self) -> str:
        return f"does not answer: {self.detail}"


def ask(url: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer | Silence:
    """One request, without a body."""
    said = {"User-Agent": f"Proctor-Results/{__version__} doctor", **(headers or {})}
    try:
        with requests.request(
            method, url, headers=said, auth=_as_it_is, timeout=SECONDS, allow_redirects=False, stream=True
        ) as response:
            body = b"".join(islice(response.iter_content(PIECE), PIECES))
            return Answer(status=response.status_code, headers=response.headers, body=body)
    except (requests.RequestException, ValueError) as failure:
        return Silence(detail=_cause(failure))


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps a password of ~/.netrc from taking the place of our key."""
    return request


def _cause(failure: BaseException) -> str:
    """The first cause in its own words: those on the way quote whole addresses."""
    while failure.__context__:
        failure = failure.__context__
    verdict = getattr(failure, "verify_message", None) or getattr(failure, "strerror", None)
    return str(verdict or type(failure).__name__)
