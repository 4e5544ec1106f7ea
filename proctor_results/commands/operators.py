"""`operators`: who may work with the dashboard."""

import secrets

import click

from proctor_results import clock
from proctor_results.commands.group import LedgerGroup
from proctor_results.domain.operator import LONGEST_PASSWORD, SHORTEST_PASSWORD, Operator, Role
from proctor_results.domain.storable import fault_of
from proctor_results.domain.times import text_of
from proctor_results.flows import keep_operators
from proctor_results.flows.house import House

_GENERATE = click.option("--generate", is_flag=True, help="Make a password and print it once, instead of asking.")


def operators(house: House) -> click.Group:
    group = LedgerGroup("operators", help="Who may work with the dashboard.")
    _whoever_comes(group, house)
    _whoever_is_there(group, house)
    return group


def _whoever_comes(group: click.Group, house: House) -> None:
    @group.command()
    @click.argument("name")
    @click.option("--role", type=click.Choice([role.value for role in Role]), default="viewer", show_default=True)
    @_GENERATE
    def add(name: str, role: str, generate: bool) -> None:
        """Let somebody in: a viewer reads, a reviewer also holds, releases and sends again."""
        _check_name(name)
        _check_new(house, name)
        keep_operators.add(house, Operator(name=name, role=Role(role)), _password(generate), clock.now())
        click.echo(f"added {name}, {role}")


def _whoever_is_there(group: click.Group, house: House) -> None:
    @group.command("list")
    def show() -> None:
        """Show who is let in, and since when."""
        everybody = keep_operators.everybody(house)
        for kept in everybody:
            click.echo(f"{text_of(kept.added_at)}  {kept.operator.role:<8}  {kept.operator.name}")
        if not everybody:
            click.echo("nobody yet: `operators add NAME --role reviewer`")

    @group.command()
    @click.argument("name")
    def remove(name: str) -> None:
        """Let somebody in no longer, and sign them out at once. What they did stays on record."""
        _found(keep_operators.remove(house, name), name)
        click.echo(f"removed {name}")

    @group.command("password")
    @click.argument("name")
    @_GENERATE
    def change(name: str, generate: bool) -> None:
        """Change a password, and sign the operator out everywhere."""
        _found(_is_known(house, name), name)
        _found(keep_operators.change_password(house, name, _password(generate)), name)
        click.echo(f"changed the password of {name}")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 200 or fault_of(name) or not name.isprintable():
        raise click.UsageError("a name has 1 to 200 characters that can be printed")


def _check_new(house: House, name: str) -> None:
    if _is_known(house, name):
        hint = f"`operators password {name}` gives them a new password"
        raise click.ClickException(f"there is an operator {name} already; {hint}")


def _is_known(house: House, name: str) -> bool:
    return any(kept.operator.name == name for kept in keep_operators.everybody(house))


def _password(generate: bool) -> str:
    if generate:
        made = secrets.token_urlsafe(15)
        click.echo(f"password  {made}")
        return made
    asking = f"Password (at least {SHORTEST_PASSWORD} characters)"
    asked: str = click.prompt(asking, hide_input=True, confirmation_prompt=True, value_proc=_long_enough)
    return asked


def _long_enough(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise click.UsageError(f"a password has at least {SHORTEST_PASSWORD} characters")
    return password


def _found(found: bool, name: str) -> None:
    if not found:
        raise click.ClickException(f"nobody is called {name}: see `operators list`")
