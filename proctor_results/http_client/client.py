"""The one way in which a message leaves this house: a call that cannot hang, be led astray or be flooded."""

import threading
from collections.abc import Mapping
from datetime import datetime
from string import punctuation
from urllib.parse import quote

from requests import PreparedRequest, Request, RequestException, Response
from urllib3.exceptions import HTTPError

from proctor_results import __version__
from proctor_results.deliveries.targets.base import CALL_TIMEOUT, PushResult, Unreachable
from proctor_results.deliveries.targets.responses import HttpResponse, classify_response
from proctor_results.http_client.adapter import PublicAddressAdapter
from proctor_results.http_client.deadline import Deadline
from proctor_results.http_client.public_connect import (
    ConnectError,
    PublicAddressConnector,
    Resolver,
    resolve,
)
from proctor_results.logs import request_id

BODY_BYTES = 8192


class HttpClient:
    """Calls from any number of threads; each keeps its own connections, one per target, for its next call.

    `seconds` is the limit of a whole call, from the look-up of the name to the last byte that is read.
    `ca_bundle` is a file or directory of certificates to trust instead of the public ones.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        seconds: float = CALL_TIMEOUT.total_seconds(),
        ca_bundle: str | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._seconds = seconds
        self._verify = ca_bundle or True
        self._thread_state = _ThreadState(allow_private, resolver)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], now: datetime) -> PushResult:
        """As `call`, by the method that messages mostly go by."""
        return self.call("POST", url, body, headers, now)

    def call(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> PushResult:
        """What became of the message. An answer that is not whole within the limit is none, whatever its status."""
        self._thread_state.deadline.start(self._seconds)
        try:
            response = self._send(_request(method, url, body, headers))
        except ConnectError as error:
            return Unreachable(detail=str(error))
        except (RequestException, HTTPError) as error:
            return Unreachable(detail=self._reason(error))
        return classify_response(response, now)

    def _send(self, request: PreparedRequest) -> HttpResponse:
        """Straight by the adapter: a session adds cookies, netrc and proxies, and reads a redirect's whole body."""
        with self._thread_state.adapter.send(
            request, timeout=self._seconds, verify=self._verify
        ) as response:
            return HttpResponse(
                status=response.status_code,
                body=_start_of_body(response),
                retry_after=response.headers.get("Retry-After"),
            )

    def _reason(self, error: BaseException) -> str:
        """Names the first cause, not the messages on the way: those quote the address, which may hold a secret."""
        if self._thread_state.deadline.has_passed:
            return f"no complete response within {self._seconds:g} s"
        while error.__context__:
            error = error.__context__
        return f"no complete response: {getattr(error, 'strerror', None) or type(error).__name__}"


def header_safe(text: str) -> str:
    """The text with all but visible ASCII percent-encoded: a header takes no more."""
    return quote(text, safe=punctuation.replace("%", ""), errors="surrogatepass")


class _ThreadState(threading.local):
    """What a thread keeps between its calls; built again in every thread that looks at it."""

    def __init__(self, allow_private: bool, resolver: Resolver) -> None:
        self.deadline = Deadline()
        connector = PublicAddressConnector(
            deadline=self.deadline, allow_private=allow_private, resolver=resolver
        )
        self.adapter = PublicAddressAdapter(connector)


def _request(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> PreparedRequest:
    if not url.lower().startswith(("http://", "https://")):
        raise ConnectError("the address does not begin with https:// or http://")
    try:
        return Request(
            method, url, headers={**_DEFAULT_HEADERS, **_trace_headers(), **headers}, data=body
        ).prepare()
    except ValueError as error:  # what requests raises for all that it cannot send
        raise ConnectError(f"the address cannot be called ({type(error).__name__})") from None


_DEFAULT_HEADERS = {
    "User-Agent": f"Proctor-Results/{__version__}",
    "Accept-Encoding": "identity",  # nothing to unpack, so no bomb; a peer that packs all the same is read as it came
}


def _trace_headers() -> dict[str, str]:
    current = request_id.current()
    return {request_id.HEADER: current} if current else {}


def _start_of_body(response: Response) -> bytes:
    """At most `BODY_BYTES`. Where more would follow, the end of the `with` above closes the connection unread."""
    body = b""
    while len(body) < BODY_BYTES and (
        chunk := response.raw.read(BODY_BYTES - len(body), decode_content=False)
    ):
        body += chunk
    return body
