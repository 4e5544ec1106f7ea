"""`operators`, as a person calls it: who may sign in to the dashboard."""

import re
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from proctor_results.operators.sign_in import sign_in
from tests.conftest import dependencies_of
from tests.support.reports import NOW

PASSWORD = "correct horse battery"


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """The statements are tested on both databases where people sign in."""
    (tmp_path / "operators.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'operators.db'}"


def call(app: Flask, *words: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=("operators", *words), input=typed)


def may_sign_in(app: Flask, password: str) -> bool:
    return isinstance(sign_in(dependencies_of(app), "anna", password, "an address", NOW), str)


def test_somebody_is_added_with_a_password_typed_twice(app: Flask) -> None:
    added = call(app, "add", "anna", "--role", "reviewer", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert added.output.endswith("added anna, reviewer\n")
    assert PASSWORD not in added.output
    assert may_sign_in(app, PASSWORD)


def test_a_password_is_made_and_shown_once(app: Flask) -> None:
    made = re.match(
        r"password  (\S{20})\nadded anna, viewer\n", call(app, "add", "anna", "--generate").output
    )

    assert made
    assert may_sign_in(app, made[1])


def test_a_short_password_is_asked_for_again(app: Flask) -> None:
    call(app, "add", "anna", typed=f"short\n{PASSWORD}\n{PASSWORD}\n")

    assert may_sign_in(app, PASSWORD)


def test_nobody_is_added_twice(app: Flask) -> None:
    call(app, "add", "anna", "--generate")

    again = call(app, "add", "anna", "--generate")

    assert again.exit_code == 1
    assert "there is an operator anna already" in again.output
    assert "password  " not in again.output


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
def test_a_name_that_cannot_be_shown_is_refused(app: Flask, name: str) -> None:
    assert call(app, "add", name, "--generate").exit_code == 2


def test_who_is_let_in_is_listed(app: Flask) -> None:
    assert "nobody yet" in call(app, "list").output
    call(app, "add", "anna", "--role", "reviewer", "--generate")

    assert re.fullmatch(r"\S+Z  reviewer  anna\n", call(app, "list").output)


def test_a_new_password_takes_the_place_of_the_old_one(app: Flask) -> None:
    call(app, "add", "anna", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert call(app, "password", "anna", typed="another long password\n" * 2).exit_code == 0

    assert (may_sign_in(app, PASSWORD), may_sign_in(app, "another long password")) == (False, True)


def test_who_is_removed_is_let_in_no_longer(app: Flask) -> None:
    call(app, "add", "anna", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert call(app, "remove", "anna").output == "removed anna\n"

    assert not may_sign_in(app, PASSWORD)


@pytest.mark.parametrize("command", [("remove", "bert"), ("password", "bert", "--generate")])
def test_somebody_unknown_is_said_to_be(app: Flask, command: tuple[str, ...]) -> None:
    called = call(app, *command)

    assert called.exit_code == 1
    assert "nobody is called bert" in called.output
