"""A deployment for real, with a stand-in for the vendor's server."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from proctor_results import clock
from proctor_results.flows.keep_watch import arrive
from proctor_results.flows.listen import listen
from proctor_results.settings import Settings
from tests.checkup.servers import SDK, Said, Stub, answering, serving
from tests.conftest import house_of


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """One database is enough: the doctor sees none."""
    shutil.copy(sqlite_with_tables, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def vendor() -> Iterator[Stub]:
    with answering(Stub(answers={"GET /sdk/supervisor.js": Said(body=SDK)})) as stub:
        yield stub


@pytest.fixture
def settings(settings: Settings, vendor: Stub) -> Settings:
    return replace(settings, supervisor_url=vendor.url, lms_webhook_secret="whsec_" + "A" * 32)


@pytest.fixture
def deployment(settings: Settings) -> Iterator[tuple[Flask, str]]:
    """The service, with a worker at work, and its address."""
    app = create_app(settings)
    arrive(house_of(app), "worker-1", clock.now())
    listen(house_of(app), None, clock.now())
    with serving(app) as url:
        yield app, url
    house_of(app).ledger.close()
