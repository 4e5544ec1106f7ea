"""The pages keep their promises: links lead somewhere; what is logged, counted or stored is on them."""

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
OF_THE_RUNNER = {"schema_migration"}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    dead = [
        f"{path}#{anchor}"
        for path, anchor in links(page)
        if not (ROOT / path).exists() or (anchor and anchor not in anchors(path))
    ]
    assert dead == []


def test_every_event_that_is_logged_is_explained() -> None:
    sources = (ROOT / "proctor_results").rglob("*.py")
    events = {event for source in sources for event in EVENT.findall(source.read_text())}

    assert {event for event in events if f"`{event}`" not in OPERATE} == set()
    assert len(events) > 10


def test_every_metric_is_explained_and_no_other() -> None:
    shown = {
        f"{PREFIX}{name}"
        for name in (*(f"{counted}_total" for counted in COUNTERS), *GAUGES, DELIVERY_DURATION[0])
    }

    assert set(re.findall(rf"`({PREFIX}\w+)`", OPERATE)) == shown
    assert (
        set(re.findall(rf"\b({PREFIX}\w+)", "".join(code_blocks("docs/operate.md", "yaml"))))
        <= shown
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_column_that_is_stored_is_in_the_inventory_and_no_other(database: Database) -> None:
    tables = {name for (name,) in database.fetch(TABLES)} - OF_THE_RUNNER
    stored = {
        table: {row[1] for row in database.fetch(Statement(f"PRAGMA table_info({table})"))}
        for table in tables
    }

    assert {table: listed(table) for table in tables} == stored
    assert set(re.findall(r"^## (\w+)$", INVENTORY, re.MULTILINE)) == tables


def listed(table: str) -> set[str]:
    section = re.search(rf"^## {table}$(.*?)(?=^## |\Z)", INVENTORY, re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| (`[^|]*) \|", section[1] if section else "", re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
