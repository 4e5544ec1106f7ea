"""`/sessions/<identifier>/holds`, `/outcome` and `/notes`: the LMS acts on a session."""

from typing import Any

from proctor_results.api import auth
from proctor_results.api.blueprint import BODY_PROBLEMS, LMS_SECURITY, ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.api.problems import abort_with_problem
from proctor_results.operations import operator_actions
from proctor_results.operations.operator_actions import Attribution
from proctor_results.operations.schemas import (
    AttributionSchema,
    ManualHoldSchema,
    NoteSchema,
    OverrideSchema,
)
from proctor_results.sessions.enums import HoldKind, Outcome
from proctor_results.sessions.model import Session
from proctor_results.sessions.schemas import SessionSchema

operations = ApiBlueprint(
    "operations", __name__, description="Hold, release, override, withdraw and note"
)

_PROBLEMS = {**BODY_PROBLEMS, 404: "No such session"}


@operations.route("/sessions/<identifier:identifier>/holds", methods=["POST"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session, locked")
@operations.problems(_PROBLEMS)
@auth.lms_key_required
@operations.arguments(ManualHoldSchema())
def hold(payload: dict[str, Any], identifier: str) -> Session:
    """Lock the exam until the hold is released. Repeating it opens no second hold."""
    return _required(
        operator_actions.place_hold(
            api_context().deps, identifier, _attribution(payload), api_context().now()
        ),
        "no session has this identifier",
    )


@operations.route("/sessions/<identifier:identifier>/holds/<kind>", methods=["DELETE"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session without that hold")
@operations.problems({**_PROBLEMS, 404: "No such session, or no such hold is open"})
@auth.lms_key_required
@operations.arguments(AttributionSchema())
def release(payload: dict[str, Any], identifier: str, kind: str) -> Session:
    """Release an open hold. The same cause does not open it again; a new one does."""
    if kind not in list(HoldKind):
        abort_with_problem(404, "no hold is of this kind")
    return _required(
        operator_actions.release_hold(
            api_context().deps,
            identifier,
            HoldKind(kind),
            _attribution(payload),
            api_context().now(),
        ),
        "no such hold is open",
    )


@operations.route("/sessions/<identifier:identifier>/outcome", methods=["PUT"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session with that outcome")
@operations.problems(_PROBLEMS)
@auth.lms_key_required
@operations.arguments(OverrideSchema())
def override(payload: dict[str, Any], identifier: str) -> Session:
    """Override the outcome until the override is withdrawn or a proctor signs a newer verdict."""
    return _required(
        operator_actions.override_outcome(
            api_context().deps,
            identifier,
            Outcome(payload["outcome"]),
            _attribution(payload),
            api_context().now(),
        ),
        "no session has this identifier",
    )


@operations.route("/sessions/<identifier:identifier>/outcome", methods=["DELETE"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session with the outcome of its reports")
@operations.problems({**_PROBLEMS, 404: "No such session, or it has no override"})
@auth.lms_key_required
@operations.arguments(AttributionSchema())
def withdraw(payload: dict[str, Any], identifier: str) -> Session:
    """Withdraw the override: the outcome follows the reports again."""
    return _required(
        operator_actions.withdraw_override(
            api_context().deps, identifier, _attribution(payload), api_context().now()
        ),
        "there is no override to withdraw",
    )


@operations.route("/sessions/<identifier:identifier>/notes", methods=["POST"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session, otherwise unchanged")
@operations.problems(_PROBLEMS)
@auth.lms_key_required
@operations.arguments(NoteSchema())
def note(payload: dict[str, Any], identifier: str) -> Session:
    """Add a note to the session's decisions. It changes nothing else and notifies no target."""
    return _required(
        operator_actions.add_note(
            api_context().deps, identifier, _attribution(payload), api_context().now()
        ),
        "no session has this identifier",
    )


def _attribution(payload: dict[str, Any]) -> Attribution:
    return Attribution(actor=payload["actor"], reason=payload["reason"])


def _required(session: Session | None, detail: str) -> Session:
    """Return the session, or answer 404 with this detail."""
    if session is None:
        abort_with_problem(404, detail)
    return session
