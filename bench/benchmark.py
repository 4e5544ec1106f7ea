"""A benchmark: its promise, how it is measured, and the result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.conditions import Conditions


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The limit that a figure must reach or, if `is_maximum`, must not pass."""

    limit: float
    is_maximum: bool = False
    number_format: str = "{:.2f}"

    def __str__(self) -> str:
        return f"{'≤' if self.is_maximum else '≥'} {self.number_format.format(self.limit)}"

    def is_met(self, value: float) -> bool:
        return value <= self.limit if self.is_maximum else value >= self.limit


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A measured figure; `detail` shows where it comes from.

    A figure with faults proves nothing.
    """

    value: float
    detail: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One benchmark and its thresholds on every database."""

    name: str
    title: str
    thresholds: Mapping[str, Threshold]
    measure: Callable[[Conditions], Measurement]
