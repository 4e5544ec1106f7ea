"""The command `operators`."""

import re
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from proctor_results.operators.model import SignedInOperator
from proctor_results.operators.sign_in import sign_in
from tests.conftest import dependencies_of
from tests.support.reports import NOW

PASSWORD = "correct horse battery"


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """SQLite is enough here: the statements are tested on both databases elsewhere."""
    (tmp_path / "operators.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'operators.db'}"


def run_command(app: Flask, *arguments: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=("operators", *arguments), input=typed)


def may_sign_in(app: Flask, password: str) -> bool:
    result = sign_in(dependencies_of(app), "anna", password, "an address", NOW)
    return isinstance(result, SignedInOperator)


def test_an_operator_is_added_with_a_password_typed_twice(app: Flask) -> None:
    added = run_command(app, "add", "anna", "--role", "reviewer", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert added.output.endswith("added anna, reviewer\n")
    assert PASSWORD not in added.output
    assert may_sign_in(app, PASSWORD)


def test_a_password_is_generated_and_shown_once(app: Flask) -> None:
    match = re.match(
        r"password  (\S{20})\nadded anna, viewer\n",
        run_command(app, "add", "anna", "--generate").output,
    )

    assert match
    assert may_sign_in(app, match[1])


def test_a_short_password_is_asked_for_again(app: Flask) -> None:
    run_command(app, "add", "anna", typed=f"short\n{PASSWORD}\n{PASSWORD}\n")

    assert may_sign_in(app, PASSWORD)


def test_a_name_is_added_once_only(app: Flask) -> None:
    run_command(app, "add", "anna", "--generate")

    second = run_command(app, "add", "anna", "--generate")

    assert second.exit_code == 1
    assert "there is an operator anna already" in second.output
    assert "password  " not in second.output


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
def test_an_unprintable_name_is_refused(app: Flask, name: str) -> None:
    assert run_command(app, "add", name, "--generate").exit_code == 2


def test_operators_are_listed(app: Flask) -> None:
    assert "no operators yet" in run_command(app, "list").output
    run_command(app, "add", "anna", "--role", "reviewer", "--generate")

    assert re.fullmatch(r"\S+Z  reviewer  anna\n", run_command(app, "list").output)


def test_a_new_password_replaces_the_old_one(app: Flask) -> None:
    run_command(app, "add", "anna", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert run_command(app, "password", "anna", typed="another long password\n" * 2).exit_code == 0

    assert (may_sign_in(app, PASSWORD), may_sign_in(app, "another long password")) == (False, True)


def test_a_removed_operator_cannot_sign_in(app: Flask) -> None:
    run_command(app, "add", "anna", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert run_command(app, "remove", "anna").output == "removed anna\n"

    assert not may_sign_in(app, PASSWORD)


@pytest.mark.parametrize("command", [("remove", "bert"), ("password", "bert", "--generate")])
def test_an_unknown_operator_is_an_error(app: Flask, command: tuple[str, ...]) -> None:
    result = run_command(app, *command)

    assert result.exit_code == 1
    assert "there is no operator bert" in result.output
