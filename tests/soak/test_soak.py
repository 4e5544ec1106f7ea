"""A soak of a few seconds, so that the long one keeps working; and plans that can be repeated."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.soak.faults import FAULTS
from bench.soak.installation import run_installation
from bench.soak.plan import NO_RESTARTS_AFTER, Plan
from bench.soak.run import run_soak

SHORT_PLAN = Plan(
    database="sqlite",
    seconds=5,
    seed=4,
    webhooks=20,
    heartbeats=20,
    heartbeat_config=(1, 2),
    sitting_seconds=(1, 4),
    pause_seconds=(0.5, 1),
    fault_seconds=(0.2, 0.5),
    fault_names=("kill -9 web", "SIGTERM worker"),
)
LONG_PLAN = Plan(database="postgresql", seconds=600, seed=7)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_soaked_installation_loses_and_invents_nothing(database: str, tmp_path: Path) -> None:
    """On a busy machine five seconds may be too short for every check to have something to do."""
    for seconds in (5, 20, 60):
        output: list[str] = []
        plan = replace(SHORT_PLAN, database=database, seconds=seconds)
        folder = tmp_path / str(seconds)
        folder.mkdir()

        with run_installation(database, folder, plan.heartbeat_config) as installed:
            outcome = asyncio.run(run_soak(plan, installed, output.append))

        assert outcome.reconciliation.faults == []
        assert outcome.evidence_intact
        idle_checks = [each for each in outcome.reconciliation.checks if not each.item_count]
        if not idle_checks:
            break
    assert idle_checks == []
    assert outcome.fault_count >= 2
    assert any("heartbeats" in line for line in output)


def test_the_clock_of_its_processes_can_be_changed(tmp_path: Path) -> None:
    print_clock = "from proctor_results import clock; print(clock.now().timestamp())"
    with run_installation("sqlite", tmp_path, SHORT_PLAN.heartbeat_config) as installed:
        installed.set_clock(-3600)
        output = subprocess.check_output(
            [sys.executable, "-c", print_clock], env=installed.web.environment
        )  # ours

    assert float(output) == pytest.approx(time.time() - 3600, abs=60)


def test_the_same_seed_plans_the_same_faults_and_another_one_others() -> None:
    same_seed, other_seed = (list(replace(LONG_PLAN, seed=seed).faults()) for seed in (7, 8))

    assert same_seed == list(LONG_PLAN.faults())
    assert same_seed != other_seed


def test_every_kind_of_fault_comes_once_before_one_comes_again() -> None:
    """In the time in which all kinds can happen."""
    early_faults = [
        planned.name
        for planned in LONG_PLAN.faults()
        if planned.starts_after < LONG_PLAN.seconds * NO_RESTARTS_AFTER / 2
    ]

    assert set(Counter(early_faults).values()) == {1}


def test_no_process_is_stopped_near_the_end() -> None:
    late_faults = [
        planned.name
        for planned in LONG_PLAN.faults()
        if planned.starts_after > LONG_PLAN.seconds * NO_RESTARTS_AFTER
    ]

    assert late_faults
    assert not any(FAULTS[fault_name].ends_processes for fault_name in late_faults)


@pytest.mark.parametrize(
    ("database", "impossible_fault"), [("sqlite", "database crashed"), ("postgresql", "disk full")]
)
def test_only_faults_that_can_happen_to_a_database_are_planned(
    database: str, impossible_fault: str
) -> None:
    plan = replace(LONG_PLAN, database=database, seconds=6000)

    assert impossible_fault not in {planned.name for planned in plan.faults()}
