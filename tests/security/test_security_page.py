"""docs/security.md names existing tests, and all tests of this folder."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_test_named_on_the_page_exists() -> None:
    on_page = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))

    assert {path for path in on_page if not (ROOT / path).exists()} == set()
    assert len(on_page) > 15


def test_every_security_test_file_is_named() -> None:
    files = {path.name for path in (ROOT / "tests" / "security").glob("test_*.py")} - {
        Path(__file__).name
    }

    assert {name for name in files if f"`tests/security/{name}`" not in PAGE} == set()
