"""`POST /sessions`: the LMS lets a learner sit, for the first time or again."""

from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from proctor_results.api import auth
from proctor_results.api.context import api_context
from proctor_results.api.problems import document_problems, problem
from proctor_results.api.request_body import BODY_PROBLEMS, load_body, request_body_spec
from proctor_results.api.text import NonEmptyText
from proctor_results.formats.text import IDENTIFIER_PATTERN, IDENTIFIER_RULE
from proctor_results.launches.launch_session import LaunchConflict, launch_session
from proctor_results.launches.launch_tokens import Launch
from proctor_results.launches.reconnect_script import SCRIPT_INTEGRITY, SCRIPT_VERSION
from proctor_results.sessions.model import Session
from proctor_results.sessions.schemas import SessionSchema, session_json
from proctor_results.sessions.views import LMS_SECURITY
from proctor_results.vendors.launch import ExamPageConfig, Launcher, LaunchRequest

launches = Blueprint("launches", __name__, description="Where the LMS lets learners sit")

_TEXT_LIST = fields.List(NonEmptyText(), load_default=list, validate=validate.Length(max=100))


class LaunchRequestSchema(Schema):
    """Who sits which exam, and how."""

    identifier = fields.String(
        validate=validate.Regexp(rf"{IDENTIFIER_PATTERN}\Z", error=IDENTIFIER_RULE),
        metadata={
            "description": "made for you where it is left out; the same one resumes the sitting"
        },
    )
    vendor = fields.String(load_default="supervisor")
    student = NonEmptyText(required=True)
    exam = NonEmptyText(metadata={"description": "names the exam's policy"})
    course = NonEmptyText()
    activity = NonEmptyText(metadata={"description": "the activity that starts proctoring"})
    nickname = NonEmptyText()
    subject = NonEmptyText()
    template = NonEmptyText(load_default="default")
    deadline = fields.AwareDateTime(
        default_timezone=UTC, metadata={"description": "no start after it"}
    )
    expires = fields.AwareDateTime(
        default_timezone=UTC, metadata={"description": "of the vendor's token"}
    )
    timeout = fields.Integer(
        strict=True, validate=validate.Range(1, 1440), metadata={"description": "minutes"}
    )
    tags = _TEXT_LIST
    invites = _TEXT_LIST
    labels = _TEXT_LIST
    lang = fields.String(validate=validate.Length(2, 20))
    group = NonEmptyText()
    referrer = fields.Url(schemes={"http", "https"}, require_tld=False)
    url = fields.Url(schemes={"http", "https"}, require_tld=False)
    api = fields.Url(
        schemes={"http", "https"},
        require_tld=False,
        metadata={"description": "our webhook by default"},
    )
    proctor = NonEmptyText(metadata={"description": "a username; answers with a link for them"})


class VendorLaunchSchema(Schema):
    """What the vendor needs."""

    token = fields.String(required=True)
    link = fields.String(
        required=True, metadata={"description": "starts without the vendor's script"}
    )
    report = fields.String(required=True, metadata={"description": "the protocol of the sitting"})
    proctor_link = fields.String(required=True, allow_none=True)


class HtmlSchema(Schema):
    """Ready for the exam page."""

    script = fields.String(
        required=True, metadata={"description": "init, start, stop and logout by script"}
    )
    attributes = fields.String(
        required=True, metadata={"description": "the same by data attributes"}
    )


class LaunchSchema(Schema):
    """One launch: what the exam page needs."""

    number = fields.Integer(required=True)
    token = fields.String(
        required=True, metadata={"description": "for heartbeats and metrics, good for a day"}
    )
    heartbeats = fields.String(required=True)
    metrics = fields.String(required=True)
    next_in_ms = fields.Integer(required=True)
    vendor = fields.Nested(VendorLaunchSchema, required=True)
    html = fields.Nested(HtmlSchema, required=True)


class LaunchResponseSchema(Schema):
    """A session and its newest launch."""

    session = fields.Nested(SessionSchema, required=True)
    launch = fields.Nested(LaunchSchema, required=True)


@launches.route("/sessions", methods=["POST"])
@launches.doc(security=LMS_SECURITY, requestBody=request_body_spec(LaunchRequestSchema))
@launches.alt_response(200, schema=LaunchResponseSchema, description="Launched again")
@launches.alt_response(201, schema=LaunchResponseSchema, description="Launched for the first time")
@document_problems(
    launches,
    {
        **BODY_PROBLEMS,
        401: "No key, or a wrong one",
        422: "Something the vendor would not take; `errors` names the fields",
        503: "The database is away; send it again",
    },
)
@auth.lms_key_required
def launch() -> Response:
    """Creates a session, or launches it again: the same identifier and student resume the same sitting."""
    payload = load_body(_LAUNCH_REQUEST_SCHEMA)
    payload.setdefault("identifier", str(uuid4()))
    vendor, now = payload.pop("vendor"), api_context().now()
    launcher = api_context().launchers.get(vendor)
    if launcher is None:
        return problem(
            422,
            f"{vendor} cannot be launched here",
            {"vendor": ["Is not known, or not set up: see SUPERVISOR_URL."]},
        )
    launch_request = _launch_request(payload, api=api_context().url_for_path(f"/webhooks/{vendor}"))
    errors = launcher.validation_errors(launch_request, now)
    if errors:
        return problem(422, "the vendor would not take this", errors)
    lms_attributes = {name: payload.get(name) for name in ("student", "exam", "course", "activity")}
    session = launch_session(
        api_context().deps, launch_request.identifier, vendor, lms_attributes, now
    )
    if isinstance(session, LaunchConflict):
        return problem(422, session.detail, {session.field: [session.detail]})
    return _launch_response(session, launcher, launch_request, now)


_LAUNCH_REQUEST_SCHEMA = LaunchRequestSchema()


def _launch_request(payload: dict[str, Any], api: str) -> LaunchRequest:
    field_names = {field.name for field in fields_of(LaunchRequest)}
    known_values: dict[str, Any] = {
        name: value for name, value in payload.items() if name in field_names
    }
    tuples = {name: tuple(value) for name, value in known_values.items() if isinstance(value, list)}
    return LaunchRequest(**{"api": api, **known_values, **tuples})


def _launch_response(
    session: Session, launcher: Launcher, launch_request: LaunchRequest, now: datetime
) -> Response:
    exam_page = _exam_page_config(session, now)
    vendor_launch = launcher.launch(launch_request, exam_page, now)
    response = jsonify(
        session=session_json(session),
        launch={
            "number": session.launch_count,
            "token": exam_page.token,
            "heartbeats": exam_page.heartbeats_url,
            "metrics": exam_page.metrics_url,
            "next_in_ms": exam_page.heartbeat_interval_ms,
            "vendor": {
                name: getattr(vendor_launch, name)
                for name in ("token", "link", "report", "proctor_link")
            },
            "html": {
                "script": vendor_launch.script_html,
                "attributes": vendor_launch.attributes_html,
            },
        },
    )
    response.status_code = 201 if session.launch_count == 1 else 200
    return response


def _exam_page_config(session: Session, now: datetime) -> ExamPageConfig:
    context = api_context()
    return ExamPageConfig(
        reconnect_url=context.url_for_path(f"/reconnect.js?{SCRIPT_VERSION}"),
        integrity=SCRIPT_INTEGRITY,
        heartbeats_url=context.url_for_path(f"/sessions/{session.identifier}/heartbeats"),
        metrics_url=context.url_for_path(f"/sessions/{session.identifier}/metrics"),
        token=context.launch_tokens.issue(
            Launch(identifier=session.identifier, number=session.launch_count), now
        ),
        heartbeat_interval_ms=int(context.deps.heartbeat_config.interval.total_seconds() * 1000),
    )
