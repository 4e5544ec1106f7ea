"""A door that stays open for all tests of a file, because gunicorn takes a second to start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.doors import Door, door

NARROW = "tests.serving.gates.Narrow"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[Door]:
    """As gunicorn.conf.py says, but for a narrow way out."""
    with door(tmp_path_factory.mktemp("door"), sqlite_with_tables, "--worker-class", NARROW) as made:
        yield made
