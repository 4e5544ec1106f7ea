"""The cold queries over pending deliveries read no whole table."""

from collections.abc import Callable
from typing import Any

import pytest

from proctor_results.database.connection import Database
from proctor_results.deliveries import pending_store
from proctor_results.deliveries.model import DeliveryFilter
from tests.support.reports import NOW

Query = Callable[[Database], object]

QUERIES: dict[str, Query] = {
    "list": lambda database: pending_store.list_pending(database, DeliveryFilter(), 10),
    "count": lambda database: pending_store.count_pending(database, DeliveryFilter()),
    "retry": lambda database: pending_store.retry(database, DeliveryFilter(target="a"), NOW),
    "recover a target": lambda database: pending_store.make_due_now(database, "a", NOW),
    "cap times": lambda database: pending_store.cap_times(database, "a", NOW, NOW),
    "send again": lambda database: pending_store.resend(database, "s-1", 1, NOW),
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_reads_by_an_index(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    peewee_database = database.peewee_database
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    if not database.is_sqlite:
        peewee_database.execute_sql("SET enable_seqscan = off")
    plans: list[str] = []
    execute_sql: Any = peewee_database.execute_sql

    def execute(sql: str, *arguments: Any, **options: Any) -> Any:
        plan = execute_sql(explain + sql, *arguments, **options).fetchall()
        plans.extend(str(row[-1]) for row in plan)
        return execute_sql(sql, *arguments, **options)

    monkeypatch.setattr(peewee_database, "execute_sql", execute)
    query(database)

    assert plans
    scans = [line for line in plans if "Seq Scan on" in line or line.startswith("SCAN")]
    assert [line for line in scans if "USING" not in line] == []
