"""Exam days, and the bodies that a proctoring server posts in the course of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.expected_session import ExpectedSession
from sandbox.vendor.bodies import build_body, captured_body
from sandbox.vendor.scenario_templates import SCENARIO_TEMPLATES, ScenarioTemplate


@dataclass(frozen=True, kw_only=True)
class Scenario(ExpectedSession):
    """The bodies of one session in their order."""

    bodies: tuple[bytes, ...]


def build_scenarios(now: datetime, run_id: str, names: Sequence[str] = ()) -> tuple[Scenario, ...]:
    """Build the scenarios by name, or all of them, as if `now` (aware) were the evening of the day.

    `run_id` (characters A-Z a-z 0-9 -) begins every identifier, so that runs do not mix. Only
    `recorded` keeps the identifier of the captured sample.
    """
    now_utc = now.astimezone(UTC)
    all_scenarios = (
        _recorded_scenario(),
        *(
            _scenario_from_template(scenario, now_utc, run_id, number)
            for number, scenario in enumerate(SCENARIO_TEMPLATES, 1)
        ),
    )
    return tuple(scenario for scenario in all_scenarios if not names or scenario.name in names)


def _recorded_scenario() -> Scenario:
    return Scenario(
        name=RECORDED_NAME,
        description="the guide's own sample, byte for byte",
        identifier=json.loads(captured_body())["identifier"],
        bodies=(captured_body(),),
        outcome="pending",
        locked=False,
    )


def _scenario_from_template(
    template: ScenarioTemplate, now: datetime, run_id: str, number: int
) -> Scenario:
    identifier = f"{run_id}-{template.name}"
    return Scenario(
        name=template.name,
        description=template.description,
        identifier=identifier,
        bodies=tuple(
            build_body(report, identifier, f"learner-{number}", now) for report in template.reports
        ),
        outcome=template.outcome,
        locked=template.locked,
    )


RECORDED_NAME = "recorded"

SCENARIO_NAMES = (RECORDED_NAME, *(template.name for template in SCENARIO_TEMPLATES))
