"""The Python files of the package as tests read them: imports, roles, lengths."""

import ast
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "proctor_results"

_ROLES = ("views", "schemas", "cli", "store")
_COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """All Python files of the package, `__init__.py` included."""
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name(path: Path) -> str:
    """Return `sessions/rules/merge` for proctor_results/sessions/rules/merge.py."""
    return str(path.relative_to(PACKAGE).with_suffix(""))


def folder(module: str) -> str:
    """Return the capability of a module name: `sessions` for `sessions/rules/merge`."""
    return module.partition("/")[0]


def role(module: str) -> str:
    """Return `views`, `schemas`, `cli` or `store` by the file's name, else `other`.

    `operations/hold_views` is a `views` file; so is every file in a folder `operations/views`.
    """
    _, *folders, stem = module.split("/") if "/" in module else ["", module]
    last_word = stem.rpartition("_")[2]
    return next((role for role in _ROLES if role == last_word or role in folders), "other")


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the names of our modules (`sessions/model`) and the top names of all others."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (_module(alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (_module(node.module, alias.name) for alias in node.names)


def _module(module: str, imported: str) -> str:
    top, *inner = module.split(".")
    if top != "proctor_results":
        return top
    if imported and PACKAGE.joinpath(*inner, f"{imported}.py").exists():
        inner.append(imported)
    return "/".join(inner) or "__init__"


def our_imports(path: Path) -> set[str]:
    """Return the names of the modules of the package that a file imports, itself left out."""
    ours = {name(each).removesuffix("/__init__") for each in files()}
    return {imported for imported in imports(path) if imported in ours} - {name(path)}


def circles() -> list[set[str]]:
    """Return the groups of modules that import each other, TYPE_CHECKING and late imports too."""
    graph = {name(path).removesuffix("/__init__"): our_imports(path) for path in files()}
    reached = {module: _reachable(graph, module) for module in graph}
    return [
        group
        for module, modules in reached.items()
        if (group := {each for each in modules if module in reached[each]} | {module})
        and len(group) > 1
        and module == min(group)
    ]


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def source_line_count(text: str) -> int:
    """Count the lines that are neither blank nor only a comment. Docstrings count."""
    return len([line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"])


def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, Function)]


def line_count(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def argument_count(function: Function) -> int:
    """Count the parameters, `self` and `cls` left out."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len([argument for argument in every if argument.arg not in ("self", "cls")])


def nesting(node: ast.AST) -> int:
    """Return how deep loops, branches, `with` and `try` are nested; `elif` adds nothing."""
    deepest = 0
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                is_elif = field == "orelse" and isinstance(node, ast.If) and len(node.orelse) == 1
                counts = isinstance(child, _COMPOUND) and not (
                    is_elif and isinstance(child, ast.If)
                )
                deepest = max(deepest, nesting(child) + counts)
    return deepest


def percentile_90(numbers: list[int]) -> int:
    return int(statistics.quantiles(numbers, n=10, method="inclusive")[-1])
