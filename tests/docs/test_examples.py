"""What the pages tell people to type works as it stands, against a service that is really served."""

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
from tests.support.documentation_pages import PAGES, README, ROOT, code_blocks, without_times
from tests.support.stub_servers import serve_app

TYPED = [
    page
    for page in PAGES
    if re.search(
        r"^(export|curl|flask|\.venv/bin/flask) ", "".join(code_blocks(page, "sh")), re.MULTILINE
    )
]
ELSEWHERE = {"make", "cat", "END", "gunicorn", "sha256sum", "python3"}
"""What the tests of the house, of the demo and of the bundle run, and the lines of a `.env`."""

SECRET = "whsec_" + "A" * 32  # as `keys new` makes them


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """Both databases are tested where things happen; here it is about what is written."""
    (tmp_path / "examples.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'examples.db'}"


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What README and the page about exam pages put into `.env`, a policy, and a folder to work in."""
    for name in re.findall(r"^\| `([A-Z_]+)` \|", PAGES["docs/settings.md"], re.MULTILINE):
        monkeypatch.delenv(name, raising=False)
    said = settings_in(
        "".join([*code_blocks("README.md", "sh"), *code_blocks("docs/exam-page.md", "sh")])
    )
    said |= {"DATABASE_URL": database_url, "LMS_WEBHOOK_SECRET": SECRET}
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    Path("policy.toml").write_text(code_blocks("docs/policies.md", "toml")[0])


@pytest.fixture
def app(environment: None) -> Iterator[Flask]:
    made = create_app()
    yield made
    dependencies_of(made).database.close()


@pytest.fixture
def reader(app: Flask) -> Iterator[DocsRunner]:
    """Somebody who has read README and launched a learner."""
    with serve_app(app) as url:
        reader = DocsRunner(app=app, url=url)
        for page in ("README.md", "docs/exam-page.md"):
            for code in code_blocks(page, "sh"):
                reader.run(code)
        yield reader


@pytest.mark.parametrize("page", TYPED)
def test_what_a_page_says_to_type_works(reader: DocsRunner, page: str) -> None:
    before = reader.command_count

    for code in code_blocks(page, "sh"):
        reader.run(code)

    assert reader.command_count > before


def test_nothing_is_typed_that_no_test_types() -> None:
    typed = [
        line[0]
        for page in PAGES
        for code in code_blocks(page, "sh")
        for line in parse_commands(code)
    ]

    programs = {re.sub(r".*/", "", word) for word in typed if "=" not in word}
    assert programs - ELSEWHERE == {"curl", "flask", "export"}


def test_the_first_answer_is_what_readme_shows(reader: DocsRunner) -> None:
    kept, session = reader.responses[:2]

    assert (kept.status_code, kept.content) == (200, b"")
    assert without_times(session.json()) == without_times(
        json.loads(code_blocks("README.md", "json")[0])
    )


def test_a_launch_holds_what_its_table_names(reader: DocsRunner) -> None:
    table = re.findall(
        r"^\| (`html.*|`vendor.*|`token.*) \| ", PAGES["docs/exam-page.md"], re.MULTILINE
    )
    launch = reader.responses[2].json()["launch"]

    named = {name for row in table for name in re.findall(r"`([\w.]+)`", row.partition("|")[0])}
    assert named | {"number"} == set(paths(launch))


def test_every_policy_that_is_shown_is_one(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCK_POLICY", "policy.toml")

    assert load_settings().policy.exams["final-2026"].hold_skipped
    assert [tomllib.loads(code) for page in PAGES for code in code_blocks(page, "toml")]


def test_the_call_of_an_lms_can_be_used_as_it_stands() -> None:
    said = settings_in("".join(code_blocks("docs/lms.md", "sh")))
    recipe = RequestTemplate(
        url_template=said["LMS_LOCK_URL"],
        body=said["LMS_LOCK_BODY"],
        headers=json.loads(said["LMS_LOCK_HEADERS"]),
    )

    assert validation_errors(recipe) == {}
    assert set(PLACEHOLDERS) == set(re.findall(r"`\{(\w+)\}`", PAGES["docs/lms.md"]))


def test_the_change_feed_is_followed_as_the_page_does(reader: DocsRunner) -> None:
    (code,) = (each for each in code_blocks("docs/lms.md", "python") if "def changes" in each)
    said: dict[str, object] = {}
    exec(code, said)  # noqa: S102  # what a page of ours says

    pages = list(said["changes"](reader.url, "another-long-random-key-for-the-lms", "0"))  # type: ignore[operator]  # a function of it

    assert [session["identifier"] for page, _ in pages for session in page] == [
        "exam-1-learner-7",
        "exam-1-learner-8",
    ]
    assert (
        pages[-1][1]
        == requests.get(
            f"{reader.url}/sessions",
            {"after": pages[-1][1]},
            headers=reader.responses[1].request.headers,
            timeout=30,
        ).json()["next"]
    )


def test_make_run_serves_where_the_pages_ask() -> None:
    makefile = (ROOT / "Makefile").read_text()

    assert "honcho start --port $(RUN_PORT) web worker" in makefile
    assert re.search(r"^RUN_PORT := .*,8000\)$", makefile, re.MULTILINE)
    assert "http://localhost:8000" in README


def paths(said: dict[str, object]) -> Iterator[str]:
    for name, value in said.items():
        yield from (f"{name}.{inner}" for inner in value) if isinstance(value, dict) else [name]
