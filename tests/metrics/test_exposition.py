"""`GET /metrics` gives the same numbers from every process, on both databases."""

import math
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.deliveries.targets.base import Refused, Unreachable
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.metrics.exposition import COUNTERS, DELIVERY_DURATION, GAUGES, PREFIX
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.sessions.enums import HoldKind, OperatorAction
from proctor_results.settings.model import Settings
from proctor_results.worker.registration import register_worker
from tests.conftest import METRICS_KEY, VENDOR_KEY, dependencies_of, with_target
from tests.support.recording_target import RecordingTarget
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected
from tests.support.stepped_worker import SteppedWorker
from tests.support.worker_fixtures import without_table

REFUSED_RESULT = Refused(status=400, detail="answered 400")
UNREACHABLE_RESULT = Unreachable(detail="answered 503", status=503)


def scrape(client: FlaskClient) -> dict[str, float]:
    """Return the samples that are not 0, by name without our prefix and values of labels."""
    with freeze_time(NOW + timedelta(seconds=30)):
        response = client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_KEY}"})
    assert response.status_code == 200
    samples = [
        sample
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    ]
    return {
        _sample_name(sample.name, sample.labels): sample.value for sample in samples if sample.value
    }


def _sample_name(name: str, labels: dict[str, str]) -> str:
    return " ".join((name.removeprefix(PREFIX), *labels.values()))


def deliver_all(deps: Dependencies, hours: int = 0) -> None:
    """Deliver everything that is due, as a worker does."""
    delivery_steps, now = SteppedWorker(), NOW + timedelta(hours=hours)
    delivery_steps.take_step(deps, 100, now)
    while delivery_steps.has_work:
        delivery_steps.take_step(deps, 100, now)


@pytest.fixture
def deps(app: Flask, recording_target: RecordingTarget) -> Dependencies:
    return with_target(app, recording_target)


def test_counters_start_at_zero(client: FlaskClient, deps: Dependencies) -> None:
    page = client.get("/metrics", headers={"X-Api-Key": METRICS_KEY}).text
    samples = {
        line.removeprefix(PREFIX).partition("{")[0].partition(" ")[0] for line in page.splitlines()
    }

    assert {
        *(f"{counter}_total" for counter in COUNTERS),
        *GAUGES,
        f"{DELIVERY_DURATION[0]}_count",
    } <= samples
    assert (
        f'{PREFIX}receipts_total{{result="invalid",vendor="supervisor"}} 0.0' in page.splitlines()
    )


def test_receipts_are_counted_by_vendor_and_result(client: FlaskClient) -> None:
    for report_body in (SAMPLE, SAMPLE, b"nothing", body(status="suspended")):
        client.post("/webhooks/supervisor", data=report_body, headers={"X-Api-Key": VENDOR_KEY})

    samples = scrape(client)

    results = ("applied", "duplicate", "invalid", "unrecognised")
    assert [samples[f"receipts_total {result} supervisor"] for result in results] == [1, 1, 1, 1]
    assert samples["receipts_unrecognised"] == 1


def test_decisions_outcomes_and_holds_are_counted_by_kind(
    client: FlaskClient, deps: Dependencies
) -> None:
    record(deps, rejected())
    act(
        deps,
        IDENTIFIER,
        OperatorAction.RELEASE,
        Attribution(actor="office", reason="a mistake"),
        NOW,
        hold=HoldKind.REJECTED,
    )

    samples = scrape(client)

    assert samples["decisions_total report"] == samples["decisions_total operator"] == 1
    assert samples["outcomes_total rejected"] == 1
    assert samples["holds_opened_total rejected"] == samples["holds_closed_total rejected"] == 1
    assert "holds_open rejected" not in samples


def test_open_holds_are_counted_by_kind(client: FlaskClient, deps: Dependencies) -> None:
    for number in range(3):
        record(deps, rejected(identifier=f"exam-{number}"))
    record(deps, accepted(identifier="exam-1", signed_at="2022-02-19T12:00:00.000Z"))

    assert scrape(client)["holds_open rejected"] == 2


def test_deliveries_are_counted_by_target_and_state(
    client: FlaskClient, deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(deps, accepted(identifier="failed"))
    for hours in range(3):
        recording_target.results = [REFUSED_RESULT]
        deliver_all(deps, hours)
    record(deps, accepted(identifier="delivered"))
    deliver_all(deps)
    record(deps, rejected(identifier="waiting"))
    SteppedWorker().take_step(deps, 1, NOW)

    samples = scrape(client)

    states = ("waiting", "in_flight", "failed")
    assert [samples[f"deliveries {state} listener"] for state in states] == [1, 1, 1]
    assert samples["oldest_undelivered_seconds"] == 30


def test_attempts_are_counted_by_result_and_timed(
    client: FlaskClient, deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [UNREACHABLE_RESULT]
    record(deps, accepted())
    deliver_all(deps)
    deliver_all(deps, hours=1)

    samples = scrape(client)

    assert (
        samples["attempts_total unreachable listener"]
        == samples["attempts_total delivered listener"]
        == 1
    )
    assert (
        samples["delivery_duration_seconds_count listener"]
        == samples["delivery_duration_seconds_bucket 0.025 listener"]
        == 2
    )


def test_a_delivery_duration_is_counted_in_its_bucket_and_all_above(
    client: FlaskClient, deps: Dependencies
) -> None:
    for seconds in (0.5, 0.51, 99):
        deps.counters.count_attempt("listener", "delivered", seconds)

    samples = scrape(client)

    cumulative = {
        bound: samples.get(f"delivery_duration_seconds_bucket {bound} listener", 0)
        for bound in ("0.25", "0.5", "1.0", "15.0")
    }
    assert cumulative == {"0.25": 0, "0.5": 1, "1.0": 2, "15.0": 2}
    assert (
        samples["delivery_duration_seconds_bucket +Inf listener"],
        samples["delivery_duration_seconds_sum listener"],
    ) == (3, 100.01)


def test_rejected_requests_are_counted_by_realm(client: FlaskClient) -> None:
    for path in ("/sessions", "/sessions", "/metrics"):
        client.get(path)

    samples = scrape(client)

    assert (samples["auth_failures_total lms"], samples["auth_failures_total metrics"]) == (2, 1)


def test_worker_and_liveness_are_shown(client: FlaskClient, deps: Dependencies) -> None:
    register_worker(deps, "worker-1", NOW)
    report_liveness(deps, None, NOW + timedelta(seconds=20))

    samples = scrape(client)

    assert (samples["worker_last_seen_seconds"], samples["accepting_heartbeats"]) == (30, 1)


def test_every_process_shows_the_same_and_never_less_than_before(
    client: FlaskClient, settings: Settings
) -> None:
    other_app = create_app(settings)
    record(dependencies_of(other_app), SAMPLE)
    first_client, second_client = client, other_app.test_client()
    first_client.post("/webhooks/supervisor", data=rejected(), headers={"X-Api-Key": VENDOR_KEY})

    counted = [
        scrape(scraped_client)["receipts_total applied supervisor"]
        for scraped_client in (first_client, second_client, first_client)
    ]

    assert counted == [1, 2, 2]
    dependencies_of(other_app).database.close()


def test_counts_that_could_not_be_stored_are_stored_later(
    client: FlaskClient, deps: Dependencies, database: Database
) -> None:
    record(deps, SAMPLE)
    with without_table(database, "metric_counter"), pytest.raises(DatabaseUnavailable):
        deps.counters.flush(deps.database)
    record(deps, SAMPLE)

    assert scrape(client)["receipts_total applied supervisor"] == 1
    assert scrape(client)["receipts_total duplicate supervisor"] == 1


def test_a_worker_stores_its_counters_before_it_exits(
    client: FlaskClient, deps: Dependencies, recording_target: RecordingTarget
) -> None: ...


def test_without_a_database_there_is_nothing_to_scrape(
    client: FlaskClient, database: Database
) -> None:
    with without_table(database, "metric_counter"):
        response = client.get("/metrics", headers={"X-Api-Key": METRICS_KEY})

    assert response.status_code == 503


def test_only_the_gauge_of_a_missing_worker_is_infinite(client: FlaskClient) -> None:
    assert [name for name, value in scrape(client).items() if math.isinf(value)] == [
        "worker_last_seen_seconds"
    ]
