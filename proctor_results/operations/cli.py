"""`sessions hold`, `release`, `note`, `override`, `withdraw`: an operator acts on the terminal."""

from collections.abc import Callable
from functools import wraps

import click

from proctor_results import clock
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.text import session_lines
from proctor_results.formats.text import storage_problem
from proctor_results.operations import operator_actions
from proctor_results.operations.operator_actions import OVERRIDE_OUTCOMES, Attribution
from proctor_results.sessions.enums import HoldKind, Outcome
from proctor_results.sessions.model import Session

MAX_LENGTHS = {"by": 200, "reason": 2000}
"""The same limits as in the API."""


def add_action_commands(group: click.Group, deps: Dependencies) -> None:
    """Add the commands to `sessions`. Each acts at once and notifies the LMS of what it changes."""
    _add_hold_commands(group, deps)
    _add_outcome_commands(group, deps)


def _add_hold_commands(group: click.Group, deps: Dependencies) -> None:
    @group.command()
    @click.argument("identifier")
    @_attribution_options
    def hold(identifier: str, attribution: Attribution) -> None:
        """Lock the exam until the hold is released."""
        session = operator_actions.place_hold(deps, identifier, attribution, clock.now())
        _print_session(session, f"no session has the identifier {identifier}")

    @group.command()
    @click.argument("identifier")
    @click.argument("kind", type=click.Choice([kind.value for kind in HoldKind]))
    @_attribution_options
    def release(identifier: str, attribution: Attribution, kind: str) -> None:
        """Release an open hold of this KIND. A new cause may open it again."""
        session = operator_actions.release_hold(
            deps, identifier, HoldKind(kind), attribution, clock.now()
        )
        _print_session(
            session,
            f"no session with the identifier {identifier} has an open hold of the kind {kind}",
        )


def _add_outcome_commands(group: click.Group, deps: Dependencies) -> None:
    @group.command()
    @click.argument("identifier")
    @_attribution_options
    def note(identifier: str, attribution: Attribution) -> None:
        """Add a note to the session's decisions; it changes nothing else."""
        session = operator_actions.add_note(deps, identifier, attribution, clock.now())
        _print_session(session, f"no session has the identifier {identifier}")

    @group.command()
    @click.argument("identifier")
    @click.argument("outcome", type=click.Choice([outcome.value for outcome in OVERRIDE_OUTCOMES]))
    @_attribution_options
    def override(identifier: str, attribution: Attribution, outcome: str) -> None:
        """Set the outcome, until it is withdrawn or superseded by a newer verdict."""
        session = operator_actions.override_outcome(
            deps, identifier, Outcome(outcome), attribution, clock.now()
        )
        _print_session(session, f"no session has the identifier {identifier}")

    @group.command()
    @click.argument("identifier")
    @_attribution_options
    def withdraw(identifier: str, attribution: Attribution) -> None:
        """Withdraw the override: the outcome follows the reports again."""
        session = operator_actions.withdraw_override(deps, identifier, attribution, clock.now())
        _print_session(session, f"no session with the identifier {identifier} has an override")


def _attribution_options(callback: Callable[..., None]) -> Callable[..., None]:
    """Add `--by` and `--reason`, and pass them on as one `attribution`."""

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


def _print_session(session: Session | None, not_found_message: str) -> None:
    if session is None:
        raise click.ClickException(not_found_message)
    click.echo("\n".join(session_lines(session)))
