"""`operators`: who may work with the dashboard."""

import secrets

import click

from proctor_results import clock
from proctor_results.cli.terminal import DatabaseGroup
from proctor_results.dependencies import Dependencies
from proctor_results.formats.text import storage_problem
from proctor_results.formats.times import format_time
from proctor_results.operators import manage
from proctor_results.operators.model import (
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    Operator,
    Role,
)

_GENERATE = click.option(
    "--generate", is_flag=True, help="Make a password and print it once, instead of asking."
)


def operators_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup("operators", help="Who may work with the dashboard.")
    _add_add_command(group, deps)
    _add_manage_commands(group, deps)
    return group


def _add_add_command(group: click.Group, deps: Dependencies) -> None:
    @group.command()
    @click.argument("name")
    @click.option(
        "--role",
        type=click.Choice([role.value for role in Role]),
        default="viewer",
        show_default=True,
        help="A reviewer may also act on sessions.",
    )
    @_GENERATE
    def add(name: str, role: str, generate: bool) -> None:
        """Let somebody in: a viewer reads, a reviewer also holds, releases and sends again."""
        _check_name(name)
        _check_name_is_free(deps, name)
        manage.add_operator(
            deps, Operator(name=name, role=Role(role)), _get_password(generate), clock.now()
        )
        click.echo(f"added {name}, {role}")


def _add_manage_commands(group: click.Group, deps: Dependencies) -> None:
    @group.command("list")
    def list_command() -> None:
        """List the operators and when they were added."""
        stored_operators = manage.list_operators(deps)
        for stored in stored_operators:
            click.echo(
                f"{format_time(stored.added_at)}  {stored.operator.role:<8}  {stored.operator.name}"
            )
        if not stored_operators:
            click.echo("no operators yet: `operators add NAME --role reviewer`")

    @group.command()
    @click.argument("name")
    def remove(name: str) -> None:
        """Let somebody in no longer, and sign them out at once. What they did stays on record."""
        _require_found(manage.remove_operator(deps, name), name)
        click.echo(f"removed {name}")

    @group.command("password")
    @click.argument("name")
    @_GENERATE
    def change_password(name: str, generate: bool) -> None:
        """Change a password, and sign the operator out everywhere."""
        _require_found(_exists(deps, name), name)
        _require_found(manage.change_password(deps, name, _get_password(generate)), name)
        click.echo(f"changed the password of {name}")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 200 or storage_problem(name) or not name.isprintable():
        raise click.UsageError("a name has 1 to 200 characters that can be printed")


def _check_name_is_free(deps: Dependencies, name: str) -> None:
    if _exists(deps, name):
        hint = f"`operators password {name}` gives them a new password"
        raise click.ClickException(f"there is an operator {name} already; {hint}")


def _exists(deps: Dependencies, name: str) -> bool:
    return any(stored.operator.name == name for stored in manage.list_operators(deps))


def _get_password(generate: bool) -> str:
    if generate:
        generated = secrets.token_urlsafe(15)
        click.echo(f"password  {generated}")
        return generated
    prompt_text = f"Password (at least {MIN_PASSWORD_LENGTH} characters)"
    password: str = click.prompt(
        prompt_text, hide_input=True, confirmation_prompt=True, value_proc=_check_length
    )
    return password


def _check_length(password: str) -> str:
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise click.UsageError(f"a password has at least {MIN_PASSWORD_LENGTH} characters")
    return password


def _require_found(is_found: bool, name: str) -> None:
    if not is_found:
        raise click.ClickException(f"there is no operator {name}: see `operators list`")
