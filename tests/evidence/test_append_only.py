"""Evidence is only ever added: no statement of ours rewrites or removes a receipt, a decision or a checkpoint."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import proctor_results
from proctor_results.database.statement import Statement

EMPTYING = {"erasing._RECEIPTS", "erasing._STRAY", "erasing._REST", "pruning._PRUNE_BODIES"}
"""The statements that empty what may be pruned or erased, by file and name: they touch no digest."""

REWRITES = re.compile(
    r"(UPDATE|DELETE\s+FROM|REPLACE\s+INTO|INSERT\s+OR\s+REPLACE\s+INTO|TRUNCATE(\s+TABLE)?|DROP\s+TABLE|MERGE\s+INTO)"
    r"\s+(ONLY\s+)?\"?(receipt|decision|checkpoint)\b",
    re.IGNORECASE,
)
OVERWRITES = re.compile(
    r"INSERT\s+INTO\s+(receipt|decision|checkpoint)\b(?:(?!\bINSERT\b).)*\bDO\s+UPDATE\b",
    re.I | re.S,
)


def statements() -> Iterator[tuple[str, Statement]]:
    """Every statement of the house, by file and name."""
    for module in pkgutil.walk_packages(proctor_results.__path__, "proctor_results."):
        for name, value in vars(import_module(module.name)).items():
            for each in value.values() if isinstance(value, dict) else [value]:
                if isinstance(each, Statement):
                    yield f"{module.name.rpartition('.')[2]}.{name}", each


def rewrites(text: str) -> bool:
    return bool(REWRITES.search(text) or OVERWRITES.search(text))


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_what_empties_touches_no_digest_and_removes_no_evidence(dialect: str) -> None:
    emptying = [getattr(each, f"{dialect}_sql") for name, each in statements() if name in EMPTYING]

    fixed = r"\b(\w+_sha256|chain_position|result|received_at|at|revision)\s*="
    assert len(emptying) >= len(EMPTYING)
    for text in emptying:
        assert not re.search(fixed, text.partition("WHERE")[0])
        assert not re.search(r"DELETE\s+FROM\s+(receipt|decision|checkpoint)\b", text)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_no_statement_rewrites_or_removes_evidence(dialect: str) -> None:
    found = dict(statements())

    assert {
        name for name, statement in found.items() if rewrites(getattr(statement, f"{dialect}_sql"))
    } <= EMPTYING
    assert {
        "save_sql.INSERT_RECEIPT_ONLY",
        "save_sql.SAVE_ALL_POSTGRESQL",
        "checkpoints_store._INSERT",
        "checkpoints_store._BETWEEN",
    } <= found.keys()


def test_no_sql_is_hidden_elsewhere_that_does() -> None:
    files = Path(proctor_results.__path__[0]).rglob("*.py")
    assert [
        path.name
        for path in files
        if REWRITES.search(path.read_text()) and path.stem not in _emptying()
    ] == []


def _emptying() -> set[str]:
    return {name.partition(".")[0] for name in EMPTYING}


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE receipt SET body = ''",
        "DELETE FROM decision WHERE id = 1",
        "TRUNCATE receipt",
        "INSERT OR REPLACE INTO receipt (id) VALUES (1)",
        "WITH a AS (SELECT 1) INSERT INTO receipt (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET body = ''",
    ],
)
def test_a_statement_that_did_would_be_noticed(text: str) -> None:
    assert rewrites(text)
