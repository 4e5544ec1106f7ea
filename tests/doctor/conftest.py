"""A real deployment, with a stub of the vendor's server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from proctor_results import clock
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.settings.model import Settings
from proctor_results.worker.registration import register_worker
from tests.conftest import dependencies_of
from tests.support.stub_servers import SDK, StubResponse, StubServer, serve_app, serve_stub
from tests.support.vendors import with_supervisor


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """Use SQLite only: the doctor uses no database."""
    shutil.copy(sqlite_with_tables, tmp_path / "results.db")
    return f"sqlite:///{tmp_path / 'results.db'}"


@pytest.fixture
def vendor() -> Iterator[StubServer]:
    with serve_stub(
        StubServer(responses={"GET /sdk/supervisor.js": StubResponse(body=SDK)})
    ) as stub:
        yield stub


@pytest.fixture
def settings(settings: Settings, vendor: StubServer) -> Settings:
    return with_supervisor(settings, url=vendor.url)


@pytest.fixture
def deployment(settings: Settings) -> Iterator[tuple[Flask, str]]:
    """Run the service with a worker, and yield its address."""
    app = create_app(settings)
    register_worker(dependencies_of(app), "worker-1", clock.now())
    report_liveness(dependencies_of(app), None, clock.now())
    with serve_app(app) as url:
        yield app, url
    dependencies_of(app).database.close()
