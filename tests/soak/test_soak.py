"""A soak of a few seconds, so that the long one cannot rot; and a plan that can be had again."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.soak.faults import FAULTS
from bench.soak.installation import installation
from bench.soak.plan import SPARED_FROM, Plan
from bench.soak.run import soak

SHORT = Plan(
    database="sqlite",
    seconds=5,
    seed=4,
    webhooks=20,
    heartbeats=20,
    rhythm=(1, 2),
    stays=(1, 4),
    calm=(0.5, 1),
    broken=(0.2, 0.5),
    kinds=("kill -9 web", "SIGTERM worker"),
)
LONG = Plan(database="postgresql", seconds=600, seed=7)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_soaked_installation_loses_and_invents_nothing(database: str, tmp_path: Path) -> None:
    said: list[str] = []
    plan = replace(SHORT, database=database)

    with installation(database, tmp_path, plan.rhythm) as site:
        outcome = asyncio.run(soak(plan, site, said.append))

    assert outcome.verdict.faults == []
    assert outcome.sealed
    assert outcome.faults >= 2
    assert all(answer.size for answer in outcome.verdict.answers)
    assert any("heartbeats" in line for line in said)


def test_the_clock_of_its_processes_can_be_set_wrong(tmp_path: Path) -> None:
    look = "from proctor_results import clock; print(clock.now().timestamp())"
    with installation("sqlite", tmp_path, SHORT.rhythm) as site:
        site.set_clock(-3600)
        said = subprocess.check_output([sys.executable, "-c", look], env=site.web.environment)  # noqa: S603  # ours

    assert float(said) == pytest.approx(time.time() - 3600, abs=60)


def test_the_same_seed_plans_the_same_faults_and_another_one_others() -> None:
    again, others = (list(replace(LONG, seed=seed).faults()) for seed in (7, 8))

    assert again == list(LONG.faults())
    assert again != others


def test_every_kind_of_fault_comes_once_before_one_comes_again() -> None:
    """In the time in which everything may come."""
    early = [planned.name for planned in LONG.faults() if planned.at < LONG.seconds * SPARED_FROM / 2]

    assert set(Counter(early).values()) == {1}


def test_in_the_end_no_process_is_made_to_end() -> None:
    late = [planned.name for planned in LONG.faults() if planned.at > LONG.seconds * SPARED_FROM]

    assert late
    assert not any(FAULTS[name].ends for name in late)


@pytest.mark.parametrize(("database", "foreign"), [("sqlite", "database crashed"), ("postgresql", "disk full")])
def test_only_faults_that_can_happen_to_a_database_are_planned(database: str, foreign: str) -> None:
    plan = replace(LONG, database=database, seconds=6000)

    assert foreign not in {planned.name for planned in plan.faults()}
