"""The commands and examples on the pages work unchanged, against a real server."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask

from app import create_app
from proctor_results.deliveries.targets.request_template import (
    PLACEHOLDERS,
    RequestTemplate,
    validation_errors,
)
from proctor_results.settings.load import load_settings
from tests.conftest import dependencies_of
from tests.support.docs_runner import DocsRunner, parse_commands, settings_in
from tests.support.documentation_pages import PAGES, README, ROOT, code_blocks
from tests.support.stub_servers import serve_app

PAGES_WITH_COMMANDS = [
    page
    for page in PAGES
    if re.search(
        r"^(export|curl|flask|\.venv/bin/flask) ", "".join(code_blocks(page, "sh")), re.MULTILINE
    )
]
TESTED_ELSEWHERE = {"make", "cat", "END", "gunicorn", "sha256sum", "python3"}
"""Programs that other tests run, and the lines of a `.env`."""

SECRET = "whsec_" + "A" * 32  # as `keys new` makes them


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """Use SQLite alone: these tests are about the pages, not about the database."""
    (tmp_path / "examples.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'examples.db'}"


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set the `.env` of README.md and docs/exam-page.md, and write a policy file."""
    for name in re.findall(r"^\| `([A-Z_]+)` \|", PAGES["docs/settings.md"], re.MULTILINE):
        monkeypatch.delenv(name, raising=False)
    settings = settings_in(
        "".join([*code_blocks("README.md", "sh"), *code_blocks("docs/exam-page.md", "sh")])
    )
    settings |= {"DATABASE_URL": database_url, "LMS_WEBHOOK_SECRET": SECRET}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    Path("policy.toml").write_text(code_blocks("docs/policies.md", "toml")[0])


@pytest.fixture
def app(environment: None) -> Iterator[Flask]:
    made = create_app()
    yield made
    dependencies_of(made).database.close()


@pytest.fixture
def runner(app: Flask) -> Iterator[DocsRunner]:
    """Run the commands of README.md and of the launch in docs/exam-page.md."""
    with serve_app(app) as url:
        runner = DocsRunner(app=app, url=url)
        for page in ("README.md", "docs/exam-page.md"):
            for code in code_blocks(page, "sh"):
                runner.run(code)
        yield runner


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS)
def test_the_commands_of_a_page_work(runner: DocsRunner, page: str) -> None:
    before = runner.command_count

    for code in code_blocks(page, "sh"):
        runner.run(code)

    assert runner.command_count > before


def test_every_program_on_a_page_is_tested() -> None:
    words = [
        line[0]
        for page in PAGES
        for code in code_blocks(page, "sh")
        for line in parse_commands(code)
    ]

    programs = {re.sub(r".*/", "", word) for word in words if "=" not in word}
    assert programs - TESTED_ELSEWHERE == {"curl", "flask", "export"}


def test_the_first_answers_are_what_readme_shows(runner: DocsRunner) -> None:
    stored, session = runner.responses[:2]
    shown = json.loads(code_blocks("README.md", "json")[0])

    assert (stored.status_code, stored.content) == (200, b"")
    assert {name: session.json()[name] for name in shown} == shown


def test_a_launch_has_the_fields_of_its_table(runner: DocsRunner) -> None:
    table = re.findall(
        r"^\| (`html.*|`vendor(?!Client).*|`token.*) \| ", PAGES["docs/exam-page.md"], re.MULTILINE
    )
    launch = runner.responses[2].json()["launch"]

    named = {name for row in table for name in re.findall(r"`([\w.]+)`", row.partition("|")[0])}
    assert named | {"number"} == set(paths(launch))


def test_every_policy_on_a_page_can_be_loaded(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICY", "policy.toml")

    assert load_settings().policy.exams["final-2026"].hold_skipped
    assert [tomllib.loads(code) for page in PAGES for code in code_blocks(page, "toml")]


def test_the_lock_call_on_the_lms_page_is_valid() -> None:
    settings = settings_in("".join(code_blocks("docs/lms.md", "sh")))
    template = RequestTemplate(
        url_template=settings["LMS_LOCK_URL"],
        body=settings["LMS_LOCK_BODY"],
        headers=json.loads(settings["LMS_LOCK_HEADERS"]),
    )

    assert validation_errors(template) == {}
    assert set(PLACEHOLDERS) == set(re.findall(r"`\{(\w+)\}`", PAGES["docs/lms.md"]))


def test_the_change_feed_example_reads_all_changes(runner: DocsRunner) -> None:
    (code,) = (each for each in code_blocks("docs/lms.md", "python") if "def changes" in each)
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102  # the code is on our own page

    pages = list(names["changes"](runner.url, "another-long-random-key-for-the-lms", "0"))  # type: ignore[operator]  # a function of it

    assert [session["identifier"] for page, _ in pages for session in page] == [
        "exam-1-learner-7",
        "exam-1-learner-8",
    ]
    assert (
        pages[-1][1]
        == requests.get(
            f"{runner.url}/sessions",
            {"after": pages[-1][1]},
            headers=runner.responses[1].request.headers,
            timeout=30,
        ).json()["next"]
    )


def test_make_run_uses_the_port_of_the_pages() -> None:
    makefile = (ROOT / "Makefile").read_text()

    assert "honcho start --port $(RUN_PORT) web worker" in makefile
    assert re.search(r"^RUN_PORT := .*,8000\)$", makefile, re.MULTILINE)
    assert "http://localhost:8000" in README


def paths(value: dict[str, object]) -> Iterator[str]:
    for name, inner in value.items():
        yield from (f"{name}.{each}" for each in inner) if isinstance(inner, dict) else [name]
