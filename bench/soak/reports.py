"""The reports of a proctoring server: those of a sandbox scenario, or invalid ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sandbox.vendor.bodies import build_body
from sandbox.vendor.scenario_templates import SCENARIO_TEMPLATES, ScenarioTemplate

SCENARIO_END_OFFSET = timedelta(minutes=80)
"""The time after the launch.

Scenarios end at least 5 minutes before it and begin 75 minutes before.
"""

_INVALID_REPORT_PROBABILITY = 0.02
_SCENARIOS_WITH_START = tuple(
    scenario for scenario in SCENARIO_TEMPLATES if scenario.reports[0].status == "started"
)


def reports_of_unlaunched_session(
    random: Random, identifier: str, now: datetime
) -> Sequence[bytes]:
    """Return all reports of a session that was not launched here."""
    bodies = _report_bodies(
        random.choice(SCENARIO_TEMPLATES), identifier, f"student-of-{identifier}", now
    )
    return (
        [*bodies, _invalid_report(identifier)]
        if random.random() < _INVALID_REPORT_PROBABILITY
        else bodies
    )


def reports_of_launched_session(
    random: Random, identifier: str, student: str, launched_at: datetime
) -> tuple[bytes, Sequence[bytes]]:
    """Return the reports during the sitting, and those after it."""
    first_report, *later_reports = _report_bodies(
        random.choice(_SCENARIOS_WITH_START), identifier, student, launched_at + SCENARIO_END_OFFSET
    )
    return first_report, later_reports


def _report_bodies(
    scenario: ScenarioTemplate, identifier: str, student: str, scenario_end: datetime
) -> list[bytes]:
    return [build_body(step, identifier, student, scenario_end) for step in scenario.reports]


def _invalid_report(identifier: str) -> bytes:
    """Return a report that is understood and cannot be right: it is stored all the same."""
    return f'{{"identifier": "{identifier}", "status": "stopped", "score": 101}}'.encode()
