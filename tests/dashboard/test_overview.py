"""The overview, on both databases: heartbeats, locks, deliveries and the worker."""

from datetime import timedelta

import pytest
from flask import Flask
from freezegun.api import FrozenDateTimeFactory

from proctor_results.dashboard.queries import overview
from proctor_results.dashboard.queries.overview import Overview, load_overview
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.launches.launch_session import launch_session
from proctor_results.sessions.enums import HoldKind
from proctor_results.worker.registration import register_worker
from tests.conftest import NINE_O_CLOCK, dependencies_of, with_target
from tests.support.operator_browser import OperatorBrowser
from tests.support.recording_target import RecordingTarget
from tests.support.reports import body, record, rejected


@pytest.fixture
def deps_with_sessions(app: Flask) -> Dependencies:
    """At nine anna and bert sent heartbeats, carl 20 seconds before, dora 21.

    Eve is rejected; fred is rejected and violates the policy.
    """
    deps = with_target(app, RecordingTarget())
    for name, seconds_ago in {"anna": 0, "bert": 0, "carl": 20, "dora": 21}.items():
        launch_session(
            deps, name, "supervisor", {"student": name}, NINE_O_CLOCK - timedelta(minutes=9)
        )
        record_heartbeat(
            deps,
            Heartbeat(identifier=name, launch=1),
            NINE_O_CLOCK - timedelta(seconds=seconds_ago),
        )
    record(deps, rejected(identifier="eve"), NINE_O_CLOCK)
    record(deps, rejected(identifier="fred", averages={"c4": 45}), NINE_O_CLOCK)
    return deps


def load_at_nine(deps: Dependencies) -> Overview:
    return load_overview(deps, NINE_O_CLOCK)


def test_two_missed_heartbeats_are_listed(deps_with_sessions: Dependencies) -> None:
    assert (
        load_at_nine(deps_with_sessions).live_count,
        load_at_nine(deps_with_sessions).missing_count,
    ) == (2, 2)
    assert [missing.identifier for missing in load_at_nine(deps_with_sessions).longest_missing] == [
        "dora",
        "carl",
    ]


def test_locks_are_counted_by_their_kinds(deps_with_sessions: Dependencies) -> None:
    assert (
        load_at_nine(deps_with_sessions).locked_count,
        load_at_nine(deps_with_sessions).hold_kind_counts,
    ) == (2, {HoldKind.REJECTED: 2, HoldKind.VIOLATION: 1})
    assert [
        listed.session.identifier for listed in load_at_nine(deps_with_sessions).newest_locked
    ] == ["fred", "eve"]


def test_pending_and_failed_deliveries_are_counted(deps_with_sessions: Dependencies) -> None:
    assert (
        load_at_nine(deps_with_sessions).pending_count,
        load_at_nine(deps_with_sessions).failed_count,
    ) == (8, 0)
    deps_with_sessions.database.fetch(
        Statement("UPDATE delivery SET next_attempt_at = NULL WHERE topic = 'lock'")
    )
    assert (
        load_at_nine(deps_with_sessions).pending_count,
        load_at_nine(deps_with_sessions).failed_count,
    ) == (8, 2)


def test_nothing_is_counted_beyond_a_bound(
    deps_with_sessions: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        overview, "COUNT_LIMIT", 1
    )  # a setting, not code: 20,000 sessions would be needed

    counted = load_at_nine(deps_with_sessions)

    assert (
        counted.live_count,
        counted.missing_count,
        counted.locked_count,
        counted.pending_count,
    ) == (1, 1, 1, 1)


@pytest.mark.usefixtures("frozen_clock")
def test_the_overview_lists_the_sessions(
    deps_with_sessions: Dependencies, viewer_browser: OperatorBrowser
) -> None:
    page = viewer_browser.get("/dashboard").text

    assert "no heartbeat for 21 s, locks in 19 s" in page
    assert "not started: no deliveries, no timeout locks" in page
    assert "No web process accepts heartbeats" in page


def test_a_running_and_a_missing_worker_are_shown(
    frozen_clock: FrozenDateTimeFactory,
    deps_with_sessions: Dependencies,
    viewer_browser: OperatorBrowser,
) -> None:
    register_worker(deps_with_sessions, "worker-1", NINE_O_CLOCK)
    assert "running" in viewer_browser.get("/dashboard/overview").text
    frozen_clock.tick(timedelta(seconds=31))
    assert "last seen 31 s ago" in viewer_browser.get("/dashboard/overview").text


@pytest.mark.usefixtures("frozen_clock")
def test_a_disabled_target_is_named_with_its_reason(
    app: Flask, deps_with_sessions: Dependencies, viewer_browser: OperatorBrowser
) -> None:
    register_worker(dependencies_of(app), "worker-1", NINE_O_CLOCK)
    deps_with_sessions.database.fetch(
        Statement("UPDATE target SET disabled_at = 1, detail = 'answered <410>'")
    )

    page = viewer_browser.get("/dashboard/overview").text

    assert "gets no more deliveries" in page
    assert "answered &lt;410&gt;" in page


def test_an_overview_without_problems_says_so(viewer_browser: OperatorBrowser) -> None:
    page = viewer_browser.get("/dashboard").text

    assert "No exam is locked." in page
    assert "All deliveries sent" in page


def test_the_root_redirects_to_the_overview(anonymous_browser: OperatorBrowser) -> None:
    assert anonymous_browser.get("/").location == "/dashboard"


def test_an_automatic_refresh_does_not_prolong_the_sign_in(
    anonymous_browser: OperatorBrowser, frozen_clock: FrozenDateTimeFactory
) -> None:
    anonymous_browser.sign_in("otto")
    assert (
        'http-equiv="refresh" content="10; url=/dashboard?refresh=1"'
        in anonymous_browser.get("/dashboard").text
    )
    frozen_clock.tick(timedelta(hours=1))
    assert anonymous_browser.get("/dashboard?refresh=1").status_code == 200
    frozen_clock.tick(timedelta(hours=1))
    assert anonymous_browser.get("/dashboard").status_code == 401


def test_a_session_timeline_is_in_one_order(app: Flask, viewer_browser: OperatorBrowser) -> None:
    record(dependencies_of(app), body(averages={"c4": 45}))

    page = viewer_browser.get("/dashboard/sessions/ebb455bf-a757-4b62-bc27-da8c9ffb69fd").text
    timeline = page[page.index('<ol class="timeline">') :]

    assert (
        0
        < timeline.index("supervisor reported: applied")
        < timeline.index("after the vendor&#39;s report")
    )
