"""The databases' own plans: no statement of hot path or dashboard reads a whole table."""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import peewee
import pytest

from proctor_results.dashboard.queries import overview, search_store
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries import queue as delivery_queue
from proctor_results.deliveries import targets_store
from proctor_results.explanations import list_decisions
from proctor_results.metrics import gauges_store
from proctor_results.operations import change_feed
from proctor_results.operators import login_attempts_store
from proctor_results.sessions import repository
from proctor_results.sessions.store import save_sql

MODULES = (
    save_sql,
    repository,
    delivery_queue,
    targets_store,
    change_feed,
    gauges_store,
    overview,
    search_store,
    list_decisions,
    login_attempts_store,
)


def statements(module: ModuleType) -> Iterator[tuple[str, Statement]]:
    """Yield the statements of a module by name, also those that a dict holds."""
    for name, value in vars(module).items():
        several = (
            value.items()
            if isinstance(value, dict) and not name.startswith("__")
            else [(None, value)]
        )
        for key, each in several:
            if isinstance(each, peewee.ModelSelect):
                each = _statement_of(each)
            if isinstance(each, Statement):
                yield (
                    f"{module.__name__.rpartition('.')[2]}.{name}{f'[{key}]' if key else ''}",
                    each,
                )


def _statement_of(query: peewee.ModelSelect) -> Statement:
    """Return a peewee query of one table, without parameters, in which the table has no alias."""
    sql, parameters = query.sql()
    assert parameters == []
    return Statement(sql.replace('"t1"', f'"{query.model._meta.table_name}"'))


STATEMENTS = {name: statement for module in MODULES for name, statement in statements(module)}
SMALL = {"feed_counter", "metric_counter", "sign_in", "login_attempt"}
PARTIAL = Statement(
    "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'",
    postgresql="SELECT CAST(CAST(indexrelid AS regclass) AS text) FROM pg_index "
    "WHERE indpred IS NOT NULL",
)
TABLES = Statement("SELECT name FROM sqlite_master WHERE type = 'table'")


@pytest.fixture
def planner(database: Database) -> Database:
    """Return a database that scans a table only where no index can be used."""
    if database.is_sqlite:
        # The checks of an INSERT show as scans, although SQLite skips them while no violation is
        # pending.
        database.fetch(Statement("PRAGMA foreign_keys = off"))
    else:
        database.fetch(Statement("SET enable_seqscan = off"))
        for join in (
            "mergejoin",
            "hashjoin",
        ):  # they read whole indexes, which is right for tiny tables only
            database.fetch(Statement(f"SET enable_{join} = off"))
    return database


def full_scans(planner: Database, statement: Statement) -> set[str]:
    """Return the tables of which the statement would read all rows or a whole index."""
    scans = _sqlite(planner, statement) if planner.is_sqlite else _postgresql(planner, statement)
    partial = {name for (name,) in planner.fetch(PARTIAL)}
    return {
        f"{table} by {index}"
        for table, index in scans
        if table not in SMALL and index not in partial
    }


def _sqlite(planner: Database, statement: Statement) -> Iterator[tuple[str, str | None]]:
    sql = statement.sqlite_sql
    values = dict.fromkeys(re.findall(r":([a-z]\w*)", sql))
    tables = {name for (name,) in planner.fetch(TABLES)}
    for *_, detail in (
        planner.fetch(Statement(f"EXPLAIN QUERY PLAN {sql}"), **values) if sql else ()
    ):
        scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", detail)
        if scan and scan[1] in tables:
            yield scan[1], scan[2]


def _postgresql(planner: Database, statement: Statement) -> Iterator[tuple[str, str | None]]:
    sql = f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement.postgresql_sql}"
    (((plan,),),) = planner.peewee_database.execute_sql(sql.replace("%", "%%")).fetchall()
    for node in _nodes(plan["Plan"]):
        reads = "Relation Name" in node or "Index Name" in node
        if (
            reads
            and "Scan" in node["Node Type"]
            and "Index Cond" not in node
            and "Recheck Cond" not in node
        ):
            yield node.get("Relation Name", "an index"), node.get("Index Name")


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_finds_its_rows_by_an_index(planner: Database, name: str) -> None:
    assert full_scans(planner, STATEMENTS[name]) == set()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM receipt WHERE detail = :detail",
        "SELECT id FROM session ORDER BY id",
        "UPDATE delivery SET failure_count = 0 WHERE desired_revision = :wanted",
        "SELECT COUNT(*) FROM attempt",
    ],
)
def test_a_statement_without_an_index_would_be_noticed(planner: Database, sql: str) -> None:
    assert full_scans(planner, Statement(sql)) != set()


def test_the_statements_are_found() -> None:
    assert {
        "save_sql.SAVE_ALL_POSTGRESQL",
        "repository._LOAD_CONTEXT",
        "queue._LEASE_DUE",
        "change_feed._LIST_CHANGED",
        "gauges_store._OLDEST_PENDING",
        "search_store._PAGE_BY_INDEX[locked]",
    } <= STATEMENTS.keys()
