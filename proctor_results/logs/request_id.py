"""The id of the request that is being answered, or told of: in every log line, in what is stored, and sent along."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Request-Id"

_WELL_FORMED = re.compile(r"[A-Za-z0-9._:+/=-]{1,200}")
"""What routers make of it (Heroku: up to 200 letters, digits and + / = -); nothing that a log or a header minds."""

_CURRENT: ContextVar[str | None] = ContextVar("request_id", default=None)


def current() -> str | None:
    """None where no request is behind what is being done."""
    return _CURRENT.get()


def start_request(value: str | None) -> None:
    """A request has come: it keeps the id that it brought, if that is well formed, and else gets a new one."""
    _CURRENT.set(value if value and _WELL_FORMED.fullmatch(value) else _generate())


def continue_request(value: str | None) -> None:
    """Goes on with what an earlier request has caused."""
    _CURRENT.set(value)


@contextmanager
def new_request_id() -> Iterator[None]:
    """Something begins here that no request has asked for; it gets an id of its own."""
    token = _CURRENT.set(_generate())
    try:
        yield
    finally:
        _CURRENT.reset(token)


def _generate() -> str:
    """Unlike what the system gives, this is no call into it: under load each such call costs a change of threads."""
    return f"{_RANDOM.getrandbits(128):032x}"


_RANDOM = random.Random()  # noqa: S311  # told apart it must be, guessed it may be
