"""Every response to any request at any route is one that the API's description allows.

schemathesis generates the requests from /openapi.json, valid and invalid; SCHEMATHESIS_EXAMPLES
sets their number.
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
from proctor_results.worker.registration import register_worker
from tests.conftest import LMS_KEY, METRICS_KEY, VENDOR_KEY, dependencies_of
from tests.launches.test_launches_api import launch_session

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
"""Identifiers that exist: with others most requests would end at 404."""

SECURITY_SCHEMES = {
    "anonymous": set[str](),
    "the vendor": {"supervisorWebhook"},
    "the LMS": {"lmsKey", "lmsBearer"},
    "the metrics reader": {"metricsKey", "metricsBearer"},
    "the learner's browser": {"launchToken"},
}
"""The keys for each of the API's authentication schemes."""

_SETTINGS = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same requests in every run; schemathesis prints a curl for each failure."""

Operation = APIOperation[Any, Any, Any, Any]


@pytest.fixture
def examples(database_url: str) -> int:
    return int(os.environ.get("SCHEMATHESIS_EXAMPLES", EXAMPLES[database_url.partition(":")[0]]))


@pytest.fixture
def keys(app: Flask, client: FlaskClient) -> dict[str, dict[str, str]]:
    """The keys of an installation with one session in progress."""
    register_worker(dependencies_of(app), "worker-1", now())
    token = launch_session(client)["launch"]["token"]
    return {
        "anonymous": {},
        "the vendor": {"X-Api-Key": VENDOR_KEY},
        "the LMS": {"X-Api-Key": LMS_KEY},
        "the metrics reader": {"Authorization": f"Bearer {METRICS_KEY}"},
        "the learner's browser": {"Authorization": f"Bearer {token}"},
    }


@pytest.mark.parametrize("caller_name", SECURITY_SCHEMES)
def test_every_response_matches_the_openapi_description(
    app: Flask, keys: Mapping[str, dict[str, str]], examples: int, caller_name: str
) -> None:
    statuses: list[int] = []

    for operation in api_operations(app):
        call_operation(operation, caller_name, keys[caller_name], examples, statuses)

    assert {200, 401, 404} <= set(statuses)
    assert len(statuses) > 20


def test_every_security_scheme_is_exercised(app: Flask) -> None:
    openapi = app.test_client().get("/openapi.json").json
    assert openapi is not None

    assert openapi["components"]["securitySchemes"].keys() == set().union(
        *SECURITY_SCHEMES.values()
    )


def api_operations(app: Flask) -> Iterator[Operation]:
    api_schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    return (loaded.ok() for loaded in api_schema.get_all_operations())  # type: ignore[union-attr]  # the schema is ours


def call_operation(
    operation: Operation,
    caller_name: str,
    headers: dict[str, str],
    examples: int,
    statuses: list[int],
) -> None:
    """Call one route with known and unknown identifiers, with valid and invalid requests."""
    for mode, path_parameters in product(
        (GenerationMode.POSITIVE, GenerationMode.NEGATIVE), (NAMES, None)
    ):

        @given(case=operation.as_strategy(generation_mode=mode, path_parameters=path_parameters))
        @settings(_SETTINGS, max_examples=examples)
        def call_once(case: Case[Any]) -> None:
            response = case.call(headers=headers)
            statuses.append(response.status_code)
            case.validate_response(response, checks=CHECKS)
            assert response.status_code >= 400 or is_allowed(caller_name, operation)

        with suppress(Unsatisfiable):  # nothing about it can be wrong
            call_once()


def is_allowed(caller_name: str, operation: Operation) -> bool:
    """Whether the description allows these responses."""
    requirements = operation.definition.raw.get("security", [])
    return not requirements or any(
        requirement.keys() <= SECURITY_SCHEMES[caller_name] for requirement in requirements
    )
