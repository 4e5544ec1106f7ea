"""What a proctoring server reports of a session: one of the sandbox's exam days, or what is no
report at all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sandbox.vendor.bodies import build_body
from sandbox.vendor.scenario_templates import SCENARIO_TEMPLATES, ScenarioTemplate

SCENARIO_END_OFFSET = timedelta(minutes=80)
"""After the launch. The days end 5 minutes before it at the latest and begin 75 minutes before."""

_INVALID_REPORT_PROBABILITY = 0.02
_SCENARIOS_WITH_START = tuple(
    scenario for scenario in SCENARIO_TEMPLATES if scenario.reports[0].status == "started"
)


def reports_of_unlaunched_session(
    random: Random, identifier: str, now: datetime
) -> Sequence[bytes]:
    """Return all reports of a session that the LMS did not launch here."""
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
    """What is reported while the learner sits, and what is reported afterwards."""
    first_report, *later_reports = _report_bodies(
        random.choice(_SCENARIOS_WITH_START), identifier, student, launched_at + SCENARIO_END_OFFSET
    )
    return first_report, later_reports


def _report_bodies(
    scenario: ScenarioTemplate, identifier: str, student: str, scenario_end: datetime
) -> list[bytes]:
    return [build_body(step, identifier, student, scenario_end) for step in scenario.reports]


def _invalid_report(identifier: str) -> bytes:
    """Understood, and cannot be right: kept all the same."""
    return f'{{"identifier": "{identifier}", "status": "stopped", "score": 101}}'.encode()
