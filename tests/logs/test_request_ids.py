"""The id of a request, from the webhook to the delivery to the LMS, on both databases."""

import json
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries.targets.webhook import WebhookTarget
from proctor_results.http_client.client import HttpClient
from tests.conftest import VENDOR_KEY, dependencies_of
from tests.support.http_servers import LocalServer, serve
from tests.support.reports import accepted, rejected
from tests.support.worker_fixtures import run_worker, wait_until

HEROKU_REQUEST_ID = "3b1e8f0c-94c2-4e1d-8f7a-0c1d2e3f4a5b"
RECEIPT = Statement("SELECT headers FROM receipt")


@pytest.mark.parametrize(
    "request_id", [HEROKU_REQUEST_ID, "1", "Root=1-67891233-abcdef012345678912345678", "a" * 200]
)
def test_a_request_keeps_the_id_that_a_router_gave_it(client: FlaskClient, request_id: str) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-Id": request_id}).headers["X-Request-Id"]
        == request_id
    )


@pytest.mark.parametrize(
    "request_id", [None, "", "a" * 201, "two words", 'a"b', "ключ", "a;b", "{}"]
)
def test_any_other_request_gets_a_new_one(client: FlaskClient, request_id: str | None) -> None:
    headers = {"X-Request-Id": request_id} if request_id is not None else {}
    generated_ids = {
        client.get("/healthz", headers=headers).headers["X-Request-Id"] for _ in range(2)
    }

    assert len(generated_ids) == 2
    assert {len(generated_id) for generated_id in generated_ids} == {32}


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/sessions", 401)])
def test_errors_carry_the_request_id(client: FlaskClient, path: str, status: int) -> None:
    response = client.get(path, headers={"X-Request-Id": HEROKU_REQUEST_ID})

    assert (response.status_code, response.headers["X-Request-Id"]) == (status, HEROKU_REQUEST_ID)


def test_a_receipt_keeps_the_id_that_was_answered(client: FlaskClient, database: Database) -> None:
    response = client.post(
        "/webhooks/supervisor", data=accepted(), headers={"X-Api-Key": VENDOR_KEY}
    )

    ((headers,),) = database.fetch(RECEIPT)
    assert json.loads(headers)["X-Request-Id"] == response.headers["X-Request-Id"]


def test_a_delivery_carries_the_id_of_the_request_that_caused_it(app: Flask) -> None:
    with serve(LocalServer()) as lms:
        target = WebhookTarget(
            url=lms.url, secret="whsec_" + "A" * 32, http_client=HttpClient(allow_private=True)
        )
        context = app.extensions["proctor_results"]
        app.extensions["proctor_results"] = replace(
            context, deps=replace(context.deps, targets=(target,))
        )
        for report_body, request_id in ((accepted(), "first"), (rejected(), "second")):
            headers = {"X-Api-Key": VENDOR_KEY, "X-Request-Id": request_id}
            app.test_client().post("/webhooks/supervisor", data=report_body, headers=headers)
        with run_worker(dependencies_of(app)):
            wait_until(lambda: len(lms.received) == 2)

    assert [received.headers["X-Request-Id"] for received in lms.received] == ["second", "second"]
