"""The demo lets nothing go unsaid that does not add up, and stays on its own premises."""

import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from proctor_results import settings
from proctor_results.sandbox.demo.agreement import disagreements
from proctor_results.sandbox.demo.asking import differences
from proctor_results.sandbox.demo.operators import Account
from proctor_results.sandbox.demo.premises import GRACE_SECONDS, HEARTBEAT_SECONDS, commands, prepare
from proctor_results.sandbox.demo.screen import invitation, what_was_told
from proctor_results.sandbox.scenarios import Scenario

REJECTED = {"outcome": "rejected", "locked": True, "reasons": [], "holds": [{"kind": "rejected", "detail": "a voice"}]}
ACCEPTED = {"outcome": "accepted", "locked": False, "reasons": [{"detail": "accepted by a proctor"}], "holds": []}
DAY = Scenario(name="day", shows="rated", identifier="d-1", bodies=(b"{}",), outcome="rejected", locked=True)


@pytest.mark.parametrize(
    ("service", "lms", "lines"),
    [
        (REJECTED, REJECTED, []),
        (ACCEPTED, ACCEPTED, ["day: the service says accepted, open where rejected, locked is expected"]),
        (REJECTED, ACCEPTED, ["day: the LMS was told accepted, open where the service says rejected, locked"]),
        (REJECTED, None, ["day: the LMS was told nothing where the service says rejected, locked"]),
        (None, None, ["day: the service says nothing where rejected, locked is expected"]),
    ],
    ids=["all agree", "service is wrong", "LMS is behind", "LMS knows nothing", "nobody knows anything"],
)
def test_day_service_and_lms_must_agree(service: Any, lms: Any, lines: Sequence[str]) -> None:
    told = {"sessions": {"d-1": lms} if lms else {}, "out_of_order": []}
    assert disagreements([DAY], {"d-1": service} if service else {}, told) == lines


def test_news_out_of_order_do_not_add_up() -> None:
    told = {"sessions": {"d-1": REJECTED}, "out_of_order": ["d-1.lock.2"]}
    assert disagreements([DAY], {"d-1": REJECTED}, told) == ["told out of order: d-1.lock.2"]


def test_nobody_answering_is_a_difference(tmp_path: Path, nowhere: str) -> None:
    premises = replace(prepare(tmp_path), web_port=urlsplit(nowhere).port or 0)
    assert differences(premises, [DAY]) == f"no answer from {premises.web}/sessions/d-1"


def test_the_table_says_why() -> None:
    *_, line = what_was_told([DAY], {"d-1": REJECTED}).splitlines()
    assert line.split() == ["d-1", "rated", "rejected", "locked", "a", "voice"]
    assert what_was_told([DAY], {"d-1": ACCEPTED}).endswith("accepted by a proctor")


def test_ports_that_are_taken_are_left_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", prepare(tmp_path).web_port)) as taken:
        assert prepare(tmp_path).web_port != taken.getsockname()[1]


def test_the_developers_own_settings_do_not_change_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOCK_POLICY", "DATABASE_URL", "WEB_CONCURRENCY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "the developer's own")
    assert "the developer's own" not in prepare(tmp_path).environment().values()


def test_the_service_takes_the_demos_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in prepare(tmp_path).environment().items():
        monkeypatch.setenv(name, value)
    taken = settings.read()
    assert (taken.heartbeat_seconds, taken.heartbeat_grace_seconds) == (HEARTBEAT_SECONDS, GRACE_SECONDS)


def test_secrets_are_not_on_any_command_line(tmp_path: Path) -> None:
    premises = prepare(tmp_path)
    words = {word for arguments in commands(premises).values() for word in arguments}
    secrets = {premises.vendor_key, premises.lms_key, premises.lms_secret}
    assert not words & {*secrets, premises.secret_key, premises.supervisor_secret}


def test_the_lines_to_paste_carry_the_keys_of_this_run(tmp_path: Path) -> None:
    premises = prepare(tmp_path)
    text = invitation(premises, [DAY], Account(name="demo", password="made up"))
    assert "sign in as demo, password made up" in text
    assert f"curl -H 'Authorization: Bearer {premises.lms_key}' {premises.web}/sessions/d-1" in text
    assert f"curl -H 'X-Api-Key: {premises.vendor_key}'" in text
