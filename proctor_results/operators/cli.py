"""`operators`: manages who may sign in to the dashboard."""

import secrets

import click

from proctor_results import clock
from proctor_results.cli.terminal import DatabaseGroup
from proctor_results.dependencies import Dependencies
from proctor_results.formats.text import storage_problem
from proctor_results.formats.times import format_time
from proctor_results.operators import manage, store
from proctor_results.operators.model import (
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    Operator,
    Role,
)

_GENERATE = click.option(
    "--generate", is_flag=True, help="Generate a password and print it once, instead of asking."
)
_ROLE = click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default="viewer",
    show_default=True,
    help="A reviewer may also act on sessions.",
)


def operators_commands(deps: Dependencies) -> click.Group:
    group = DatabaseGroup("operators", help="Manage who may sign in to the dashboard.")
    _add_account_commands(group, deps)
    _add_password_command(group, deps)
    return group


def _add_account_commands(group: click.Group, deps: Dependencies) -> None:
    @group.command()
    @click.argument("name")
    @_ROLE
    @_GENERATE
    def add(name: str, role: str, generate: bool) -> None:
        """Add an operator: a viewer reads; a reviewer also holds, releases and sends again."""
        _check_new_name(deps, name)
        operator = Operator(name=name, role=Role(role))
        manage.add_operator(deps, operator, _get_password(generate), clock.now())
        click.echo(f"added {name}, {role}")

    @group.command("list")
    def list_command() -> None:
        """List the operators and when they were added."""
        operators = store.list_all(deps.database)
        for operator in operators:
            added_at = format_time(operator.added_at)
            click.echo(f"{added_at}  {operator.role:<8}  {operator.name}")
        if not operators:
            click.echo("no operators yet: `operators add NAME --role reviewer`")

    @group.command()
    @click.argument("name")
    def remove(name: str) -> None:
        """Remove an operator and end their sign-ins. Their actions stay on record."""
        _require_found(manage.remove_operator(deps, name), name)
        click.echo(f"removed {name}")


def _add_password_command(group: click.Group, deps: Dependencies) -> None:
    @group.command("password")
    @click.argument("name")
    @_GENERATE
    def change_password(name: str, generate: bool) -> None:
        """Change a password, and sign the operator out everywhere."""
        _require_found(_exists(deps, name), name)
        _require_found(manage.change_password(deps, name, _get_password(generate)), name)
        click.echo(f"changed the password of {name}")


def _check_new_name(deps: Dependencies, name: str) -> None:
    if not name.strip() or len(name) > 200 or storage_problem(name) or not name.isprintable():
        raise click.UsageError("a name has 1 to 200 printable characters")

    if _exists(deps, name):
        hint = f"`operators password {name}` changes their password"
        raise click.ClickException(f"there is an operator {name} already; {hint}")


def _exists(deps: Dependencies, name: str) -> bool:
    return store.get(deps.database, name) is not None


def _get_password(generate: bool) -> str:
    if generate:
        generated = secrets.token_urlsafe(15)
        click.echo(f"password  {generated}")
        return generated
    password: str = click.prompt(
        f"Password (at least {MIN_PASSWORD_LENGTH} characters)",
        hide_input=True,
        confirmation_prompt=True,
        value_proc=_check_length,
    )
    return password


def _check_length(password: str) -> str:
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise click.UsageError(f"a password has at least {MIN_PASSWORD_LENGTH} characters")
    return password


def _require_found(is_found: bool, name: str) -> None:
    if not is_found:
        raise click.ClickException(f"there is no operator {name}: see `operators list`")
