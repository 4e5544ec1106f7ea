"""A promise, how it is measured, and what was found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.conditions import Conditions


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a figure must reach, or with `at_most` must not pass. `shown` is how a figure is written."""

    bound: float
    at_most: bool = False
    shown: str = "{:.2f}"

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.shown.format(self.bound)}"

    def is_kept(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured; `detail` shows where it comes from. A figure with faults proves nothing."""

    value: float
    detail: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One promise on every database; `promises` goes by the database's name."""

    name: str
    title: str
    promises: Mapping[str, Promise]
    measure: Callable[[Conditions], Figure]
