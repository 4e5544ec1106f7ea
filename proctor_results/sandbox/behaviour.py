"""How the sandbox LMS answers: well, or as it has been told to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """An answer to give to so many `times`, 0 being until told otherwise; `delay` and `retry_after` are in seconds."""

    status: int = 200
    delay: float = 0
    times: int = 0
    retry_after: int | None = None

    @property
    def keeps(self) -> bool:
        """Whether the message is taken in, as any receiver does that answers 2xx."""
        return 200 <= self.status < 300


NORMAL = Behaviour()


def behaviour_of(said: object) -> Behaviour:
    """The behaviour that JSON asks for; `{}` is the normal one. Raises ValueError naming every fault."""
    if not isinstance(said, Mapping):
        raise ValueError("say an object, such as {} or {'status': 503, 'times': 3}")  # noqa: TRY004  # bad JSON, not a bug
    faults = [f"{name}: {_wanted(name)}" for name, value in said.items() if not _fits(name, value)]
    if faults:
        raise ValueError("; ".join(faults))
    return Behaviour(**said)


_BOUNDS: Mapping[str, tuple[type[float], int, int]] = {
    "status": (int, 200, 599),
    "delay": (float, 0, 120),
    "times": (int, 0, 1_000_000),
    "retry_after": (int, 0, 86_400),
}


def _fits(name: str, value: Any) -> bool:
    if name not in _BOUNDS or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    kind, low, high = _BOUNDS[name]
    return low <= value <= high and kind(value) == value


def _wanted(name: str) -> str:
    if name not in _BOUNDS:
        return f"unknown; there are {', '.join(_BOUNDS)}"
    kind, low, high = _BOUNDS[name]
    return f"{'a whole number' if kind is int else 'a number'} from {low} to {high}"


class Mood:
    """The behaviour of the moment; used by several threads at once."""

    def __init__(self, behaviour: Behaviour = NORMAL) -> None:
        self._behaviour = behaviour
        self._lock = Lock()

    def change(self, behaviour: Behaviour) -> None:
        with self._lock:
            self._behaviour = behaviour

    def next(self) -> Behaviour:
        """The behaviour towards the next hook, counted down."""
        with self._lock:
            now = self._behaviour
            if now.times:
                self._behaviour = NORMAL if now.times == 1 else replace(now, times=now.times - 1)
            return now
