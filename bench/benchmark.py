"""A promise, how it is measured, and what was found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.conditions import Conditions


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a figure must reach, or with `at_most` must not pass.

    `shown` is how a figure is written.
    """

    limit: float
    is_maximum: bool = False
    number_format: str = "{:.2f}"

    def __str__(self) -> str:
        return f"{'≤' if self.is_maximum else '≥'} {self.number_format.format(self.limit)}"

    def is_met(self, value: float) -> bool:
        return value <= self.limit if self.is_maximum else value >= self.limit


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What was measured; `detail` shows where it comes from.

    A figure with faults proves nothing.
    """

    value: float
    detail: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One promise on every database; `promises` goes by the database's name."""

    name: str
    title: str
    thresholds: Mapping[str, Threshold]
    measure: Callable[[Conditions], Measurement]
