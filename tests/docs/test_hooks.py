"""What docs/lms.md gives an LMS to take messages with does so, in each of its languages that this machine runs."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import create_app
from proctor_results import clock
from proctor_results.settings.load import Settings
from tests.conftest import VENDOR_KEY, dependencies_of
from tests.support.docs_runner import parse_commands
from tests.support.documentation_pages import code_blocks, without_times
from tests.support.http_servers import LocalServer, ReceivedRequest, serve
from tests.support.stepped_worker import SteppedWorker

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FOREIGN = {
    "node": (
        ["node", "-e"],
        "js",
        "const i = JSON.parse(require('fs').readFileSync(0));",
        "verified(i.b, i.h, i.s)",
    ),
    "php": (
        ["php", "-r"],
        "php",
        "$i = json_decode(file_get_contents('php://stdin'), true);",
        "verified(...$i)",
    ),
}
"""How its function is called with a message from standard input. What it throws ends the program with an error."""

Hook = Callable[[bytes, dict[str, str]], int]


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    (tmp_path / "hooks.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'hooks.db'}"


@pytest.fixture
def messages(settings: Settings) -> Iterator[list[ReceivedRequest]]:
    """What an LMS is told of the report in README."""
    with serve(LocalServer()) as lms:
        told = replace(
            settings,
            lms_webhook_url=lms.url,
            lms_webhook_secret=SECRET,
            lms_allow_private_addresses=True,
        )
        app = create_app(told)
        app.test_client().post(
            "/webhooks/supervisor", data=report(), headers={"X-Api-Key": VENDOR_KEY}
        )
        steps = SteppedWorker()
        steps.take_step(dependencies_of(app), 10, clock.now())
        while steps.has_work:
            steps.take_step(dependencies_of(app), 10, clock.now())
        yield sorted(lms.received, key=lambda each: each.body, reverse=True)
        dependencies_of(app).database.close()


def report() -> str:
    (said,) = (
        line
        for code in code_blocks("README.md", "sh")
        for line in parse_commands(code)
        if "-d" in line
    )
    return said[said.index("-d") + 1]


@pytest.fixture
def said() -> dict[str, object]:
    """What there is when an LMS in Python has loaded the example, with a secret of its own."""
    (code,) = (each for each in code_blocks("docs/lms.md", "python") if "def hook" in each)
    names: dict[str, object] = {}
    exec(code.replace("whsec_…", SECRET), names)  # noqa: S102  # what a page of ours says
    return names


def test_the_messages_are_those_that_the_page_shows(messages: list[ReceivedRequest]) -> None:
    shown = [without_times(json.loads(code)) for code in code_blocks("docs/lms.md", "json")]

    assert [without_times(json.loads(each.body)) for each in messages] == shown


def test_an_lms_in_python_keeps_each_message_once(
    messages: list[ReceivedRequest], said: dict[str, object]
) -> None:
    hook: Hook = said["hook"]  # type: ignore[assignment]  # a function of the page

    assert [hook(each.body, dict(each.headers)) for each in messages * 2] == [200] * 4
    assert said["newest"] == {
        ("session.outcome", "exam-1-learner-7"): 1,
        ("session.lock", "exam-1-learner-7"): 1,
    }


@pytest.mark.parametrize(
    "forged",
    [{"webhook-id": "another"}, {"webhook-signature": "v1,AAAA"}, {"webhook-timestamp": "x"}],
)
def test_an_lms_in_python_refuses_what_is_forged(
    messages: list[ReceivedRequest], said: dict[str, object], forged: dict[str, str]
) -> None:
    hook: Hook = said["hook"]  # type: ignore[assignment]  # as above

    assert hook(messages[0].body, {**messages[0].headers, **forged}) == 401
    assert hook(messages[0].body + b" ", dict(messages[0].headers)) == 401
    assert said["newest"] == {}


@pytest.mark.parametrize("program", FOREIGN)
def test_an_lms_in_another_language_takes_ours_and_no_other(
    messages: list[ReceivedRequest], program: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    headers = {name.lower(): value for name, value in messages[0].headers.items()}

    assert taken(program, messages[0].body, headers)
    assert not taken(program, messages[0].body + b" ", headers)
    assert not taken(program, messages[0].body, {**headers, "webhook-timestamp": "1"})


def taken(program: str, body: bytes, headers: dict[str, str]) -> bool:
    command, language, read, call = FOREIGN[program]
    given = [body.decode(), headers, SECRET]
    text = json.dumps(dict(zip("bhs", given, strict=True)) if program == "node" else given)
    code = f"{code_blocks('docs/lms.md', language)[0]}\n{read}\n{call};"
    ran = subprocess.run([*command, code], input=text.encode(), capture_output=True)  # as above
    assert ran.returncode == 0 or b"not from us" in ran.stderr + ran.stdout, ran.stderr
    return ran.returncode == 0
