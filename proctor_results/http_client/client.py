"""Calls to other systems, with one deadline, public addresses only, and bounded responses."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from string import punctuation
from urllib.parse import quote

from requests import PreparedRequest, Request, RequestException, Response
from urllib3.exceptions import HTTPError

from proctor_results import __version__
from proctor_results.http_client.adapter import PublicAddressAdapter
from proctor_results.http_client.public_connect import (
    CallError,
    CallErrorKind,
    Deadline,
    PublicAddressConnector,
    Resolver,
    resolve,
)
from proctor_results.logs import request_id

CALL_SECONDS = 15.0
BODY_BYTES = 8192


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """A complete response; its body is cut at `BODY_BYTES`. `retry_after` is the header."""

    status: int
    body: bytes = b""
    retry_after: str | None = None


class HttpClient:
    """Calls from any number of threads; each keeps its own connections, one per host.

    `seconds` bounds a whole call, from the resolving of the name to the last byte of the response.
    `ca_bundle` is a file or directory of certificates to trust instead of the public ones.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        seconds: float = CALL_SECONDS,
        ca_bundle: str | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._seconds = seconds
        self._verify = ca_bundle or True
        self._thread_state = _ThreadState(allow_private, resolver)

    def call(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> HttpResponse | CallError:
        """Send one request; return the error where there is no complete response in time."""
        self._thread_state.deadline.start(self._seconds)
        try:
            return self._send(_prepare_request(method, url, body, headers))
        except CallError as error:
            return error
        except (RequestException, HTTPError) as error:
            return self._failure(error)

    def _send(self, request: PreparedRequest) -> HttpResponse:
        """Use the adapter: a session adds cookies, netrc and proxies, and reads redirects."""
        with self._thread_state.adapter.send(
            request, timeout=self._seconds, verify=self._verify
        ) as response:
            return HttpResponse(
                status=response.status_code,
                body=_start_of_body(response),
                retry_after=response.headers.get("Retry-After"),
            )

    def _failure(self, error: BaseException) -> CallError:
        """Name the root cause only: other messages quote the address, which may hold a secret."""
        if self._thread_state.deadline.has_passed:
            detail = f"no complete response within {self._seconds:g} s"
            return CallError(CallErrorKind.TIMED_OUT, detail)
        while error.__context__:
            error = error.__context__
        reason = getattr(error, "strerror", None) or type(error).__name__
        return CallError(CallErrorKind.INCOMPLETE_RESPONSE, f"no complete response: {reason}")


def header_safe(text: str) -> str:
    """Percent-encode all but visible ASCII, which is all that a header takes."""
    return quote(text, safe=punctuation.replace("%", ""), errors="surrogatepass")


class _ThreadState(threading.local):
    """The state of one thread between its calls; created anew in every thread that uses it."""

    def __init__(self, allow_private: bool, resolver: Resolver) -> None:
        self.deadline = Deadline()
        connector = PublicAddressConnector(
            deadline=self.deadline, allow_private=allow_private, resolver=resolver
        )
        self.adapter = PublicAddressAdapter(connector)


def _prepare_request(
    method: str, url: str, body: bytes, headers: Mapping[str, str]
) -> PreparedRequest:
    if not url.lower().startswith(("http://", "https://")):
        message = "the address does not begin with https:// or http://"
        raise CallError(CallErrorKind.INVALID_URL, message)
    try:
        all_headers = {**_DEFAULT_HEADERS, **_trace_headers(), **headers}
        return Request(method, url, headers=all_headers, data=body).prepare()
    except ValueError as error:  # what requests raises for all that it cannot send
        message = f"the address cannot be called ({type(error).__name__})"
        raise CallError(CallErrorKind.INVALID_URL, message) from None


_DEFAULT_HEADERS = {
    "User-Agent": f"Proctor-Results/{__version__}",
    # Nothing is unpacked, so no response can be a compression bomb.
    "Accept-Encoding": "identity",
}


def _trace_headers() -> dict[str, str]:
    current = request_id.current()
    return {request_id.HEADER: current} if current else {}


def _start_of_body(response: Response) -> bytes:
    """Read at most `BODY_BYTES`; the end of the `with` above closes a longer response unread."""
    body = b""
    while len(body) < BODY_BYTES and (
        chunk := response.raw.read(BODY_BYTES - len(body), decode_content=False)
    ):
        body += chunk
    return body
