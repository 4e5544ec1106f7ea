"""`sessions hold`, `release`, `note`, `override`, `withdraw`: an operator acts on the terminal."""

from collections.abc import Callable
from functools import wraps

import click

from proctor_results import clock
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.text import session_lines
from proctor_results.formats.json_value import Json
from proctor_results.formats.text import storage_problem
from proctor_results.operations.operator_actions import OVERRIDE_OUTCOMES, Attribution, act
from proctor_results.sessions.enums import HoldKind, OperatorAction

MAX_LENGTHS = {"by": 200, "reason": 2000}
"""The same limits as in the API."""


def add_action_commands(group: click.Group, deps: Dependencies) -> None:
    """Add the commands to `sessions`. Each acts at once and notifies the LMS of what it changes."""

    @group.command()
    @_action_arguments
    def hold(identifier: str, attribution: Attribution) -> None:
        """Lock the exam until the hold is released."""
        _act(deps, identifier, OperatorAction.HOLD, attribution)

    @group.command()
    @_action_arguments
    @click.argument("kind", type=click.Choice([kind.value for kind in HoldKind]))
    def release(identifier: str, attribution: Attribution, kind: str) -> None:
        """Release an open hold of this KIND. A new cause may open it again."""
        missing = f" has an open hold of the kind {kind}"
        _act(deps, identifier, OperatorAction.RELEASE, attribution, missing, hold=kind)

    @group.command()
    @_action_arguments
    def note(identifier: str, attribution: Attribution) -> None:
        """Add a note to the session's decisions; it changes nothing else."""
        _act(deps, identifier, OperatorAction.NOTE, attribution)

    @group.command()
    @_action_arguments
    @click.argument("outcome", type=click.Choice([outcome.value for outcome in OVERRIDE_OUTCOMES]))
    def override(identifier: str, attribution: Attribution, outcome: str) -> None:
        """Set the outcome, until it is withdrawn or superseded by a newer verdict."""
        _act(deps, identifier, OperatorAction.OVERRIDE, attribution, outcome=outcome)

    @group.command()
    @_action_arguments
    def withdraw(identifier: str, attribution: Attribution) -> None:
        """Withdraw the override: the outcome follows the reports again."""
        _act(deps, identifier, OperatorAction.WITHDRAW_OVERRIDE, attribution, " has an override")


def _action_arguments(callback: Callable[..., None]) -> Callable[..., None]:
    """Add IDENTIFIER, `--by` and `--reason`; pass the options on as one `attribution`."""

    @click.argument("identifier")
    @click.option(
        "--by", required=True, callback=_check_text, help="Name of the person who decided this."
    )
    @click.option("--reason", required=True, callback=_check_text, help="Why, in their words.")
    @wraps(callback)
    def command(by: str, reason: str, **arguments: str) -> None:
        callback(attribution=Attribution(actor=by, reason=reason), **arguments)

    return command


def _check_text(_: click.Context, option: click.Parameter, text: str) -> str:
    error = storage_problem(text)
    if error:
        raise click.BadParameter(error)
    max_length = MAX_LENGTHS[str(option.name)]
    if not 0 < len(text.strip()) <= len(text) <= max_length:
        raise click.BadParameter(f"must have 1 to {max_length} characters")
    return text


def _act(
    deps: Dependencies,
    identifier: str,
    action: OperatorAction,
    attribution: Attribution,
    missing: str = "",
    **inputs: Json,
) -> None:
    """Act and show the session, or end with an error that says what is missing."""
    session = act(deps, identifier, action, attribution, clock.now(), **inputs)
    if session is None:
        name = "with the identifier" if missing else "has the identifier"
        raise click.ClickException(f"no session {name} {identifier}{missing}")
    click.echo("\n".join(session_lines(session)))
