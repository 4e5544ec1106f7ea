"""Whatever is sent to whatever route by whoever, each answer is one that the description of the API foretells.

schemathesis makes the requests up from /openapi.json, right ones and wrong ones; SCHEMATHESIS_EXAMPLES asks for more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from proctor_results.clock import now
from proctor_results.flows.keep_watch import arrive
from tests.conftest import LMS_KEY, METRICS_KEY, VENDOR_KEY, house_of
from tests.web.test_launches import launched

EXAMPLES = {"sqlite": 4, "postgresql": 1}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
NAMES = {"identifier": "exam-1-learner-7", "vendor": "supervisor", "kind": "manual"}
"""Of what is there: with other names most requests would end at 404."""

SCHEMES = {
    "nobody": set[str](),
    "the vendor": {"webhookKey"},
    "the LMS": {"lmsKey", "lmsBearer"},
    "the watcher": {"metricsKey", "metricsBearer"},
    "the learner's browser": {"launchToken"},
}
"""With which of the API's ways to prove oneself each of them can do so."""

_ONCE = settings(
    deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
"""The same in every run; what is found can be tried again by the curl that schemathesis prints."""

Operation = APIOperation[Any, Any, Any, Any]


@pytest.fixture
def examples(database_url: str) -> int:
    return int(os.environ.get("SCHEMATHESIS_EXAMPLES", EXAMPLES[database_url.partition(":")[0]]))


@pytest.fixture
def keys(app: Flask, client: FlaskClient) -> dict[str, dict[str, str]]:
    """Of a site at work, in whose one session a learner sits."""
    arrive(house_of(app), "worker-1", now())
    token = launched(client)["launch"]["token"]
    return {
        "nobody": {},
        "the vendor": {"X-Api-Key": VENDOR_KEY},
        "the LMS": {"X-Api-Key": LMS_KEY},
        "the watcher": {"Authorization": f"Bearer {METRICS_KEY}"},
        "the learner's browser": {"Authorization": f"Bearer {token}"},
    }


@pytest.mark.parametrize("who", SCHEMES)
def test_every_answer_is_foretold(app: Flask, keys: Mapping[str, dict[str, str]], examples: int, who: str) -> None:
    answered: list[int] = []

    for operation in operations(app):
        knock(operation, who, keys[who], examples, answered)

    assert {200, 401, 404} <= set(answered)
    assert len(answered) > 20


def test_somebody_here_proves_himself_in_each_way_there_is(app: Flask) -> None:
    described = app.test_client().get("/openapi.json").json
    assert described is not None

    assert described["components"]["securitySchemes"].keys() == set().union(*SCHEMES.values())


def operations(app: Flask) -> Iterator[Operation]:
    described = schemathesis.openapi.from_wsgi("/openapi.json", app)
    return (found.ok() for found in described.get_all_operations())  # type: ignore[union-attr]  # the schema is ours


def knock(operation: Operation, who: str, headers: dict[str, str], examples: int, answered: list[int]) -> None:
    """At one route, with names that are there and names that are made up, with right requests and wrong ones."""
    for mode, names in product((GenerationMode.POSITIVE, GenerationMode.NEGATIVE), (NAMES, None)):

        @given(case=operation.as_strategy(generation_mode=mode, path_parameters=names))
        @settings(_ONCE, max_examples=examples)
        def knock_once(case: Case[Any]) -> None:
            answer = case.call(headers=headers)
            answered.append(answer.status_code)
            case.validate_response(answer, checks=CHECKS)
            assert answer.status_code >= 400 or may(who, operation)

        with suppress(Unsatisfiable):  # nothing about it can be wrong
            knock_once()


def may(who: str, operation: Operation) -> bool:
    """Whether the description lets them through."""
    ways = operation.definition.raw.get("security", [])
    return not ways or any(way.keys() <= SCHEMES[who] for way in ways)
