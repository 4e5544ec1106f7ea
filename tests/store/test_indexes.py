"""No statement of hot path or dashboard reads a whole table, however full it is: the databases' own plans say so."""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from proctor_results.store import (
    decisions,
    deliveries,
    entries,
    exam_day,
    feed,
    health,
    history,
    knocks,
    listing,
    sessions,
    sign_ins,
)
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

MODULES = (entries, sessions, deliveries, feed, health, exam_day, listing, history, decisions, sign_ins, knocks)


def statements(module: ModuleType) -> Iterator[tuple[str, Statement]]:
    """Those of a module, by name; also those that stand in a table of it."""
    for name, value in vars(module).items():
        several = value.items() if isinstance(value, dict) and not name.startswith("__") else [(None, value)]
        for key, each in several:
            if isinstance(each, Statement):
                yield f"{module.__name__.rpartition('.')[2]}.{name}{f'[{key}]' if key else ''}", each


STATEMENTS = {name: statement for module in MODULES for name, statement in statements(module)}
SMALL = {"feed", "tally", "sign_in", "knock"}
PARTIAL = Statement(
    "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'",
    postgresql="SELECT CAST(CAST(indexrelid AS regclass) AS text) FROM pg_index WHERE indpred IS NOT NULL",
)
TABLES = Statement("SELECT name FROM sqlite_master WHERE type = 'table'")


@pytest.fixture
def planner(ledger: Ledger) -> Ledger:
    """A ledger that tells all it would do, and does without an index only what cannot be done with one."""
    if ledger.embedded:
        # The checks of an INSERT show as scans, although SQLite skips them while no violation is pending.
        ledger.run(Statement("PRAGMA foreign_keys = off"))
    else:
        ledger.run(Statement("SET enable_seqscan = off"))
        for join in ("mergejoin", "hashjoin"):  # walk whole indexes, which is right for tiny tables only
            ledger.run(Statement(f"SET enable_{join} = off"))
    return ledger


def full_scans(planner: Ledger, statement: Statement) -> set[str]:
    """Where it would read the whole of a table, or of an index that leaves nothing out."""
    scans = _sqlite(planner, statement) if planner.embedded else _postgresql(planner, statement)
    partial = {name for (name,) in planner.run(PARTIAL)}
    return {f"{table} by {index}" for table, index in scans if table not in SMALL and index not in partial}


def _sqlite(planner: Ledger, statement: Statement) -> Iterator[tuple[str, str | None]]:
    sql = statement.text("sqlite")
    values = dict.fromkeys(re.findall(r":([a-z]\w*)", sql))
    tables = {name for (name,) in planner.run(TABLES)}
    for *_, detail in planner.run(Statement(f"EXPLAIN QUERY PLAN {sql}"), **values) if sql else ():
        scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", detail)
        if scan and scan[1] in tables:
            yield scan[1], scan[2]


def _postgresql(planner: Ledger, statement: Statement) -> Iterator[tuple[str, str | None]]:
    sql = f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement.text('postgresql')}"
    (((plan,),),) = planner.database.execute_sql(sql.replace("%", "%%")).fetchall()
    for node in _nodes(plan["Plan"]):
        reads = "Relation Name" in node or "Index Name" in node
        if reads and "Scan" in node["Node Type"] and "Index Cond" not in node and "Recheck Cond" not in node:
            yield node.get("Relation Name", "an index"), node.get("Index Name")


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_finds_its_rows_by_an_index(planner: Ledger, name: str) -> None:
    assert full_scans(planner, STATEMENTS[name]) == set()


@pytest.mark.parametrize(
    "said",
    [
        "SELECT id FROM receipt WHERE detail = :detail",
        "SELECT id FROM session ORDER BY id",
        "UPDATE delivery SET failed = 0 WHERE wanted = :wanted",
        "SELECT COUNT(*) FROM attempt",
    ],
)
def test_a_statement_without_an_index_would_be_noticed(planner: Ledger, said: str) -> None:
    assert full_scans(planner, Statement(said)) != set()


def test_the_statements_are_found() -> None:
    assert {
        "entries._ENTRY",
        "sessions._KNOWN",
        "deliveries._LEASE",
        "feed._READ",
        "health._OLDEST",
        "listing._PAGES[held]",
    } <= STATEMENTS.keys()
