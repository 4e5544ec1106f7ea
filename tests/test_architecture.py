"""The house itself: who may import whom, how large things may get, and that everything has its one-sentence purpose."""

import ast
from collections.abc import Iterator
from pathlib import Path
from sys import stdlib_module_names

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "proctor_results"

WALLS: dict[str, set[str]] = {
    "domain": {"domain"},
    "vendors": {"domain", "vendors", "marshmallow", "jwt", "requests"},
    "store": {"domain", "store", "peewee", "playhouse", "psycopg"},
    "lms": {
        "domain",
        "lms",
        "request_id",
        "requests",
        "urllib3",
        "standardwebhooks",
        "proctor_results",
    },
    "flows": {
        "domain",
        "store",
        "flows",
        "request_id",
        "vendors.base",
        "lms.base",
        "werkzeug.security",
    },
    "web": {
        "domain",
        "flows",
        "web",
        "vendors.base",
        "vendors.launch",
        "proctor_results",
        "clock",
        "request_id",
    }
    | {
        "jwt",
        "flask_cors",
        "flask",
        "flask_smorest",
        "flask_swagger_ui",
        "marshmallow",
        "prometheus_client",
        "werkzeug",
        "structlog",
    },
    "dashboard": {"domain", "flows", "dashboard", "web.front_door", "web.guards", "clock"}
    | {"flask", "flask_bootstrap", "flask_wtf", "wtforms", "markupsafe", "werkzeug", "structlog"},
    "bundle": {"domain", "bundle"},
    "commands": {
        "domain",
        "store",
        "flows",
        "bundle",
        "commands",
        "checkup",
        "clock",
        "worker",
        "policy_file",
    }
    | {"click", "flask", "structlog"},
    "checkup": {
        "domain",
        "checkup",
        "settings",
        "settings_checks",
        "vendors.launch",
        "lms.dialling",
        "lms.deadline",
    }
    | {"requests", "proctor_results"},
    "serving": {"serving", "gunicorn", "log"},
    "sandbox": {"sandbox", "flask", "werkzeug", "click", "requests", "standardwebhooks"},
}
"""What each room may import besides the standard library; rooms of ours by their names within the house."""

BLIND: dict[str, set[str]] = {
    "domain": {"os", "time", "random", "logging", "socket"},
    "flows": {"os", "time", "random"},
}
"""What of the standard library a room may not see: the clock, the environment, chance."""


def files() -> list[Path]:
    return sorted(HOUSE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0]


def imports(path: Path) -> Iterator[str]:
    """The modules a file imports, those of ours as `room.file`, or `proctor_results` for the package itself."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from _ours(node.module, [alias.name for alias in node.names])


def _ours(module: str, names: list[str]) -> Iterator[str]:
    package, _, inside = module.partition(".")
    if package != "proctor_results":
        yield module
    elif inside.count("."):
        yield inside
    else:
        yield from (
            f"{inside}.{name}".lstrip(".")
            if (HOUSE / inside / f"{name}.py").exists()
            else inside or package
            for name in names
        )


def allowed(imported: str, may: set[str]) -> bool:
    top = imported.partition(".")[0]
    return (
        top in may or imported in may or (top in stdlib_module_names and not (HOUSE / top).exists())
    )


@pytest.mark.parametrize("name", WALLS)
def test_a_room_imports_only_what_its_wall_lets_through(name: str) -> None:
    through = {
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in files()
        if room(path) == name
        for imported in imports(path)
        if not allowed(imported, WALLS[name])
        or imported.partition(".")[0] in BLIND.get(name, set())
    }
    assert through == set()


def test_every_room_has_a_wall() -> None:
    rooms = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    assert rooms == WALLS.keys()


@pytest.mark.parametrize(
    ("name", "foundation"), [("vendors", {"base", "fields", "strict_json"}), ("lms", None)]
)
def test_vendors_and_targets_do_not_know_each_other(name: str, foundation: set[str] | None) -> None:
    concrete = {path.stem for path in (HOUSE / name).glob("*.py")} & (
        {"supervisor", "webhook", "http_template"} - (foundation or set())
    )
    known = {
        imported
        for path in (HOUSE / name).glob("[a-z]*.py")
        for imported in imports(path)
        if imported.removeprefix(f"{name}.") in concrete
    }
    assert concrete
    assert known == set()


def test_only_the_wiring_knows_app_and_wsgi() -> None:
    importing = {
        path.name for path in files() for imported in imports(path) if imported in ("app", "wsgi")
    }
    assert importing == set()


def test_a_vendors_words_stay_in_its_file() -> None:
    words = ("startedAt", "stoppedAt", "signedAt")
    homes = {
        HOUSE / "vendors" / "supervisor.py",
        HOUSE / "web" / "examples.py",
        *(HOUSE / "sandbox").rglob("*.py"),
    }
    strangers = {
        path.name
        for path in files()
        if path not in homes and any(word in path.read_text() for word in words)
    }
    assert strangers == set()


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_file_says_in_one_sentence_what_it_is_for(path: Path) -> None:
    purpose = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
    assert purpose.endswith((".", ":"))


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert len([line for line in text.splitlines() if line.strip()]) <= 200
    assert max([(node.end_lineno or 0) - node.lineno + 1 for node in functions], default=0) <= 40


def test_transactions_are_opened_by_flows_alone() -> None:
    """The migrations' runner is the one exception: it is a story of its own."""
    openers = {
        room(path)
        for path in files()
        if path.name not in ("schema.py", "ledger.py") and (".transaction()" in path.read_text())
    }
    assert openers == {"flows"}


def test_nothing_is_called_by_a_name_that_says_nothing() -> None:
    assert {path.stem for path in files()} & {
        "utils",
        "helpers",
        "common",
        "manager",
        "service",
        "misc",
    } == set()


def test_no_work_is_left_lying_about() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    left = {
        path.name
        for path in [*files(), *(ROOT / "tests").rglob("*.py")]
        for word in words
        if word in path.read_text()
    }
    assert left == set()
