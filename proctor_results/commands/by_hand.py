"""What a person does to a session on a terminal, with a name and a reason: hold, release, note, override, withdraw."""

from collections.abc import Callable
from functools import wraps

import click

from proctor_results import clock
from proctor_results.commands.told import session_lines
from proctor_results.domain.session import Session
from proctor_results.domain.storable import fault_of
from proctor_results.domain.words import HoldKind, Outcome
from proctor_results.flows.hand import Hand
from proctor_results.flows.hold_by_hand import hold_by_hand, release_by_hand
from proctor_results.flows.house import House
from proctor_results.flows.note_by_hand import note_by_hand
from proctor_results.flows.override_by_hand import OUTCOMES, override_by_hand, withdraw_by_hand

LONGEST = {"by": 200, "reason": 2000}
"""As long as what the LMS may say."""


def add_by_hand(group: click.Group, house: House) -> None:
    """Each command acts at once; the LMS is told where it matters to it."""
    _add_locks(group, house)
    _add_words(group, house)


def _add_locks(group: click.Group, house: House) -> None:
    @group.command()
    @click.argument("identifier")
    @_of_a_person
    def hold(identifier: str, hand: Hand) -> None:
        """Lock the exam until somebody releases it."""
        _show(hold_by_hand(house, identifier, hand, clock.now()), f"no session has the identifier {identifier}")

    @group.command()
    @click.argument("identifier")
    @click.argument("kind", type=click.Choice([kind.value for kind in HoldKind]))
    @_of_a_person
    def release(identifier: str, hand: Hand, kind: str) -> None:
        """Release an open hold of this KIND. What had called for it does not open it again; something new does."""
        session = release_by_hand(house, identifier, HoldKind(kind), hand, clock.now())
        _show(session, f"no session with the identifier {identifier} has an open hold of the kind {kind}")


def _add_words(group: click.Group, house: House) -> None:
    @group.command()
    @click.argument("identifier")
    @_of_a_person
    def note(identifier: str, hand: Hand) -> None:
        """Note something; it stands among the session's decisions, and changes nothing."""
        _show(note_by_hand(house, identifier, hand, clock.now()), f"no session has the identifier {identifier}")

    @group.command()
    @click.argument("identifier")
    @click.argument("outcome", type=click.Choice([outcome.value for outcome in OUTCOMES]))
    @_of_a_person
    def override(identifier: str, hand: Hand, outcome: str) -> None:
        """Overrule the outcome, until that is withdrawn or a proctor signs a newer verdict."""
        session = override_by_hand(house, identifier, Outcome(outcome), hand, clock.now())
        _show(session, f"no session has the identifier {identifier}")

    @group.command()
    @click.argument("identifier")
    @_of_a_person
    def withdraw(identifier: str, hand: Hand) -> None:
        """Take an override back: the outcome is again what the reports say."""
        session = withdraw_by_hand(house, identifier, hand, clock.now())
        _show(session, f"no session with the identifier {identifier} has an override")


def _of_a_person(act: Callable[..., None]) -> Callable[..., None]:
    """Asks for a name and a reason, and hands them over as one."""

    @click.option("--by", required=True, callback=_text, help="Who decided this.")
    @click.option("--reason", required=True, callback=_text, help="Why, in their words.")
    @wraps(act)
    def command(by: str, reason: str, **more: str) -> None:
        act(hand=Hand(actor=by, reason=reason), **more)

    return command


def _text(_: click.Context, option: click.Parameter, given: str) -> str:
    fault = fault_of(given)
    if fault:
        raise click.BadParameter(fault)
    if not 0 < len(given.strip()) <= len(given) <= LONGEST[str(option.name)]:
        raise click.BadParameter(f"must have 1 to {LONGEST[str(option.name)]} characters")
    return given


def _show(session: Session | None, otherwise: str) -> None:
    if session is None:
        raise click.ClickException(otherwise)
    click.echo("\n".join(session_lines(session)))
