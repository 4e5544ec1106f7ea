"""A real gunicorn for hostile clients to try."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.doors import Door, door


@pytest.fixture(scope="package")
def opened(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[Door]:
    """As gunicorn.conf.py says, for all tests of this folder."""
    with door(tmp_path_factory.mktemp("door"), sqlite_with_tables) as made:
        yield made
