"""README.md stays one page that leads to all others, and every setting, route and command is on one of them."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.support.documentation_pages import ALL_PAGES_TEXT, PAGES, README, ROOT, code_blocks

SETTINGS = PAGES["docs/settings.md"]
FOR_PEOPLE = ("/dashboard/", "/bootstrap/")
"""What people reach from `/dashboard`, and what those pages load: docs/dashboard.md is about them."""

FROM_LIBRARIES = {"run", "shell", "routes", "openapi"}
SOURCES = [ROOT / "proctor_results" / "settings.py", ROOT / "gunicorn.conf.py"]
READING = re.compile(r"""(?:env\.\w+|environ\.get)\(\s*["']([A-Z_]+)["']""")
DEFAULT = re.compile(r"""env\.\w+\(\s*"([A-Z_]+)", ("[^"]*"|\w+)""")


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    (tmp_path / "readme.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'readme.db'}"


def settings_read() -> set[str]:
    return {name for source in SOURCES for name in READING.findall(source.read_text())}


def test_it_is_one_page() -> None:
    assert len(README.splitlines()) <= 130


def test_it_leads_to_every_page() -> None:
    of_docs = {page for page in PAGES if page.startswith("docs/") and page.count("/") == 1}

    assert {page for page in of_docs if f"]({page})" not in README} == set()


def test_it_names_the_command_that_tests() -> None:
    (typed,) = (code for code in code_blocks("README.md", "sh") if "make demo" in code)

    assert re.search(r"^make test +# everything", typed, re.MULTILINE)
    assert re.search(r"^make test$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def test_every_setting_is_in_a_table_and_no_other() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE)

    assert sorted(table) == sorted(settings_read())
    assert len(table) > 10


def test_every_default_is_the_one_that_is_read() -> None:
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`|none) \|", SETTINGS, re.MULTILINE))
    read = {name: default.strip('"') for name, default in DEFAULT.findall(SOURCES[0].read_text())}

    assert {name: table[name] for name in read} == {
        name: {"False": "false"}.get(default, default) for name, default in read.items()
    }


def test_a_platform_is_offered_no_other_setting() -> None:
    assert json.loads((ROOT / "app.json").read_text())["env"].keys() <= settings_read()


def test_every_field_of_the_settings_is_a_setting_that_is_read() -> None:
    (settings,) = (
        node
        for node in ast.parse(SOURCES[0].read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    assert len([node for node in settings.body if isinstance(node, ast.AnnAssign)]) == len(
        settings_read() - {"PORT", "WEB_CONCURRENCY"}
    )


def test_every_route_is_on_a_page(app: Flask) -> None:
    routes = {
        re.sub(r"<identifier:", "<", rule.rule).replace("<vendor>", "supervisor")
        for rule in app.url_map.iter_rules()
    }
    ours = {route.rstrip("/") for route in routes if not route.startswith(("/docs/<", *FOR_PEOPLE))}

    assert {route for route in ours if route not in ALL_PAGES_TEXT} == set()
    assert len(ours) > 6


def commands(group: click.Group, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}"


def test_every_command_is_in_the_table_of_commands_and_no_other(app: Flask) -> None:
    ours = {each for each in commands(app.cli) if each.partition(" ")[0] not in FROM_LIBRARIES}
    table = PAGES["docs/operate.md"].partition("\n## Commands\n")[2]

    assert {
        name
        for row in re.findall(r"^\| (`.*?) \| ", table, re.MULTILINE)
        for name in re.findall("`(.*?)`", row)
    } == ours
    assert len(ours) > 5
