"""What tests stand on: both databases for real, a house with targets that listen, and a front door to knock at."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from proctor_results.flows.house import House
from proctor_results.policy_file import built_in, parse
from proctor_results.settings import Settings
from proctor_results.store import schema
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from proctor_results.vendors import VENDORS
from tests.listeners import Listener
from tests.postgresql import running

VENDOR_KEY = "the vendor's own key"
LMS_KEY = "a key for the LMS"
METRICS_KEY = "a key for whoever watches"
SECRET = "a secret for browsers' tokens, long enough for anybody"
SUPERVISOR_SECRET = "a secret of the vendor's, also long enough for anybody"
BROWSER_ORIGIN = "https://lms.example"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL, with our tables."""
    with running() as server:
        ledger = open_ledger(server.get_uri())
        schema.upgrade(ledger)
        yield server.get_uri()
        ledger.close()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    ledger = open_ledger(f"sqlite:///{path}")
    schema.upgrade(ledger)
    ledger.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty ledger: every test that needs one runs on both databases."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "ledger.db")
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgresql")
    _empty(url)
    return url


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    opened = open_ledger(database_url)
    yield opened
    opened.close()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def house(ledger: Ledger, listener: Listener) -> House:
    return House(ledger=ledger, policy=built_in(), targets=(listener,), vendors=VENDORS, read_policy=parse)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        development=False,
        database_url=database_url,
        public_url="https://results.example",
        secret_key=SECRET,
        webhook_api_keys=("an older key of the vendor", VENDOR_KEY),
        webhook_api_key_header="X-Api-Key",
        lms_api_keys=(LMS_KEY,),
        metrics_api_keys=(METRICS_KEY,),
        lms_webhook_url="",
        lms_webhook_secret="",
        lms_allow_private_addresses=False,
        lms_lock_url="",
        lms_lock_method="POST",
        lms_lock_body="",
        lms_lock_content_type="application/json",
        lms_lock_headers={},
        supervisor_url="https://proctoring.example",
        supervisor_provider="jwt",
        supervisor_jwt_secret=SUPERVISOR_SECRET,
        browser_origins=(BROWSER_ORIGIN,),
        trusted_proxies=0,
        heartbeat_seconds=10,
        heartbeat_grace_seconds=30,
        policy=built_in(),
        outcome_settle_seconds=0,
        worker_threads=4,
        log_level="error",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    yield made
    house_of(made).ledger.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def house_of(app: Flask) -> House:
    house: House = app.extensions["proctor_results"].house
    return house


def with_listener(app: Flask, listener: Listener) -> House:
    """The app's house, told to tell the listener."""
    door = app.extensions["proctor_results"]
    app.extensions["proctor_results"] = replace(door, house=replace(door.house, targets=(listener,)))
    return house_of(app)


def _empty(url: str) -> None:
    ledger = open_ledger(url)
    ledger.run(_EMPTY)
    ledger.run(Statement("UPDATE feed SET last = 0"))
    ledger.run(Statement("UPDATE hearing SET since = 0, seen_at = 0, heard_at = NULL"))
    ledger.close()


_EMPTY = Statement(
    "TRUNCATE session, receipt, decision, checkpoint, delivery, attempt, target, worker, policy, watch, live, tally, "
    "erasure, operator, sign_in, knock "
    "RESTART IDENTITY CASCADE"
)
