"""All links of the pages work, and every log event, metric and column is documented."""

import re

import pytest

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.metrics.exposition import COUNTERS, DELIVERY_DURATION, GAUGES, PREFIX
from tests.support.documentation_pages import PAGES, ROOT, anchors, code_blocks, links

OPERATE, INVENTORY = PAGES["docs/operate.md"], PAGES["docs/data-inventory.md"]
EVENT = re.compile(r"""log\.\w+\(\s*["']([a-z_]+\.[a-z_]+)["']""")
TABLES = Statement(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
)
MIGRATION_TABLES = {"schema_migration"}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_works(page: str) -> None:
    broken = [
        f"{path}#{anchor}"
        for path, anchor in links(page)
        if not (ROOT / path).exists() or (anchor and anchor not in anchors(path))
    ]
    assert broken == []


def test_every_log_event_is_documented() -> None:
    sources = (ROOT / "proctor_results").rglob("*.py")
    events = {event for source in sources for event in EVENT.findall(source.read_text())}

    assert {event for event in events if f"`{event}`" not in OPERATE} == set()
    assert len(events) > 10


def test_exactly_the_existing_metrics_are_documented() -> None:
    existing = {
        f"{PREFIX}{name}"
        for name in (*(f"{counter}_total" for counter in COUNTERS), *GAUGES, DELIVERY_DURATION[0])
    }

    assert set(re.findall(rf"`({PREFIX}\w+)`", OPERATE)) == existing
    assert (
        set(re.findall(rf"\b({PREFIX}\w+)", "".join(code_blocks("docs/operate.md", "yaml"))))
        <= existing
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_exactly_the_existing_columns_are_in_the_inventory(database: Database) -> None:
    tables = {name for (name,) in database.fetch(TABLES)} - MIGRATION_TABLES
    stored = {
        table: {row[1] for row in database.fetch(Statement(f"PRAGMA table_info({table})"))}
        for table in tables
    }

    assert {table: documented_columns(table) for table in tables} == stored
    assert set(re.findall(r"^## (\w+)$", INVENTORY, re.MULTILINE)) == tables


def documented_columns(table: str) -> set[str]:
    section = re.search(rf"^## {table}$(.*?)(?=^## |\Z)", INVENTORY, re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| (`[^|]*) \|", section[1] if section else "", re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
