"""The board of an exam day, on both databases: who is there, who falls silent, what is locked, what waits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from proctor_results.domain.words import HoldKind
from proctor_results.flows.house import House
from proctor_results.flows.keep_watch import arrive
from proctor_results.flows.launch_session import launch_session
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.flows.watch_exam_day import ExamDay, watch_exam_day
from proctor_results.store import exam_day
from proctor_results.store.statement import Statement
from tests.conftest import house_of, with_listener
from tests.listeners import Listener
from tests.operators import Browser
from tests.reports import body, record, rejected

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def at_nine() -> Iterator[FrozenDateTimeFactory]:
    with freeze_time(NINE) as clock:
        yield clock  # type: ignore[misc]  # a moment freezes so


@pytest.fixture
def day(app: Flask) -> House:
    """Anna and bert were heard from at nine; carl 20 seconds before, dora 21; eve is rejected, fred also violates."""
    house = with_listener(app, Listener())
    for name, ago in {"anna": 0, "bert": 0, "carl": 20, "dora": 21}.items():
        launch_session(house, name, "supervisor", {"student": name}, NINE - timedelta(minutes=9))
        record_heartbeat(house, Heartbeat(identifier=name, launch=1), NINE - timedelta(seconds=ago))
    record(house, rejected(identifier="eve"), NINE)
    record(house, rejected(identifier="fred", averages={"c4": 45}), NINE)
    return house


def seen(house: House) -> ExamDay:
    return watch_exam_day(house, NINE)


def test_who_missed_two_beats_is_falling_silent(day: House) -> None:
    assert (seen(day).live, seen(day).quiet) == (2, 2)
    assert [quiet.identifier for quiet in seen(day).quietest] == ["dora", "carl"]


def test_locks_are_counted_by_their_kinds(day: House) -> None:
    assert (seen(day).locked, seen(day).kinds) == (2, {HoldKind.REJECTED: 2, HoldKind.VIOLATION: 1})
    assert [listed.session.identifier for listed in seen(day).newest_locked] == ["fred", "eve"]


def test_what_waits_and_what_was_given_up_is_counted(day: House) -> None:
    assert (seen(day).undelivered, seen(day).given_up) == (8, 0)
    day.ledger.run(Statement("UPDATE delivery SET due_at = NULL WHERE topic = 'lock'"))
    assert (seen(day).undelivered, seen(day).given_up) == (8, 2)


def test_nothing_is_counted_beyond_a_bound(day: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exam_day, "MOST", 1)  # no code of ours: a number that needs a crowd otherwise

    counted = seen(day)

    assert (counted.live, counted.quiet, counted.locked, counted.undelivered) == (1, 1, 1, 1)


@pytest.mark.usefixtures("at_nine")
def test_the_board_names_them(day: House, otto: Browser) -> None:
    page = otto.get("/dashboard").text

    assert "silent for 21 s, locked in 19 s" in page
    assert "nobody is told or locked until one is started" in page
    assert "no web process listens" in page


def test_a_worker_is_seen_and_missed(at_nine: FrozenDateTimeFactory, day: House, otto: Browser) -> None:
    arrive(day, "worker-1", NINE)
    assert "at work" in otto.get("/dashboard/board").text
    at_nine.tick(timedelta(seconds=31))
    assert "not seen for 31 s" in otto.get("/dashboard/board").text


@pytest.mark.usefixtures("at_nine")
def test_a_target_that_rests_is_named_with_its_reason(app: Flask, day: House, otto: Browser) -> None:
    arrive(house_of(app), "worker-1", NINE)
    day.ledger.run(Statement("UPDATE target SET stopped_at = 1, detail = 'answered <410>'"))

    page = otto.get("/dashboard/board").text

    assert "is told nothing more" in page
    assert "answered &lt;410&gt;" in page


def test_a_quiet_day_is_said_to_be_one(otto: Browser) -> None:
    page = otto.get("/dashboard").text

    assert "No exam is locked." in page
    assert "the LMS knows everything" in page


def test_the_first_page_leads_to_the_board(stranger: Browser) -> None:
    assert stranger.get("/").location == "/dashboard"


def test_without_a_script_the_browser_refreshes_and_nobody_is_taken_to_be_there(
    stranger: Browser, at_nine: FrozenDateTimeFactory
) -> None:
    stranger.sign_in("otto")
    assert 'http-equiv="refresh" content="10; url=/dashboard?refresh=1"' in stranger.get("/dashboard").text
    at_nine.tick(timedelta(hours=1))
    assert stranger.get("/dashboard?refresh=1").status_code == 200
    at_nine.tick(timedelta(hours=1))
    assert stranger.get("/dashboard").status_code == 401


def test_a_session_tells_its_story_in_one_order(app: Flask, otto: Browser) -> None:
    record(house_of(app), body(averages={"c4": 45}))

    page = otto.get("/dashboard/sessions/ebb455bf-a757-4b62-bc27-da8c9ffb69fd").text
    timeline = page[page.index('<ol class="timeline">') :]

    assert 0 < timeline.index("supervisor reported: applied") < timeline.index("after the vendor&#39;s report")
