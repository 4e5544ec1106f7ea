"""`GET /metrics` tells the truth, whichever process is asked, on both databases."""

import math
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from proctor_results.domain.words import HoldKind
from proctor_results.flows import LedgerAway
from proctor_results.flows.hold_by_hand import Hand, release_by_hand
from proctor_results.flows.house import House
from proctor_results.flows.keep_watch import arrive
from proctor_results.flows.listen import listen
from proctor_results.flows.write_tallies import write_tallies
from proctor_results.lms.base import Refused, Unreachable
from proctor_results.settings import Settings
from proctor_results.store.ledger import Ledger
from proctor_results.web.exposition import COUNTERS, GAUGES, PREFIX, PUSHES
from tests.conftest import METRICS_KEY, VENDOR_KEY, house_of, with_listener
from tests.listeners import Listener
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected
from tests.steps import Steps
from tests.workplace import away

REFUSED = Refused(status=400, detail="answered 400")
DOWN = Unreachable(detail="answered 503", status=503)


def scraped(client: FlaskClient) -> dict[str, float]:
    """What is not 0, by its name without our prefix and the values of its labels, in the order of their names."""
    with freeze_time(NOW + timedelta(seconds=30)):
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_KEY}"})
    assert answer.status_code == 200
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    return {_name(sample.name, sample.labels): sample.value for sample in samples if sample.value}


def _name(name: str, labels: dict[str, str]) -> str:
    return " ".join((name.removeprefix(PREFIX), *labels.values()))


def told(house: House, hours: int = 0) -> None:
    """Whatever is due is carried and settled, as a worker does it."""
    steps, now = Steps(), NOW + timedelta(hours=hours)
    steps.go_on(house, 100, now)
    while steps.busy:
        steps.go_on(house, 100, now)


@pytest.fixture
def house(app: Flask, listener: Listener) -> House:
    return with_listener(app, listener)


def test_what_has_not_happened_yet_is_shown_as_nothing(client: FlaskClient, house: House) -> None:
    page = client.get("/metrics", headers={"X-Api-Key": METRICS_KEY}).text
    shown = {line.removeprefix(PREFIX).partition("{")[0].partition(" ")[0] for line in page.splitlines()}

    assert {*(f"{each}_total" for each in COUNTERS), *GAUGES, f"{PUSHES[0]}_count"} <= shown
    assert f'{PREFIX}receipts_total{{vendor="supervisor",verdict="invalid"}} 0.0' in page.splitlines()


def test_receipts_are_counted_by_vendor_and_verdict(client: FlaskClient) -> None:
    for said in (SAMPLE, SAMPLE, b"nothing", body(status="suspended")):
        client.post("/webhooks/supervisor", data=said, headers={"X-Api-Key": VENDOR_KEY})

    shown = scraped(client)

    verdicts = ("applied", "duplicate", "invalid", "unrecognised")
    assert [shown[f"receipts_total supervisor {verdict}"] for verdict in verdicts] == [1, 1, 1, 1]
    assert shown["receipts_unrecognised"] == 1


def test_decisions_outcomes_and_holds_are_counted_by_kind(client: FlaskClient, house: House) -> None:
    record(house, rejected())
    release_by_hand(house, IDENTIFIER, HoldKind.REJECTED, Hand(actor="office", reason="a mistake"), NOW)

    shown = scraped(client)

    assert shown["decisions_total report"] == shown["decisions_total person"] == 1
    assert shown["outcomes_total rejected"] == 1
    assert shown["holds_opened_total rejected"] == shown["holds_closed_total rejected"] == 1
    assert "holds_open rejected" not in shown


def test_open_holds_are_counted_by_kind(client: FlaskClient, house: House) -> None:
    for number in range(3):
        record(house, rejected(identifier=f"exam-{number}"))
    record(house, accepted(identifier="exam-1", signed_at="2022-02-19T12:00:00.000Z"))

    assert scraped(client)["holds_open rejected"] == 2


def test_deliveries_are_counted_by_target_and_state(client: FlaskClient, house: House, listener: Listener) -> None:
    record(house, accepted(identifier="given-up"))
    for hours in range(3):
        listener.answers = [REFUSED]
        told(house, hours)
    record(house, accepted(identifier="told"))
    told(house)
    record(house, rejected(identifier="waiting"))
    Steps().go_on(house, 1, NOW)

    shown = scraped(client)

    states = ("waiting", "in_flight", "given_up")
    assert [shown[f"deliveries {state} listener"] for state in states] == [1, 1, 1]
    assert shown["oldest_undelivered_seconds"] == 30


def test_tries_are_counted_by_result_and_timed(client: FlaskClient, house: House, listener: Listener) -> None:
    listener.answers = [DOWN]
    record(house, accepted())
    told(house)
    told(house, hours=1)

    shown = scraped(client)

    assert shown["attempts_total unreachable listener"] == shown["attempts_total delivered listener"] == 1
    assert shown["push_seconds_count listener"] == shown["push_seconds_bucket 0.025 listener"] == 2


def test_how_long_a_push_took_falls_into_its_bucket_and_all_above(client: FlaskClient, house: House) -> None:
    for seconds in (0.5, 0.51, 99):
        house.tally.push("listener", "delivered", seconds)

    shown = scraped(client)

    upto = {bound: shown.get(f"push_seconds_bucket {bound} listener", 0) for bound in ("0.25", "0.5", "1.0", "15.0")}
    assert upto == {"0.25": 0, "0.5": 1, "1.0": 2, "15.0": 2}
    assert (shown["push_seconds_bucket +Inf listener"], shown["push_seconds_sum listener"]) == (3, 100.01)


def test_whoever_is_turned_away_is_counted_by_door(client: FlaskClient) -> None:
    for path in ("/sessions", "/sessions", "/metrics"):
        client.get(path)

    shown = scraped(client)

    assert (shown["auth_failures_total lms"], shown["auth_failures_total metrics"]) == (2, 1)


def test_worker_and_listening_are_shown(client: FlaskClient, house: House) -> None:
    arrive(house, "worker-1", NOW)
    listen(house, None, NOW + timedelta(seconds=20))

    shown = scraped(client)

    assert (shown["worker_silent_seconds"], shown["listening"]) == (30, 1)


def test_every_process_shows_the_same_and_never_less_than_before(client: FlaskClient, settings: Settings) -> None:
    other = create_app(settings)
    record(house_of(other), SAMPLE)
    mine, theirs = client, other.test_client()
    mine.post("/webhooks/supervisor", data=rejected(), headers={"X-Api-Key": VENDOR_KEY})

    counted = [scraped(each)["receipts_total supervisor applied"] for each in (mine, theirs, mine)]

    assert counted == [1, 2, 2]
    house_of(other).ledger.close()


def test_what_could_not_be_written_down_is_not_forgotten(client: FlaskClient, house: House, ledger: Ledger) -> None:
    record(house, SAMPLE)
    with away(ledger, "tally"), pytest.raises(LedgerAway):
        write_tallies(house)
    record(house, SAMPLE)

    assert scraped(client)["receipts_total supervisor applied"] == 1
    assert scraped(client)["receipts_total supervisor duplicate"] == 1


def test_a_worker_writes_down_what_it_has_counted_before_it_ends(
    client: FlaskClient, house: House, listener: Listener
) -> None: ...


def test_without_a_database_there_is_nothing_to_scrape(client: FlaskClient, ledger: Ledger) -> None:
    with away(ledger, "tally"):
        answer = client.get("/metrics", headers={"X-Api-Key": METRICS_KEY})

    assert answer.status_code == 503


def test_no_count_is_infinite_but_that_of_a_missing_worker(client: FlaskClient) -> None:
    assert [name for name, value in scraped(client).items() if math.isinf(value)] == ["worker_silent_seconds"]
