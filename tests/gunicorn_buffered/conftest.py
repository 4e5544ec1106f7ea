"""One gunicorn for all tests of a file, because gunicorn takes a second to start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gunicorn_server import GunicornServer, run_gunicorn

SMALL_SEND_BUFFER_CLASS = "tests.gunicorn_buffered.worker_classes.SmallSendBufferWorker"


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path
) -> Iterator[GunicornServer]:
    """A server as gunicorn.conf.py says, but with a small send buffer."""
    with run_gunicorn(
        tmp_path_factory.mktemp("gunicorn"),
        sqlite_with_tables,
        "--worker-class",
        SMALL_SEND_BUFFER_CLASS,
    ) as running:
        yield running
