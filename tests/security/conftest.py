"""A real gunicorn for hostile clients."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gunicorn_server import GunicornServer, run_gunicorn


@pytest.fixture(scope="package")
def gunicorn_server(
    tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path
) -> Iterator[GunicornServer]:
    """A server as gunicorn.conf.py says, for all tests of this folder."""
    with run_gunicorn(tmp_path_factory.mktemp("web"), sqlite_with_tables) as running_server:
        yield running_server
