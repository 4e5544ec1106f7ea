"""Connects to a host by an address that was checked, and by no other."""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

from proctor_results.lms.addresses import public
from proctor_results.lms.deadline import Deadline, TimedSocket

CONNECT_SECONDS = 5.0

Resolver = Callable[[str], Sequence[str]]
"""The addresses of a host, as numbers. OSError when there are none."""


class DiallingError(Exception):
    """The target cannot be reached; the message says why, and may be shown to whoever sees deliveries."""


def resolve(host: str) -> Sequence[str]:
    """What the system's resolver says, each address once."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, kw_only=True)
class Dialler:
    """Resolves once per connection and connects to the very number that passed the check.

    So a name that answers differently the second time (DNS rebinding) gains nothing. One forbidden address among
    several condemns the host: half an answer is not to be trusted more than a whole one.
    """

    deadline: Deadline
    allow_private: bool
    resolver: Resolver

    def dial(self, host: str, port: int) -> TimedSocket:
        addresses = self._addresses(host)
        forbidden = [] if self.allow_private else [each for each in addresses if not public(each)]
        if forbidden:
            raise DiallingError(f"{host} is at {forbidden[0]}, which is not public{_WAY_OUT}")
        return self._first_connection(host, addresses, port)

    def _addresses(self, host: str) -> Sequence[str]:
        try:
            return _in_time(self.resolver, host.strip("[]"), self.deadline.left())
        except TimeoutError:
            raise DiallingError(f"{host} was not resolved in time") from None
        except (OSError, ValueError):
            raise DiallingError(f"{host} cannot be resolved") from None

    def _first_connection(self, host: str, addresses: Sequence[str], port: int) -> TimedSocket:
        why = "it has no address"
        for address in addresses:
            try:
                return self._connection(address, port)
            except OSError as failure:
                why = failure.strerror or str(failure)
        raise DiallingError(f"no connection to {host}: {why}")

    def _connection(self, address: str, port: int) -> TimedSocket:
        sock = TimedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        sock.deadline = self.deadline
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(min(CONNECT_SECONDS, self.deadline.left()))
            sock.connect((address, port))
            sock.settimeout(self.deadline.left())
        except OSError:
            sock.close()
            raise
        return sock


_WAY_OUT = "; LMS_ALLOW_PRIVATE_ADDRESSES=true allows such addresses, for development"


def _in_time(resolver: Resolver, host: str, seconds: float) -> Sequence[str]:
    """The system's resolver cannot be interrupted, so a thread waits for it, and is left behind if need be."""
    answer: Future[Sequence[str]] = Future()
    Thread(target=_ask, args=(resolver, host, answer), name=f"resolve {host}", daemon=True).start()
    return answer.result(timeout=seconds)


def _ask(resolver: Resolver, host: str, answer: "Future[Sequence[str]]") -> None:
    try:
        answer.set_result(resolver(host))
    except (OSError, ValueError) as failure:  # ValueError: a label that is empty or too long, a NUL
        answer.set_exception(failure)
