"""Compares our views with the empty view in alternating rounds, and checks what was stored."""

from dataclasses import dataclass
from statistics import median

from bench.benchmark import Measurement
from bench.conditions import Conditions
from bench.installation import BenchInstallation
from bench.load.asyncio_load import ask
from bench.load.base import LoadResult
from bench.verify_stored import RowCount, run_verified


@dataclass(frozen=True, kw_only=True)
class ComparisonRound:
    """One round of each side."""

    empty: LoadResult
    ours: LoadResult
    faults: tuple[str, ...]

    @property
    def ratio(self) -> float:
        return self.ours.rate / self.empty.rate

    def __str__(self) -> str:
        return (
            f"empty {self.empty.rate:,.0f}, ours {self.ours.rate:,.0f} a second: {self.ratio:.2f}"
        )


def compare_with_empty_app(
    conditions: Conditions,
    installation: BenchInstallation,
    requests: list[bytes],
    counts: tuple[RowCount, ...],
) -> Measurement:
    """Return the median ratio. `counts` must grow by one for every request answered with 200."""
    for port in (installation.empty_port, installation.web_port):
        conditions.load_generator(requests, port, conditions.warm_up)
    rounds = [
        _run_round(conditions, installation, requests, counts) for _ in range(conditions.rounds)
    ]
    empty, ours = (
        median(rates)
        for rates in zip(
            *((comparison.empty.rate, comparison.ours.rate) for comparison in rounds), strict=True
        )
    )
    ratios = [comparison.ratio for comparison in rounds]
    return Measurement(
        value=median(ratios),
        detail=f"{ours:,.0f} of {empty:,.0f} a second; rounds from {min(ratios):.2f} to "
        f"{max(ratios):.2f}",
        faults=tuple(fault for comparison in rounds for fault in comparison.faults),
    )


def measure_ours(
    conditions: Conditions,
    installation: BenchInstallation,
    requests: list[bytes],
    counts: tuple[RowCount, ...],
) -> tuple[LoadResult, tuple[str, ...]]:
    """Measure one round of ours, and return what is wrong with it."""
    return run_verified(
        installation.database_url,
        counts,
        wait_for_previous=lambda: ask(
            requests[0], installation.web_port
        ),  # whatever stalls those on their way stalls it as well
        load=lambda: conditions.load_generator(requests, installation.web_port, conditions.seconds),
    )


def _run_round(
    conditions: Conditions,
    installation: BenchInstallation,
    requests: list[bytes],
    counts: tuple[RowCount, ...],
) -> ComparisonRound:
    empty = conditions.load_generator(requests, installation.empty_port, conditions.seconds)
    ours, faults = measure_ours(conditions, installation, requests, counts)
    result = ComparisonRound(empty=empty, ours=ours, faults=(*empty.faults, *faults))
    conditions.report_progress(str(result))
    return result
