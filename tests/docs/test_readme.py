"""README.md fits one screen and links to all pages; they document settings and routes."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest
from flask import Flask

from proctor_results.settings.load import InvalidSettings, load_settings
from tests.support.documentation_pages import ALL_PAGES_TEXT, PAGES, README, ROOT, code_blocks

SETTINGS = PAGES["docs/settings.md"]
FOR_PEOPLE = ("/dashboard/", "/bootstrap/")
"""Pages of the dashboard and the files they load: docs/dashboard.md describes them."""

OF_OTHER_PROGRAMS = {"--app", "--help"}
FROM_LIBRARIES = {"run", "shell", "routes", "openapi"}
SOURCES = [*(ROOT / "proctor_results").rglob("*.py"), ROOT / "gunicorn.conf.py"]
READING = re.compile(r"""(?:env\.\w+|environ\.get)\(\s*["']([A-Z_]+)["']""")
DEFAULT = re.compile(r"""env\.\w+\(\s*"([A-Z_]+)", ("[^"]*"|\w+)""")


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    (tmp_path / "readme.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'readme.db'}"


def settings_read() -> set[str]:
    return {name for source in SOURCES for name in READING.findall(source.read_text())}


def test_readme_fits_one_screen() -> None:
    assert len(README.splitlines()) <= 65


def test_readme_links_to_every_page() -> None:
    of_docs = {page for page in PAGES if page.startswith("docs/") and page.count("/") == 1}

    assert {page for page in of_docs if f"]({page})" not in README} == set()


def test_readme_shows_a_picture_that_exists() -> None:
    (picture,) = re.findall(r"^!\[.+\]\((.+)\)$", README, re.MULTILINE)

    assert (ROOT / picture).is_file()


def test_readme_names_the_command_that_tests() -> None:
    (typed,) = (code for code in code_blocks("README.md", "sh") if "make demo" in code)

    assert re.search(r"^make test +# everything", typed, re.MULTILINE)
    assert re.search(r"^make test$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_on_a_page_exists(page: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    on_page = re.findall(r"(?:^|`)make ([a-z-]+)", PAGES[page], re.MULTILINE)

    assert set(on_page) - set(targets) == set()


def test_exactly_the_existing_settings_are_documented() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE)

    assert sorted(table) == sorted(settings_read())
    assert len(table) > 10


def test_the_documented_defaults_are_the_real_ones() -> None:
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`|none) \|", SETTINGS, re.MULTILINE))
    found = [each for source in SOURCES for each in DEFAULT.findall(source.read_text())]
    read = {name: default.strip('"') for name, default in found}

    assert {name: table[name] for name in read} == {
        name: {"False": "false"}.get(default, default) for name, default in read.items()
    }


def test_app_json_sets_existing_settings_only() -> None:
    assert json.loads((ROOT / "app.json").read_text())["env"].keys() <= settings_read()


class RecordingEnvironment(dict[str, str]):
    """An empty environment that records the names that are looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __missing__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)


def test_the_service_reads_exactly_the_documented_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = RecordingEnvironment()
    with monkeypatch.context() as patched, suppress(InvalidSettings):
        patched.setattr("os.environ", environment)
        load_settings()

    assert environment.names == settings_read() - {"PORT", "WEB_CONCURRENCY"}


def test_every_route_is_documented(app: Flask) -> None:
    routes = {
        re.sub(r"<identifier:", "<", rule.rule).replace("<vendor>", "supervisor")
        for rule in app.url_map.iter_rules()
    }
    ours = {route.rstrip("/") for route in routes if not route.startswith(("/docs/<", *FOR_PEOPLE))}

    assert {route for route in ours if route not in ALL_PAGES_TEXT} == set()
    assert len(ours) > 6


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if name in FROM_LIBRARIES:
            continue
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def test_exactly_the_existing_commands_are_documented(app: Flask) -> None:
    ours = {name for name, _ in commands(app.cli)}
    table = PAGES["docs/operate.md"].partition("\n## Commands\n")[2]

    assert {
        name
        for row in re.findall(r"^\| (`.*?) \| ", table, re.MULTILINE)
        for name in re.findall("`(.*?)`", row)
    } == ours
    assert len(ours) > 5


def test_every_option_of_a_command_has_a_help_text(app: Flask) -> None:
    without = {
        f"{name} {parameter.opts[0]}"
        for name, command in commands(app.cli)
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    }
    assert without == set()


def test_every_option_on_a_page_exists(app: Flask) -> None:
    options = {
        option
        for _, command in commands(app.cli)
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", "".join(PAGES[page] for page in PAGES)))

    assert written - options - OF_OTHER_PROGRAMS == set()
