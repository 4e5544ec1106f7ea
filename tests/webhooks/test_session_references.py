"""Events that name their session by the vendor's own reference, on both databases."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from proctor_results.database.models import Receipt, ReceiptEvent
from proctor_results.dependencies import Dependencies
from proctor_results.jobs import store as job_store
from proctor_results.retention import erase_store
from proctor_results.sessions import repository
from proctor_results.sessions.enums import Status
from proctor_results.vendors.base import Vendor
from proctor_results.webhooks.bind_reference import bind_reference
from proctor_results.webhooks.record_events import record_request
from proctor_results.webhooks.record_report import SessionErased
from tests.support.made_up_vendor import MadeUpWebhook, made_up_vendor
from tests.support.reports import NOW, inbound_request
from tests.support.vendors import parse_body

STARTED = {"what": "status", "sitting": "sitting-7", "status": "started"}
STOPPED = {**STARTED, "status": "stopped"}
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def deps(deps: Dependencies) -> Dependencies:
    return replace(deps, vendors={**deps.vendors, "made_up": made_up_vendor()})


def post(deps: Dependencies, *events: Mapping[str, str]) -> list[str]:
    body = json.dumps({"events": events}).encode()
    request = inbound_request(body, vendor="made_up")
    receipts = record_request(deps, request, parse_body(body, deps.vendors["made_up"]))
    return [receipt.result for receipt in receipts]


def bind(deps: Dependencies, identifier: str = "exam-1") -> str | None:
    return bind_reference(deps, "made_up", "sitting-7", identifier, LATER)


def status_of(deps: Dependencies, identifier: str = "exam-1") -> Status | None:
    session = repository.get(deps.database, identifier)
    return session.status if session else None


def event_rows(deps: Dependencies) -> list[tuple[str, str | None, str | None, str]]:
    columns = ReceiptEvent.kind, ReceiptEvent.identifier, ReceiptEvent.vendor_reference
    query = ReceiptEvent.select(*columns, ReceiptEvent.result).order_by(ReceiptEvent.id)
    return deps.database.select(query.tuples())


def replays(deps: Dependencies) -> list[tuple[str | None, int | None]]:
    query = Receipt.select(Receipt.identifier, Receipt.replay_of).order_by(Receipt.id)
    return deps.database.select(query.where(Receipt.replay_of.is_null(False)).tuples())


def pending_keys(deps: Dependencies) -> list[str]:
    return [f"{job.kind} {job.key}" for job in job_store.list_pending(deps.database, 10)]


def test_a_known_reference_names_its_session(deps: Dependencies) -> None:
    bind(deps)

    assert post(deps, STARTED) == ["applied"]

    assert status_of(deps) == Status.STARTED
    assert event_rows(deps) == [("status_report", "exam-1", "sitting-7", "applied")]


def test_an_event_with_an_unknown_reference_is_replayed_when_it_is_bound(
    deps: Dependencies,
) -> None:
    assert post(deps, STARTED) == ["unrecognised"]
    assert post(deps, STOPPED, {"what": "incident", "sitting": "sitting-8"}) == ["unrecognised"]
    assert status_of(deps) is None

    assert bind(deps) == "exam-1"

    assert status_of(deps) == Status.STOPPED
    assert [identifier for identifier, _ in replays(deps)] == ["exam-1", "exam-1"]
    assert ("incident", None, "sitting-8", "unrecognised") in event_rows(deps)


def test_binding_again_replays_nothing_again(deps: Dependencies) -> None:
    post(deps, STARTED)
    bind(deps)

    assert bind(deps) == "exam-1"

    assert len(replays(deps)) == 1


def test_a_second_session_for_one_reference_changes_nothing(deps: Dependencies) -> None:
    post(deps, STARTED)
    bind(deps)

    assert bind(deps, "exam-2") == "exam-1"

    assert status_of(deps, "exam-2") is None
    assert post(deps, STOPPED) == ["applied"]
    assert status_of(deps) == Status.STOPPED


def test_an_event_that_names_both_makes_the_pair_known(deps: Dependencies) -> None:
    post(deps, STARTED)

    assert post(deps, {**STOPPED, "identifier": "exam-1"}) == ["applied"]

    assert post(deps, {**STARTED, "identifier": "exam-2"}) == ["applied"]
    assert bind(deps, "exam-2") == "exam-1"
    assert [identifier for identifier, _ in replays(deps)] == ["exam-1"]
    assert status_of(deps) == Status.STOPPED


def test_another_vendors_session_is_not_bound(deps: Dependencies) -> None:
    deps = replace(deps, vendors={**deps.vendors, "other": Vendor(name="other")})
    post(deps, {**STARTED, "identifier": "exam-1"})

    assert bind_reference(deps, "other", "sitting-7", "exam-1", LATER) is None


def test_references_of_two_vendors_are_apart(deps: Dependencies) -> None:
    other = Vendor(name="other", webhook=MadeUpWebhook())
    deps = replace(deps, vendors={**deps.vendors, "other": other})
    post(deps, STARTED)

    assert bind_reference(deps, "other", "sitting-7", "exam-9", LATER) == "exam-9"

    assert replays(deps) == []


def test_incidents_and_control_actions_are_kept_and_not_invalid(deps: Dependencies) -> None:
    bind(deps)
    pause = {"what": "control", "sitting": "sitting-7", "action": "pause"}

    assert post(deps, {"what": "incident", "sitting": "sitting-7"}, pause) == ["unrecognised"]

    assert event_rows(deps) == [
        ("incident", "exam-1", "sitting-7", "unrecognised"),
        ("control_action", "exam-1", "sitting-7", "unrecognised"),
    ]


def test_a_fetch_is_enqueued_with_its_receipt(deps: Dependencies) -> None:
    assert post(deps, {"what": "fetch", "sitting": "sitting-7"}) == ["applied"]
    assert post(deps, {"what": "fetch", "identifier": "exam-2"}) == ["applied"]

    assert pending_keys(deps) == ["fetch sitting-7", "fetch exam-2"]


def test_no_fetch_is_enqueued_where_the_receipt_is_not_stored(deps: Dependencies) -> None:
    post(deps, {**STARTED, "identifier": "exam-1"})
    with deps.database.transaction():
        erase_store.erase(deps.database, ["exam-1"], "an operator", NOW)

    with pytest.raises(SessionErased):
        post(
            deps,
            {"what": "fetch", "identifier": "exam-0"},
            {**STARTED, "identifier": "exam-1"},
        )

    assert pending_keys(deps) == []
