"""The examples in docs/lms.md verify our messages, in each language that this machine can run."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import create_app
from proctor_results import clock
from proctor_results.deliveries.targets.webhook import WebhookSettings
from proctor_results.settings.model import Settings
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
"""Program → command, language of the example, code that reads a message, and the call.

An exception of the example ends the program with an error."""

Hook = Callable[[bytes, dict[str, str]], int]


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    (tmp_path / "hooks.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'hooks.db'}"


@pytest.fixture
def messages(settings: Settings) -> Iterator[list[ReceivedRequest]]:
    """Return the messages that an LMS receives about the report in README.md."""
    with serve(LocalServer()) as lms:
        with_target = replace(
            settings,
            targets=(WebhookSettings(url=lms.url, secret=SECRET),),
            lms_allow_private_addresses=True,
        )
        app = create_app(with_target)
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
    (command,) = (
        line
        for code in code_blocks("README.md", "sh")
        for line in parse_commands(code)
        if "-d" in line
    )
    return command[command.index("-d") + 1]


@pytest.fixture
def example() -> dict[str, object]:
    """Return the names that the Python example defines, with the test's secret."""
    (code,) = (each for each in code_blocks("docs/lms.md", "python") if "def hook" in each)
    names: dict[str, object] = {}
    exec(code.replace("whsec_…", SECRET), names)  # noqa: S102  # the code is on our own page
    return names


def test_the_messages_are_as_documented(messages: list[ReceivedRequest]) -> None:
    shown = [without_times(json.loads(code)) for code in code_blocks("docs/lms.md", "json")]

    assert [without_times(json.loads(each.body)) for each in messages] == shown


def test_the_python_example_stores_each_message_once(
    messages: list[ReceivedRequest], example: dict[str, object]
) -> None:
    hook: Hook = example["hook"]  # type: ignore[assignment]  # a function of the page

    assert [hook(each.body, dict(each.headers)) for each in messages * 2] == [200] * 4
    assert example["newest"] == {
        ("session.outcome", "exam-1-learner-7"): 1,
        ("session.lock", "exam-1-learner-7"): 1,
    }


@pytest.mark.parametrize(
    "forged",
    [{"webhook-id": "another"}, {"webhook-signature": "v1,AAAA"}, {"webhook-timestamp": "x"}],
)
def test_the_python_example_rejects_a_forged_message(
    messages: list[ReceivedRequest], example: dict[str, object], forged: dict[str, str]
) -> None:
    hook: Hook = example["hook"]  # type: ignore[assignment]  # as above

    assert hook(messages[0].body, {**messages[0].headers, **forged}) == 401
    assert hook(messages[0].body + b" ", dict(messages[0].headers)) == 401
    assert example["newest"] == {}


@pytest.mark.parametrize("program", FOREIGN)
def test_the_example_in_another_language_accepts_our_messages_only(
    messages: list[ReceivedRequest], program: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    headers = {name.lower(): value for name, value in messages[0].headers.items()}

    assert is_accepted(program, messages[0].body, headers)
    assert not is_accepted(program, messages[0].body + b" ", headers)
    assert not is_accepted(program, messages[0].body, {**headers, "webhook-timestamp": "1"})


def is_accepted(program: str, body: bytes, headers: dict[str, str]) -> bool:
    command, language, read, call = FOREIGN[program]
    arguments = [body.decode(), headers, SECRET]
    text = json.dumps(dict(zip("bhs", arguments, strict=True)) if program == "node" else arguments)
    code = f"{code_blocks('docs/lms.md', language)[0]}\n{read}\n{call};"
    process = subprocess.run([*command, code], input=text.encode(), capture_output=True)  # as above
    assert process.returncode == 0 or b"not from us" in process.stderr + process.stdout, (
        process.stderr
    )
    return process.returncode == 0
