"""How the sandbox LMS answers: with 200, or with the behaviour that was set."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ResponseBehaviour:
    """A response for the next `times` messages, 0 meaning all; times are in seconds."""

    status: int = 200
    delay: float = 0
    times: int = 0
    retry_after: int | None = None

    @property
    def is_success(self) -> bool:
        """Whether the LMS accepts the message, as any receiver does that answers 2xx."""
        return 200 <= self.status < 300


NORMAL = ResponseBehaviour()


def parse_behaviour(payload: object) -> ResponseBehaviour:
    """Parse a behaviour; `{}` is the normal one. Raises ValueError naming every fault."""
    if not isinstance(payload, Mapping):
        raise ValueError("say an object, such as {} or {'status': 503, 'times': 3}")  # noqa: TRY004  # bad JSON, not a bug
    errors = [
        f"{name}: {_requirement(name)}"
        for name, value in payload.items()
        if not _is_valid(name, value)
    ]
    if errors:
        raise ValueError("; ".join(errors))
    return ResponseBehaviour(**payload)


_BOUNDS: Mapping[str, tuple[type[float], int, int]] = {
    "status": (int, 200, 599),
    "delay": (float, 0, 120),
    "times": (int, 0, 1_000_000),
    "retry_after": (int, 0, 86_400),
}


def _is_valid(name: str, value: Any) -> bool:
    if name not in _BOUNDS or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    number_type, low, high = _BOUNDS[name]
    return low <= value <= high and number_type(value) == value


def _requirement(name: str) -> str:
    if name not in _BOUNDS:
        return f"unknown; there are {', '.join(_BOUNDS)}"
    number_type, low, high = _BOUNDS[name]
    return f"{'a whole number' if number_type is int else 'a number'} from {low} to {high}"


class ResponseScript:
    """The current behaviour; used by several threads at once."""

    def __init__(self, behaviour: ResponseBehaviour = NORMAL) -> None:
        self._current = behaviour
        self._lock = Lock()

    def set(self, behaviour: ResponseBehaviour) -> None:
        with self._lock:
            self._current = behaviour

    def next_behaviour(self) -> ResponseBehaviour:
        """Return the behaviour for the next message, and count it down."""
        with self._lock:
            current = self._current
            if current.times:
                self._current = (
                    NORMAL if current.times == 1 else replace(current, times=current.times - 1)
                )
            return current
