"""One SQL statement for two databases: how it is compiled for each of them."""

import pytest

from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement

PARAMETERS = {
    "a name": (":name", "$1"),
    "one name twice": (":a_1 + :a_1", "$1 + $1"),
    "a name in brackets": ("(:a,:b)", "($1,$2)"),
    "a name that is cast by CAST": ("CAST(:now AS BIGINT)", "CAST($1 AS BIGINT)"),
    "a name that is cast by colons": (":now::bigint", "$1::bigint"),
    "a column that is cast by colons": ("due_at::bigint", "due_at::bigint"),
    "a time of day": ("'10:30'", "'10:30'"),
    "a colon between letters": ("'a:b'", "'a:b'"),
    "a percent sign": ("5 % 3", "5 % 3"),
    "a pattern": ("LIKE 'a%' || :end", "LIKE 'a%' || $1"),
}


@pytest.mark.parametrize(("sql", "expected"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_postgresql_gets_parameters_by_their_numbers(sql: str, expected: str) -> None:
    assert Statement(sql).postgresql_sql == expected


@pytest.mark.parametrize("sql", [sql for sql, _ in PARAMETERS.values()], ids=PARAMETERS.keys())
def test_sqlite_gets_them_as_they_are(sql: str) -> None:
    assert Statement(sql).sqlite_sql == sql


def test_rows_are_locked_on_postgresql_alone() -> None:
    statement = Statement("SELECT id FROM delivery LIMIT 1 FOR UPDATE SKIP LOCKED")

    assert statement.postgresql_sql.endswith(" FOR UPDATE SKIP LOCKED")
    assert statement.sqlite_sql == "SELECT id FROM delivery LIMIT 1 "


def test_what_postgresql_says_quite_differently_has_its_own_text() -> None:
    statement = Statement("SELECT 1", postgresql="SELECT :other")

    assert (statement.sqlite_sql, statement.postgresql_sql) == (
        "SELECT 1",
        "SELECT $1",
    )


BOTH = {
    "a parameter twice": ("SELECT CAST(:one AS BIGINT) + CAST(:one AS BIGINT)", 2),
    "a remainder": ("SELECT 5 % 3", 2),
    "a pattern with a parameter": (
        "SELECT CAST('abc' LIKE 'a%' || CAST(:end AS TEXT) AS INTEGER)",
        1,
    ),
    "a percent sign in a value": ("SELECT CAST(:percent AS TEXT)", "100 %(one)s"),
    "a cast of nothing": ("SELECT CAST(:nothing AS BIGINT)", None),
}


@pytest.mark.parametrize(("sql", "expected"), BOTH.values(), ids=BOTH.keys())
def test_both_databases_understand_it_alike(database: Database, sql: str, expected: object) -> None:
    values = {"one": 1, "end": "c", "percent": "100 %(one)s", "nothing": None}

    named = {name: value for name, value in values.items() if f":{name}" in sql}

    assert database.fetch(Statement(sql), **named) == [(expected,)]


def test_rows_that_another_has_locked_are_passed_over_on_postgresql(postgresql: str) -> None:
    locking = Statement("SELECT last_position FROM feed_counter FOR UPDATE SKIP LOCKED")
    first, second = connect(postgresql), connect(postgresql)

    with first.transaction():
        assert len(first.fetch(locking)) == 1
        assert second.fetch(locking) == []
    first.close()
    second.close()
