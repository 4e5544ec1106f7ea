"""Evidence is append-only: no statement or query rewrites a receipt, a decision or a checkpoint.

Retention may empty some columns, and nothing else: the digests stay.
"""

import ast
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import proctor_results
from proctor_results.database.statement import Statement

PACKAGE = Path(proctor_results.__path__[0])
MODELS = {"Receipt", "Decision", "Checkpoint"}
ERASABLE_COLUMNS = {
    "Receipt": {
        "identifier",
        "headers",
        "content_sha256",
        "detail",
        "body",
        "pruned_at",
        "erased_at",
    },
    "Decision": {
        "session",
        "opened",
        "closed",
        "reasons",
        "actor",
        "note",
        "inputs",
        "erased_at",
    },
    "Checkpoint": set[str](),
}
REWRITING_METHODS = {
    "update",
    "bulk_update",
    "replace",
    "replace_many",
    "delete",
    "delete_by_id",
    "set_by_id",
    "truncate_table",
    "drop_table",
}
REWRITING_CLASSES = {"ModelUpdate", "ModelDelete", "Update", "Delete"}

REWRITES = re.compile(
    r"(UPDATE|DELETE\s+FROM|REPLACE\s+INTO|INSERT\s+OR\s+REPLACE\s+INTO|TRUNCATE(\s+TABLE)?"
    r"|DROP\s+TABLE|MERGE\s+INTO)\s+(ONLY\s+)?\"?(receipt|decision|checkpoint)\b",
    re.IGNORECASE,
)
OVERWRITES = re.compile(
    r"INSERT\s+INTO\s+(receipt|decision|checkpoint)\b(?:(?!\bINSERT\b).)*\bDO\s+UPDATE\b",
    re.IGNORECASE | re.DOTALL,
)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_no_statement_rewrites_or_removes_evidence(dialect: str) -> None:
    found = dict(_statements())

    rewriting = [
        name for name, each in found.items() if _rewrites_sql(getattr(each, f"{dialect}_sql"))
    ]
    assert rewriting == []
    assert {"save_sql.INSERT_RECEIPT_ONLY", "save_sql.SAVE_ALL_POSTGRESQL"} <= found.keys()


def test_no_other_sql_rewrites_or_removes_evidence() -> None:
    assert [path.name for path in _files() if REWRITES.search(path.read_text())] == []


def test_only_retention_rewrites_evidence_by_a_query() -> None:
    rewriting = {path.parent.name for path in _files() for _ in _rewriting_calls(path.read_text())}

    assert rewriting == {"retention"}


def test_retention_only_updates_columns_that_may_be_emptied() -> None:
    calls = [
        call
        for path in PACKAGE.glob("retention/*.py")
        for call in _rewriting_calls(path.read_text())
    ]

    assert {(model, method) for model, method, _ in calls} == {
        ("Receipt", "update"),
        ("Decision", "update"),
    }
    for model, _, columns in calls:
        assert columns <= ERASABLE_COLUMNS[model]


def test_plain_tables_are_only_read() -> None:
    """A query of `peewee.Table("receipt")` names no model."""
    readers = [path for path in _files() if "peewee.Table" in path.read_text()]

    assert readers
    for path in readers:
        assert not re.search(r"\.(update|delete|replace|insert_many)\(", path.read_text())


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE receipt SET body = ''",
        "DELETE FROM decision WHERE id = 1",
        "TRUNCATE receipt",
        "INSERT OR REPLACE INTO receipt (id) VALUES (1)",
        "INSERT INTO receipt (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET body = ''",
    ],
)
def test_a_rewriting_statement_is_found(text: str) -> None:
    assert _rewrites_sql(text)


@pytest.mark.parametrize(
    "text",
    [
        "Receipt.update(result='stale').where(Receipt.id == 1)",
        "models.Decision.delete().where(models.Decision.id == 1)",
        "peewee.ModelDelete(Checkpoint)",
        "Checkpoint.replace(id=1)",
        "Receipt.insert(id=1).on_conflict(preserve=[Receipt.body])",
        "Receipt.insert(id=1).on_conflict_replace()",
        "Row.update(result='stale')",
    ],
)
def test_a_rewriting_query_is_found(text: str) -> None:
    imports = "from proctor_results.database.models import Receipt as Row\n"

    assert list(_rewriting_calls(imports + text))


@pytest.mark.parametrize(
    "text",
    [
        "Receipt.select()",
        "Receipt.insert(id=1)",
        "Checkpoint.insert(id=1).on_conflict(action='nothing', conflict_target=[Checkpoint.id])",
        "Session.update(revised=True)",
    ],
)
def test_other_queries_are_allowed(text: str) -> None:
    assert not list(_rewriting_calls(text))


def test_columns_of_a_constant_are_found() -> None:
    text = "_EMPTY: dict[str, str] = {'body': ''}\nReceipt.update(**_EMPTY, pruned_at=now)"

    assert list(_rewriting_calls(text)) == [("Receipt", "update", {"body", "pruned_at"})]


def _files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _statements() -> Iterator[tuple[str, Statement]]:
    """Every statement of the package, by module and name."""
    for module in pkgutil.walk_packages(proctor_results.__path__, "proctor_results."):
        for name, value in vars(import_module(module.name)).items():
            for each in value.values() if isinstance(value, dict) else [value]:
                if isinstance(each, Statement):
                    yield f"{module.name.rpartition('.')[2]}.{name}", each


def _rewrites_sql(text: str) -> bool:
    return bool(REWRITES.search(text) or OVERWRITES.search(text))


def _rewriting_calls(text: str) -> Iterator[tuple[str, str, set[str]]]:
    """Model, method and named columns of every peewee call that changes stored evidence."""
    tree = ast.parse(text)
    models = {name: name for name in MODELS} | {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "proctor_results.database.models"
        for alias in node.names
        if alias.name in MODELS
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        method = _last_name(call.func)
        if method in REWRITING_CLASSES and call.args:
            model = models.get(_last_name(call.args[0]))
        elif method in REWRITING_METHODS or _overwrites(method, call):
            model = _root_model(call.func, models)
        else:
            continue
        if model:
            yield model, method, _columns(call, tree)


def _overwrites(method: str, call: ast.Call) -> bool:
    arguments = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    return method == "on_conflict_replace" or (
        method == "on_conflict" and arguments.get("action") != "'nothing'"
    )


def _root_model(node: ast.expr, models: dict[str, str]) -> str | None:
    """The model at the beginning of a chain such as `Receipt.insert(…).on_conflict(…)`."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
        if _last_name(node) in models:
            return models[_last_name(node)]
    return None


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _columns(call: ast.Call, tree: ast.Module) -> set[str]:
    """The keywords of a call; those of `**CONSTANT` are the keys of that dict."""
    constants = {
        target.id: {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    columns = set[str]()
    for keyword in call.keywords:
        columns |= {keyword.arg} if keyword.arg else constants[_last_name(keyword.value)]
    return columns
