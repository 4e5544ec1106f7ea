"""The pages that people read, README.md and what is under docs/, as tests read them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    str(page.relative_to(ROOT)): page.read_text()
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
README = PAGES["README.md"]
ALL_PAGES_TEXT = "\n".join(PAGES.values())

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIME_FIELDS = {"timestamp", "since", "updated_at"}


def code_blocks(page: str, language: str) -> list[str]:
    """Its code in that language, as it stands."""
    return [code for written_in, code in _BLOCK.findall(PAGES[page]) if written_in == language]


def links(page: str) -> list[tuple[str, str]]:
    """Where it leads within the project: a path from the root, and an anchor or an empty text."""
    found = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", _BLOCK.sub("", PAGES[page]))
    return [(_from_root(page, path), anchor) for path, anchor in found]


def anchors(page: str) -> set[str]:
    """Those of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _BLOCK.sub("", PAGES[page]), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_times(value: object) -> object:
    """The JSON without the moments at which it happened."""
    if isinstance(value, list):
        return [without_times(each) for each in value]
    if isinstance(value, dict):
        return {
            name: without_times(value) for name, value in value.items() if name not in _TIME_FIELDS
        }
    return value


def _from_root(page: str, path: str) -> str:
    target = (ROOT / page).parent / path if path else ROOT / page
    return str(target.resolve().relative_to(ROOT))
