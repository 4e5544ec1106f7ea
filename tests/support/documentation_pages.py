"""The Markdown pages in the root and under docs/, and what is in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    str(page.relative_to(ROOT)): page.read_text()
    for page in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
}
README = PAGES["README.md"]
ALL_PAGES_TEXT = "\n".join(PAGES.values())

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIME_FIELDS = {"timestamp", "since", "updated_at"}


def code_blocks(page: str, language: str) -> list[str]:
    """Return the unchanged code blocks of a page in one language."""
    return [code for written_in, code in _BLOCK.findall(PAGES[page]) if written_in == language]


def links(page: str) -> list[tuple[str, str]]:
    """Return the links of a page into the repository: path from the root, and anchor or ""."""
    found = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", _BLOCK.sub("", PAGES[page]))
    return [(_from_root(page, path), anchor) for path, anchor in found]


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _BLOCK.sub("", PAGES[page]), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_times(value: object) -> object:
    """Return the JSON value without its time fields."""
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
