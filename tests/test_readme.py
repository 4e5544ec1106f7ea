"""README.md keeps its promises: every setting, route and command is in it, and its curl lines work as pasted."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
from flask import Flask

from app import create_app
from proctor_results.lms.recipe import KNOWN, Recipe, faults
from proctor_results.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = ("/dashboard/", "/bootstrap/")
"""What people reach from `/dashboard`, and what those pages load: docs/dashboard.md is about them."""

FROM_LIBRARIES = {"run", "shell", "routes", "openapi"}
READING = re.compile(r"""(?:env\.\w+|environ\.get)\(\s*["']([A-Z_]+)["']""")


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    (tmp_path / "readme.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'readme.db'}"


def settings_read() -> set[str]:
    sources = [ROOT / "proctor_results" / "settings.py", ROOT / "gunicorn.conf.py"]
    return {name for source in sources for name in READING.findall(source.read_text())}


def test_every_setting_is_in_its_table_and_no_other() -> None:
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))

    assert table == settings_read()
    assert len(table) > 10


def test_every_field_of_the_settings_is_a_setting_that_is_read() -> None:
    (settings,) = (
        node
        for node in ast.parse((ROOT / "proctor_results" / "settings.py").read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    assert len([node for node in settings.body if isinstance(node, ast.AnnAssign)]) == len(
        settings_read() - {"PORT", "WEB_CONCURRENCY"}
    )


def test_every_route_is_in_it(app: Flask) -> None:
    routes = {
        re.sub(r"<identifier:", "<", rule.rule).replace("<vendor>", "supervisor") for rule in app.url_map.iter_rules()
    }
    ours = {route.rstrip("/") for route in routes if not route.startswith(("/docs/<", *PAGES))}

    assert {route for route in ours if route not in README} == set()
    assert len(ours) > 6


def commands(group: click.Group, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}"


def test_every_command_is_in_it(app: Flask) -> None:
    ours = {each for each in commands(app.cli) if each.partition(" ")[0] not in FROM_LIBRARIES}

    assert {command for command in ours if command not in README} == set()
    assert len(ours) > 5


def curls() -> list[list[str]]:
    return [shlex.split(each) for each in re.findall(r"^curl .*?(?<!\\)$", README, re.MULTILINE | re.DOTALL)]


def test_its_curl_lines_work_as_pasted_with_its_env(settings: Settings) -> None:
    env = dict(re.findall(r"^((?:WEBHOOK|LMS)_API_KEYS)=(.+)$", README, re.MULTILINE))
    keys = {"webhook_api_keys": (env["WEBHOOK_API_KEYS"],), "lms_api_keys": (env["LMS_API_KEYS"],)}
    client = create_app(replace(settings, **keys)).test_client()  # type: ignore[arg-type]  # two tuples of keys

    for curl in curls():
        url = next(word for word in curl if word.startswith("http"))
        headers = dict(curl[place + 1].split(": ", 1) for place, word in enumerate(curl) if word == "-H")
        said = curl[curl.index("-d") + 1] if "-d" in curl else None
        method = curl[curl.index("-X") + 1] if "-X" in curl else "POST" if said else "GET"
        answer = client.open(url, method=method, data=said, headers=headers)
        assert answer.status_code in (200, 201), curl
    assert len(curls()) == 6


def test_its_messages_are_what_the_lms_is_told() -> None:
    told = [json.loads(each) for each in re.findall(r"^```json\n(.*?)```", README, re.MULTILINE | re.DOTALL)]

    assert [each["type"] for each in told] == ["session.outcome", "session.lock"]


def test_its_call_of_an_lms_can_be_used_as_it_stands() -> None:
    said = dict(re.findall(r"^LMS_LOCK_(\w+)=(.+)$", README, re.MULTILINE))
    recipe = Recipe(address=said["URL"], body=said["BODY"], headers=json.loads(said["HEADERS"]))

    assert faults(recipe) == {}
    assert set(KNOWN) == set(re.findall(r"`\{(\w+)\}`", README))


def test_make_run_serves_where_its_curl_lines_ask() -> None:
    makefile = (ROOT / "Makefile").read_text()

    assert "honcho start --port $(RUN_PORT) web worker" in makefile
    assert re.search(r"^RUN_PORT := .*,8000\)$", makefile, re.MULTILINE)


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
