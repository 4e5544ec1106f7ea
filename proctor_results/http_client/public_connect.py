"""Connects to a host by an address that was checked, and by no other."""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

from proctor_results.http_client.deadline import Deadline, TimedSocket
from proctor_results.http_client.public_addresses import is_public_address

CONNECT_SECONDS = 5.0

Resolver = Callable[[str], Sequence[str]]
"""The addresses of a host, as numbers. OSError when there are none."""


class ConnectError(Exception):
    """The target cannot be reached; the message says why, and may be shown to whoever sees deliveries."""


def resolve(host: str) -> Sequence[str]:
    """What the system's resolver says, each address once."""
    address_infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in address_infos))


@dataclass(frozen=True, kw_only=True)
class PublicAddressConnector:
    """Resolves once per connection and connects to the very number that passed the check.

    So a name that answers differently the second time (DNS rebinding) gains nothing. One forbidden address among
    several condemns the host: half an answer is not to be trusted more than a whole one.
    """

    deadline: Deadline
    allow_private: bool
    resolver: Resolver

    def connect(self, host: str, port: int) -> TimedSocket:
        addresses = self._resolve(host)
        forbidden = (
            []
            if self.allow_private
            else [address for address in addresses if not is_public_address(address)]
        )
        if forbidden:
            raise ConnectError(
                f"{host} is at {forbidden[0]}, which is not public{_PRIVATE_ADDRESS_HINT}"
            )
        return self._connect_to_first(host, addresses, port)

    def _resolve(self, host: str) -> Sequence[str]:
        try:
            return _resolve_with_timeout(
                self.resolver, host.strip("[]"), self.deadline.remaining_seconds()
            )
        except TimeoutError:
            raise ConnectError(f"{host} was not resolved in time") from None
        except (OSError, ValueError):
            raise ConnectError(f"{host} cannot be resolved") from None

    def _connect_to_first(self, host: str, addresses: Sequence[str], port: int) -> TimedSocket:
        reason = "it has no address"
        for address in addresses:
            try:
                return self._connect_to_address(address, port)
            except OSError as error:
                reason = error.strerror or str(error)
        raise ConnectError(f"no connection to {host}: {reason}")

    def _connect_to_address(self, address: str, port: int) -> TimedSocket:
        sock = TimedSocket(
            socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM
        )
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


_PRIVATE_ADDRESS_HINT = "; LMS_ALLOW_PRIVATE_ADDRESSES=true allows such addresses, for development"


def _resolve_with_timeout(resolver: Resolver, host: str, seconds: float) -> Sequence[str]:
    """The system's resolver cannot be interrupted, so a thread waits for it, and is left behind if need be."""
    future: Future[Sequence[str]] = Future()
    Thread(
        target=_resolve_into, args=(resolver, host, future), name=f"resolve {host}", daemon=True
    ).start()
    return future.result(timeout=seconds)


def _resolve_into(resolver: Resolver, host: str, future: "Future[Sequence[str]]") -> None:
    try:
        future.set_result(resolver(host))
    except (OSError, ValueError) as error:  # ValueError: a label that is empty or too long, a NUL
        future.set_exception(error)
