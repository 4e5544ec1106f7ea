"""The one way in which a message leaves this house: a call that cannot hang, be led astray or be flooded."""

import threading
from collections.abc import Mapping
from datetime import datetime
from string import punctuation
from urllib.parse import quote

from requests import PreparedRequest, Request, RequestException, Response
from urllib3.exceptions import HTTPError

from proctor_results import __version__, request_id
from proctor_results.lms.adapter import DiallingAdapter
from proctor_results.lms.answers import Answer, meaning
from proctor_results.lms.base import LONGEST_CALL, PushResult, Unreachable
from proctor_results.lms.deadline import Deadline
from proctor_results.lms.dialling import Dialler, DiallingError, Resolver, resolve

BODY_BYTES = 8192


class Caller:
    """Calls from any number of threads; each keeps its own connections, one per target, for its next call.

    `seconds` is the limit of a whole call, from the look-up of the name to the last byte that is read.
    `ca_bundle` is a file or directory of certificates to trust instead of the public ones.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        seconds: float = LONGEST_CALL.total_seconds(),
        ca_bundle: str | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._seconds = seconds
        self._verify = ca_bundle or True
        self._line = _Line(allow_private, resolver)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], now: datetime) -> PushResult:
        """As `call`, by the method that messages mostly go by."""
        return self.call("POST", url, body, headers, now)

    def call(self, method: str, url: str, body: bytes, headers: Mapping[str, str], now: datetime) -> PushResult:
        """What became of the message. An answer that is not whole within the limit is none, whatever its status."""
        self._line.deadline.start(self._seconds)
        try:
            answer = self._exchange(_request(method, url, body, headers))
        except DiallingError as failure:
            return Unreachable(detail=str(failure))
        except (RequestException, HTTPError) as failure:
            return Unreachable(detail=self._reason(failure))
        return meaning(answer, now)

    def _exchange(self, request: PreparedRequest) -> Answer:
        """Straight by the adapter: a session adds cookies, netrc and proxies, and reads a redirect's whole body."""
        with self._line.adapter.send(request, timeout=self._seconds, verify=self._verify) as response:
            return Answer(
                status=response.status_code,
                body=_start_of_body(response),
                retry_after=response.headers.get("Retry-After"),
            )

    def _reason(self, failure: BaseException) -> str:
        """Names the first cause, not the messages on the way: those quote the address, which may hold a secret."""
        if self._line.deadline.passed:
            return f"no whole answer within {self._seconds:g} s"
        while failure.__context__:
            failure = failure.__context__
        return f"no whole answer: {getattr(failure, 'strerror', None) or type(failure).__name__}"


def sendable(text: str) -> str:
    """The text with all but visible ASCII percent-encoded: a header takes no more."""
    return quote(text, safe=punctuation.replace("%", ""), errors="surrogatepass")


class _Line(threading.local):
    """What a thread keeps between its calls; built again in every thread that looks at it."""

    def __init__(self, allow_private: bool, resolver: Resolver) -> None:
        self.deadline = Deadline()
        dialler = Dialler(deadline=self.deadline, allow_private=allow_private, resolver=resolver)
        self.adapter = DiallingAdapter(dialler)


def _request(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> PreparedRequest:
    if not url.lower().startswith(("http://", "https://")):
        raise DiallingError("the address does not begin with https:// or http://")
    try:
        return Request(method, url, headers={**_HEADERS, **_traced(), **headers}, data=body).prepare()
    except ValueError as fault:  # what requests raises for all that it cannot send
        raise DiallingError(f"the address cannot be called ({type(fault).__name__})") from None


_HEADERS = {
    "User-Agent": f"Proctor-Results/{__version__}",
    "Accept-Encoding": "identity",  # nothing to unpack, so no bomb; a peer that packs all the same is read as it came
}


def _traced() -> dict[str, str]:
    current = request_id.current()
    return {request_id.HEADER: current} if current else {}


def _start_of_body(response: Response) -> bytes:
    """At most `BODY_BYTES`. Where more would follow, the end of the `with` above closes the connection unread."""
    body = b""
    while len(body) < BODY_BYTES and (part := response.raw.read(BODY_BYTES - len(body), decode_content=False)):
        body += part
    return body
