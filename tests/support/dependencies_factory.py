"""Dependencies for property tests: empty tables, a strict policy, a manual clock, no fsync."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Flask

from proctor_results.database.statement import Statement
from proctor_results.deliveries.targets.base import Target
from proctor_results.dependencies import Dependencies
from proctor_results.policies.load import parse_policy

POLICY = parse_policy("""
hold_skipped = true
auto_accept_score = 80
[[rules]]
name = "low-score"
score = { below = 40, ignoring = ["n1"] }
action = "hold"
[[rules]]
name = "someone-else"
average = { metric = "c4", at_least = 70 }
action = "hold"
[[rules]]
name = "several-faces"
average = { metric = "c3", at_least = 30 }
action = "flag"
[exams.final]
hold_skipped = false
auto_accept_score = 60
[[exams.final.rules]]
name = "someone-else"
action = "off"
[[exams.final.rules]]
name = "several-faces"
average = { metric = "c3", at_least = 30 }
action = "hold"
""")


def reset_dependencies(app: Flask, target: Target, now: Callable[[], datetime]) -> Dependencies:
    """Empty the app's tables, and give it this target and clock."""
    context = app.extensions["proctor_results"]
    deps: Dependencies = replace(context.deps, policy=POLICY, targets=(target,))
    app.extensions["proctor_results"] = replace(context, deps=deps, now=now)
    deps.database.fetch(_WITHOUT_FSYNC)
    with deps.database.transaction():
        for statement in _EMPTY:
            deps.database.fetch(statement)
    return deps


def set_finality_delay(app: Flask, outcome_final_after: timedelta) -> Dependencies:
    """Let outcomes become final after that time."""
    context = app.extensions["proctor_results"]
    deps: Dependencies = replace(context.deps, outcome_final_after=outcome_final_after)
    app.extensions["proctor_results"] = replace(context, deps=deps)
    return deps


_WITHOUT_FSYNC = Statement("PRAGMA synchronous = off", postgresql="SET synchronous_commit = off")
_TABLES = ("attempt", "checkpoint", "decision", "delivery", "receipt", "session", "target")
_EMPTY = tuple(Statement(f"DELETE FROM {table}") for table in _TABLES)  # constants only
