"""A house to play in: empty, with rules that fire often, a told clock, and no patience for disks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Flask

from proctor_results.flows.house import House
from proctor_results.lms.base import Target
from proctor_results.policy_file import parse
from proctor_results.store.statement import Statement

POLICY = parse("""
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


def furnish(app: Flask, target: Target, now: Callable[[], datetime]) -> House:
    """The app's house with nothing in it, and this target and clock."""
    door = app.extensions["proctor_results"]
    house: House = replace(door.house, policy=POLICY, targets=(target,))
    app.extensions["proctor_results"] = replace(door, house=house, now=now)
    house.ledger.run(_HURRY)
    with house.ledger.transaction():
        for statement in _EMPTY:
            house.ledger.run(statement)
    return house


def settle_for(app: Flask, settle: timedelta) -> House:
    """The app's house, in which outcomes now settle for so long."""
    door = app.extensions["proctor_results"]
    house: House = replace(door.house, settle=settle)
    app.extensions["proctor_results"] = replace(door, house=house)
    return house


_HURRY = Statement("PRAGMA synchronous = off", postgresql="SET synchronous_commit = off")
_TABLES = ("attempt", "checkpoint", "decision", "delivery", "receipt", "session", "target")
_EMPTY = tuple(Statement(f"DELETE FROM {table}") for table in _TABLES)  # noqa: S608  # constants only
