"""Sends HTTP requests to a deployment, with timeouts and without following redirects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

import requests

from proctor_results import __version__

CHUNK_BYTES, MAX_CHUNKS = 64 * 1024, 128


@dataclass(frozen=True, kw_only=True)
class ProbeResponse:
    """The answer of a server. Header names are case insensitive."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        location = self.headers.get("Location", "")
        return f"answers {self.status}" + (f" and points to {location}" if location else "")


@dataclass(frozen=True, kw_only=True)
class NoResponse:
    """No answer was received; `detail` says why."""

    detail: str

    def __str__(self) -> str:
        return f"does not answer: {self.detail}"


def probe(
    url: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> ProbeResponse | NoResponse:
    """Send one request without a body."""
    all_headers = {"User-Agent": f"Proctor-Results/{__version__} doctor", **(headers or {})}
    try:
        with requests.request(
            method,
            url,
            headers=all_headers,
            auth=_no_auth,
            timeout=(5, 10),  # seconds to connect, and to read
            allow_redirects=False,
            stream=True,
        ) as response:
            body = b"".join(islice(response.iter_content(CHUNK_BYTES), MAX_CHUNKS))
            return ProbeResponse(status=response.status_code, headers=response.headers, body=body)
    except (requests.RequestException, ValueError) as error:
        return NoResponse(detail=_root_cause(error))


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from replacing our key by a password of ~/.netrc."""
    return request


def _root_cause(error: BaseException) -> str:
    """Return the first cause; the exceptions around it quote whole URLs."""
    while error.__context__:
        error = error.__context__
    reason = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return str(reason or type(error).__name__)
