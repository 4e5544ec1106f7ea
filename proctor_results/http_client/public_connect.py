"""Connects to a host by an address that was checked, with sockets that share one deadline."""

import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from threading import Thread
from time import monotonic
from typing import Any

from proctor_results.http_client.public_addresses import is_public_address

CONNECT_SECONDS = 5.0
_PRIVATE_ADDRESS_HINT = "LMS_ALLOW_PRIVATE_ADDRESSES=true allows such addresses, for development"

Resolver = Callable[[str], Sequence[str]]
"""Returns the numeric addresses of a host. Raises OSError when there are none."""


class CallErrorKind(StrEnum):
    """Why a call had no complete response."""

    INVALID_URL = "invalid_url"
    DNS_LOOKUP_FAILED = "dns_lookup_failed"
    ADDRESS_NOT_PUBLIC = "address_not_public"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILED = "tls_failed"
    TIMED_OUT = "timed_out"
    INCOMPLETE_RESPONSE = "incomplete_response"


class CallError(Exception):
    """There is no complete response; the message says why and holds no secret."""

    def __init__(self, kind: CallErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Deadline:
    """The end of the current call. Each thread has one, and starts it anew for each call."""

    def __init__(self) -> None:
        self._expires_at = 0.0

    def start(self, seconds: float) -> None:
        self._expires_at = monotonic() + seconds

    @property
    def has_passed(self) -> bool:
        return monotonic() >= self._expires_at

    def remaining_seconds(self) -> float:
        """Return a number above 0. Raises TimeoutError when no time is left."""
        seconds = self._expires_at - monotonic()
        if seconds <= 0:
            raise TimeoutError("the call took too long")
        return seconds


class TimedSocket(socket.socket):
    """Bounds each read and write by the rest of the whole call; a socket's timeout would restart.

    A thread that shuts the socket down at the deadline could hit the next call on a kept
    connection, and would take TLS away under a reader.
    """

    deadline: Deadline

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.remaining_seconds())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self.deadline.remaining_seconds())
        super().sendall(*args, **kwargs)


class TimedTlsSocket(TimedSocket, ssl.SSLSocket):
    """The same over TLS. An SSL context creates it, so the caller sets its deadline afterwards."""


def resolve(host: str) -> Sequence[str]:
    """Ask the system's resolver; return each address once."""
    address_infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in address_infos))


@dataclass(frozen=True, kw_only=True)
class PublicAddressConnector:
    """Resolves once per connection and connects to the very address that was checked.

    So a name that resolves differently the second time (DNS rebinding) gains nothing. One
    forbidden address among several blocks the host.
    """

    deadline: Deadline
    allow_private: bool
    resolver: Resolver

    def connect(self, host: str, port: int) -> TimedSocket:
        """Connect to the first address that answers. Raises CallError."""
        addresses = self._resolve(host)
        for address in addresses:
            if not (self.allow_private or is_public_address(address)):
                message = f"{host} is at {address}, which is not public; {_PRIVATE_ADDRESS_HINT}"
                raise CallError(CallErrorKind.ADDRESS_NOT_PUBLIC, message)
        return self._connect_to_first(host, addresses, port)

    def _resolve(self, host: str) -> Sequence[str]:
        """Leave a resolver thread behind at the deadline: the system's cannot be interrupted."""
        future: Future[Sequence[str]] = Future()
        arguments = (self.resolver, host.strip("[]"), future)
        Thread(target=_resolve_into, args=arguments, name=f"resolve {host}", daemon=True).start()
        try:
            return future.result(timeout=self.deadline.remaining_seconds())
        except TimeoutError:
            raise CallError(
                CallErrorKind.DNS_LOOKUP_FAILED, f"{host} was not resolved in time"
            ) from None
        except (OSError, ValueError):
            raise CallError(CallErrorKind.DNS_LOOKUP_FAILED, f"{host} cannot be resolved") from None

    def _connect_to_first(self, host: str, addresses: Sequence[str], port: int) -> TimedSocket:
        reason = "it has no address"
        for address in addresses:
            try:
                return self._connect_to_address(address, port)
            except OSError as error:
                reason = error.strerror or str(error)
        raise CallError(CallErrorKind.CONNECTION_FAILED, f"no connection to {host}: {reason}")

    def _connect_to_address(self, address: str, port: int) -> TimedSocket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = TimedSocket(family, socket.SOCK_STREAM)
        sock.deadline = self.deadline
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(min(CONNECT_SECONDS, self.deadline.remaining_seconds()))
            sock.connect((address, port))
            sock.settimeout(self.deadline.remaining_seconds())
        except OSError:
            sock.close()
            raise
        return sock


def _resolve_into(resolver: Resolver, host: str, future: Future[Sequence[str]]) -> None:
    try:
        future.set_result(resolver(host))
    except (OSError, ValueError) as error:  # ValueError: a label that is empty or too long, a NUL
        future.set_exception(error)
