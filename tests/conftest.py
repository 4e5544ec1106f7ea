"""Fixtures for all tests: both databases, the dependencies, the app and a client of it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from app import create_app
from proctor_results.database import schema as database_schema
from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries.targets.base import Target
from proctor_results.dependencies import Dependencies
from proctor_results.policies.load import default_policy, parse_policy
from proctor_results.settings.model import Settings
from proctor_results.vendors.supervisor.settings import SupervisorSettings
from tests.support.operator_browser import OperatorBrowser, add_operators, signed_in_browser
from tests.support.postgresql import run_postgresql
from tests.support.recording_target import RecordingTarget
from tests.support.vendors import VENDORS

pytest_plugins = ["tests.support.server_fixtures", "tests.support.marks"]

VENDOR_KEY = "the vendor's own key"
LMS_KEY = "a key for the LMS"
METRICS_KEY = "a key for Prometheus"
SECRET = "a secret for browsers' tokens, long enough for HS256"
SUPERVISOR_SECRET = "a secret of the vendor's, also long enough for HS256"
BROWSER_ORIGIN = "https://lms.example"
NINE_O_CLOCK = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of this test process, with our tables.

    It does not wait for the disk: no test cuts its power.
    """
    with run_postgresql() as server:
        database = connect(server.get_uri())
        database.fetch(Statement("ALTER SYSTEM SET fsync = off"))
        database.fetch(Statement("ALTER SYSTEM SET autovacuum = off"))  # it would change plans
        database.fetch(Statement("SELECT pg_reload_conf()"))
        database_schema.upgrade(database)
        yield server.get_uri()
        database.close()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables, for tests to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = connect(f"sqlite:///{path}")
    database_schema.upgrade(database)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database. A test that uses it runs on both kinds of database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "results.db")
        return f"sqlite:///{tmp_path / 'results.db'}"
    url: str = request.getfixturevalue("postgresql")
    _empty_tables(url)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = connect(database_url)
    yield opened
    opened.close()


@pytest.fixture
def recording_target() -> RecordingTarget:
    return RecordingTarget()


@pytest.fixture
def deps(database: Database, recording_target: RecordingTarget) -> Dependencies:
    return Dependencies(
        database=database,
        policy=default_policy(),
        targets=(recording_target,),
        vendors=VENDORS,
        read_policy=parse_policy,
    )


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        development=False,
        database_url=database_url,
        public_url="https://results.example",
        secret_key=SECRET,
        default_vendor="",
        lms_api_keys=(LMS_KEY,),
        metrics_api_keys=(METRICS_KEY,),
        lms_allow_private_addresses=False,
        targets=(),
        vendors={
            "supervisor": SupervisorSettings(
                webhook_keys=("an older key of the vendor", VENDOR_KEY),
                url="https://proctoring.example",
                jwt_secret=SUPERVISOR_SECRET,
            )
        },
        browser_origins=(BROWSER_ORIGIN,),
        trusted_proxy_count=0,
        heartbeat_seconds=10,
        heartbeat_grace_seconds=30,
        policy=default_policy(),
        outcome_final_after_seconds=0,
        worker_threads=4,
        log_level="error",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    yield made
    dependencies_of(made).database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def frozen_clock() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock at nine."""
    with freeze_time(NINE_O_CLOCK) as frozen:
        yield frozen  # type: ignore[misc]  # freezegun's stubs name two more kinds of clock


@pytest.fixture
def anonymous_browser(app: Flask) -> OperatorBrowser:
    """A browser that is not signed in. The operators anna (reviewer) and otto (viewer) exist."""
    add_operators(dependencies_of(app))
    return OperatorBrowser(app.test_client())


@pytest.fixture
def reviewer_browser(app: Flask, anonymous_browser: OperatorBrowser) -> OperatorBrowser:
    return signed_in_browser(app, "anna")


@pytest.fixture
def viewer_browser(app: Flask, anonymous_browser: OperatorBrowser) -> OperatorBrowser:
    return signed_in_browser(app, "otto")


def dependencies_of(app: Flask) -> Dependencies:
    deps: Dependencies = app.extensions["proctor_results"].deps
    return deps


def with_target(app: Flask, target: Target) -> Dependencies:
    """Make the app deliver to this target only."""
    context = app.extensions["proctor_results"]
    deps = replace(context.deps, targets=(target,))
    app.extensions["proctor_results"] = replace(context, deps=deps)
    return dependencies_of(app)


def _empty_tables(url: str) -> None:
    database = connect(url)
    database.fetch(_TRUNCATE)
    database.fetch(Statement("UPDATE feed_counter SET last_position = 0"))
    database.fetch(_RESET_LIVENESS)
    database.close()


_TRUNCATE = Statement(
    "TRUNCATE session, receipt, receipt_event, session_reference, job, decision, checkpoint, "
    "delivery, attempt, target, worker, policy, heartbeat_state, recent_live_metrics, "
    "metric_counter, erasure, operator, sign_in, login_attempt "
    "RESTART IDENTITY CASCADE"
)
_RESET_LIVENESS = Statement(
    "UPDATE web_liveness SET uninterrupted_since = 0, reported_at = 0, last_heartbeat_at = NULL"
)
