"""The id of a request, from the front door to what the LMS is told, on both databases."""

import json
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from proctor_results.lms.outbound import Caller
from proctor_results.lms.webhook import WebhookTarget
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from tests.conftest import VENDOR_KEY, house_of
from tests.lms.peers import Peer, running
from tests.reports import accepted, rejected
from tests.workplace import until, working

HEROKUS = "3b1e8f0c-94c2-4e1d-8f7a-0c1d2e3f4a5b"
RECEIPT = Statement("SELECT headers FROM receipt")


@pytest.mark.parametrize("given", [HEROKUS, "1", "Root=1-67891233-abcdef012345678912345678", "a" * 200])
def test_a_request_keeps_the_id_that_a_router_gave_it(client: FlaskClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", [None, "", "a" * 201, "two words", 'a"b', "ключ", "a;b", "{}"])
def test_any_other_request_gets_a_new_one(client: FlaskClient, given: str | None) -> None:
    headers = {"X-Request-Id": given} if given is not None else {}
    made = {client.get("/healthz", headers=headers).headers["X-Request-Id"] for _ in range(2)}

    assert len(made) == 2
    assert {len(each) for each in made} == {32}


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/sessions", 401)])
def test_errors_carry_it_too(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"X-Request-Id": HEROKUS})

    assert (answer.status_code, answer.headers["X-Request-Id"]) == (status, HEROKUS)


def test_a_receipt_keeps_the_id_that_was_answered(client: FlaskClient, ledger: Ledger) -> None:
    answer = client.post("/webhooks/supervisor", data=accepted(), headers={"X-Api-Key": VENDOR_KEY})

    ((headers,),) = ledger.run(RECEIPT)
    assert json.loads(headers)["X-Request-Id"] == answer.headers["X-Request-Id"]


def test_the_lms_is_told_under_the_id_of_the_request_that_made_it_due(app: Flask) -> None:
    with running(Peer()) as lms:
        target = WebhookTarget(address=lms.url, secret="whsec_" + "A" * 32, caller=Caller(allow_private=True))
        door = app.extensions["proctor_results"]
        app.extensions["proctor_results"] = replace(door, house=replace(door.house, targets=(target,)))
        for said, given in ((accepted(), "first"), (rejected(), "second")):
            headers = {"X-Api-Key": VENDOR_KEY, "X-Request-Id": given}
            app.test_client().post("/webhooks/supervisor", data=said, headers=headers)
        with working(house_of(app)):
            until(lambda: len(lms.received) == 2)

    assert [each.headers["X-Request-Id"] for each in lms.received] == ["second", "second"]
