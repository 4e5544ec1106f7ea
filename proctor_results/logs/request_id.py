"""Binds the id of the request behind what is done: it is logged, stored, and sent to targets."""

import random
import re
from contextlib import AbstractContextManager

from structlog import contextvars

HEADER = "X-Request-Id"

_WELL_FORMED = re.compile(r"[A-Za-z0-9._:+/=-]{1,200}")
"""Ids as routers generate them (Heroku: up to 200 letters, digits and + / = -)."""


def current() -> str | None:
    """Return the bound id, or None outside of any request."""
    return contextvars.get_contextvars().get("request_id")


def start_request(value: str | None) -> str:
    """Bind the id that the request brought, where it is well formed, and else a new one."""
    request_id = value if value and _WELL_FORMED.fullmatch(value) else _generate()
    contextvars.clear_contextvars()
    contextvars.bind_contextvars(request_id=request_id)
    return request_id


def continue_request(value: str | None) -> None:
    """Bind the id of the earlier request that caused what is done now."""
    contextvars.clear_contextvars()
    if value:
        contextvars.bind_contextvars(request_id=value)


def new_request_id() -> AbstractContextManager[None]:
    """Bind a new id, within a `with` statement, to what no request has asked for."""
    return contextvars.bound_contextvars(request_id=_generate())


def _generate() -> str:
    """No system call: in a busy process each one costs a change of threads."""
    return f"{_RANDOM.getrandbits(128):032x}"


_RANDOM = random.Random()  # noqa: S311  # an id must be unique, and may be guessed
