"""docs/security.md names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_test_named_there_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))

    assert {path for path in named if not (ROOT / path).exists()} == set()
    assert len(named) > 15


def test_every_security_test_file_is_named() -> None:
    files = {path.name for path in (ROOT / "tests" / "hostile").glob("test_*.py")} - {
        Path(__file__).name
    }

    assert {name for name in files if f"`tests/hostile/{name}`" not in PAGE} == set()
