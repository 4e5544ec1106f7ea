"""`/sessions/<identifier>/holds`, `/outcome` and `/notes`: the LMS acts on a session."""

from typing import Any

from marshmallow import Schema, fields, validate

from proctor_results.api import auth
from proctor_results.api.blueprint import BODY_PROBLEMS, LMS_SECURITY, ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.api.fields import NonEmptyText
from proctor_results.api.problems import abort_with_problem
from proctor_results.formats.json_value import Json
from proctor_results.operations.operator_actions import OVERRIDE_OUTCOMES, Attribution, act
from proctor_results.sessions.enums import HoldKind, OperatorAction
from proctor_results.sessions.model import Session
from proctor_results.sessions.schemas import SessionSchema

operations = ApiBlueprint(
    "operations", __name__, description="Hold, release, override, withdraw and note"
)

_PROBLEMS = {**BODY_PROBLEMS, 404: "No such session"}


class AttributionSchema(Schema):
    """The person who acts, and why."""

    actor = NonEmptyText(required=True, metadata={"description": "who decided this"})
    reason = NonEmptyText(
        max_length=2000, required=True, metadata={"description": "in their words"}
    )


class ManualHoldSchema(AttributionSchema):
    """A manual hold."""

    kind = fields.String(load_default=HoldKind.MANUAL, validate=validate.Equal(HoldKind.MANUAL))


class OverrideSchema(AttributionSchema):
    """An outcome that a person sets."""

    outcome = fields.String(required=True, validate=validate.OneOf([*OVERRIDE_OUTCOMES]))


class NoteSchema(AttributionSchema):
    """A note, and the person who wrote it."""

    reason = NonEmptyText(
        data_key="note",
        max_length=2000,
        required=True,
        metadata={"description": "in their words"},
    )


@operations.route("/sessions/<identifier:identifier>/holds", methods=["POST"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session, locked")
@operations.problems(_PROBLEMS)
@auth.requires("lms")
@operations.arguments(ManualHoldSchema())
def hold(payload: dict[str, Any], identifier: str) -> Session:
    """Lock the exam until the hold is released. Repeating it opens no second hold."""
    return _act(identifier, OperatorAction.HOLD, payload)


@operations.route("/sessions/<identifier:identifier>/holds/<kind>", methods=["DELETE"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session without that hold")
@operations.problems({**_PROBLEMS, 404: "No such session, or no such hold is open"})
@auth.requires("lms")
@operations.arguments(AttributionSchema())
def release(payload: dict[str, Any], identifier: str, kind: str) -> Session:
    """Release an open hold. The same cause does not open it again; a new one does."""
    if kind not in list(HoldKind):
        abort_with_problem(404, "no hold is of this kind")
    detail = "no such hold is open"
    return _act(identifier, OperatorAction.RELEASE, payload, detail, hold=kind)


@operations.route("/sessions/<identifier:identifier>/outcome", methods=["PUT"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session with that outcome")
@operations.problems(_PROBLEMS)
@auth.requires("lms")
@operations.arguments(OverrideSchema())
def override(payload: dict[str, Any], identifier: str) -> Session:
    """Override the outcome until the override is withdrawn or a proctor signs a newer verdict."""
    return _act(identifier, OperatorAction.OVERRIDE, payload, outcome=payload["outcome"])


@operations.route("/sessions/<identifier:identifier>/outcome", methods=["DELETE"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session with the outcome of its reports")
@operations.problems({**_PROBLEMS, 404: "No such session, or it has no override"})
@auth.requires("lms")
@operations.arguments(AttributionSchema())
def withdraw(payload: dict[str, Any], identifier: str) -> Session:
    """Withdraw the override: the outcome follows the reports again."""
    detail = "there is no override to withdraw"
    return _act(identifier, OperatorAction.WITHDRAW_OVERRIDE, payload, detail)


@operations.route("/sessions/<identifier:identifier>/notes", methods=["POST"])
@operations.doc(security=LMS_SECURITY)
@operations.response(200, SessionSchema, description="The session, otherwise unchanged")
@operations.problems(_PROBLEMS)
@auth.requires("lms")
@operations.arguments(NoteSchema())
def note(payload: dict[str, Any], identifier: str) -> Session:
    """Add a note to the session's decisions. It changes nothing else and notifies no target."""
    return _act(identifier, OperatorAction.NOTE, payload)


def _act(
    identifier: str,
    action: OperatorAction,
    payload: dict[str, Any],
    not_found: str = "no session has this identifier",
    **inputs: Json,
) -> Session:
    attribution = Attribution(actor=payload["actor"], reason=payload["reason"])
    context = api_context()
    session = act(context.deps, identifier, action, attribution, context.now(), **inputs)
    if session is None:
        abort_with_problem(404, not_found)
    return session
