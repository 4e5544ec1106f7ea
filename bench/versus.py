"""Ours against the empty view: both in turn, and whether what was answered was kept."""

from dataclasses import dataclass
from statistics import median

from bench.conditions import Conditions
from bench.load.aio import ask
from bench.load.plan import Run
from bench.row import Figure
from bench.site import Site
from bench.verify import Count, verified


@dataclass(frozen=True, kw_only=True)
class Round:
    """One turn of each side."""

    empty: Run
    ours: Run
    faults: tuple[str, ...]

    @property
    def ratio(self) -> float:
        return self.ours.rate / self.empty.rate

    def __str__(self) -> str:
        return f"empty {self.empty.rate:,.0f}, ours {self.ours.rate:,.0f} a second: {self.ratio:.2f}"


def against_empty(conditions: Conditions, site: Site, requests: list[bytes], counts: tuple[Count, ...]) -> Figure:
    """The median ratio; `counts` are what the ledger must have one more of for every request answered with 200."""
    for port in (site.empty_port, site.web_port):
        conditions.load(requests, port, conditions.warm_up)
    rounds = [_round(conditions, site, requests, counts) for _ in range(conditions.rounds)]
    empty, ours = (median(rates) for rates in zip(*((each.empty.rate, each.ours.rate) for each in rounds), strict=True))
    ratios = [each.ratio for each in rounds]
    return Figure(
        value=median(ratios),
        detail=f"{ours:,.0f} of {empty:,.0f} a second; rounds from {min(ratios):.2f} to {max(ratios):.2f}",
        faults=tuple(fault for each in rounds for fault in each.faults),
    )


def ours_alone(
    conditions: Conditions, site: Site, requests: list[bytes], counts: tuple[Count, ...]
) -> tuple[Run, tuple[str, ...]]:
    """One turn of ours, and what is wrong with it."""
    return verified(
        site.database_url,
        counts,
        settle=lambda: ask(requests[0], site.web_port),  # whatever stalls those on their way stalls it as well
        load=lambda: conditions.load(requests, site.web_port, conditions.seconds),
    )


def _round(conditions: Conditions, site: Site, requests: list[bytes], counts: tuple[Count, ...]) -> Round:
    empty = conditions.load(requests, site.empty_port, conditions.seconds)
    ours, faults = ours_alone(conditions, site, requests, counts)
    done = Round(empty=empty, ours=ours, faults=(*empty.faults, *faults))
    conditions.say(str(done))
    return done
