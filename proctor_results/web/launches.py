"""`POST /sessions`: the LMS lets a learner sit, for the first time or again."""

from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from proctor_results.domain import identifier as identifiers
from proctor_results.domain.session import Session
from proctor_results.flows.launch_session import Contradiction, launch_session
from proctor_results.vendors.launch import Launcher, LaunchOrder, Page
from proctor_results.web import guards
from proctor_results.web.body import REFUSALS, body_of, valid_body
from proctor_results.web.front_door import front_door
from proctor_results.web.launch_tokens import Launch
from proctor_results.web.problems import problem, refuses
from proctor_results.web.script import INTEGRITY, VERSION
from proctor_results.web.session_json import SessionSchema, session_json
from proctor_results.web.sessions import LMS
from proctor_results.web.text import Text

launches = Blueprint("launches", __name__, description="Where the LMS lets learners sit")

_NAMES = fields.List(Text(), load_default=list, validate=validate.Length(max=100))


class OrderSchema(Schema):
    """Who sits which exam, and how."""

    identifier = fields.String(
        validate=validate.Regexp(rf"{identifiers.PATTERN}\Z", error=identifiers.RULE),
        metadata={"description": "made for you where it is left out; the same one resumes the sitting"},
    )
    vendor = fields.String(load_default="supervisor")
    student = Text(required=True)
    exam = Text(metadata={"description": "names the exam's policy"})
    course = Text()
    activity = Text(metadata={"description": "the activity that starts proctoring"})
    nickname = Text()
    subject = Text()
    template = Text(load_default="default")
    deadline = fields.AwareDateTime(default_timezone=UTC, metadata={"description": "no start after it"})
    expires = fields.AwareDateTime(default_timezone=UTC, metadata={"description": "of the vendor's token"})
    timeout = fields.Integer(strict=True, validate=validate.Range(1, 1440), metadata={"description": "minutes"})
    tags = _NAMES
    invites = _NAMES
    labels = _NAMES
    lang = fields.String(validate=validate.Length(2, 20))
    group = Text()
    referrer = fields.Url(schemes={"http", "https"}, require_tld=False)
    url = fields.Url(schemes={"http", "https"}, require_tld=False)
    api = fields.Url(schemes={"http", "https"}, require_tld=False, metadata={"description": "our webhook by default"})
    proctor = Text(metadata={"description": "a username; answers with a link for them"})


class VendorLaunchSchema(Schema):
    """What the vendor needs."""

    token = fields.String(required=True)
    link = fields.String(required=True, metadata={"description": "starts without the vendor's script"})
    report = fields.String(required=True, metadata={"description": "the protocol of the sitting"})
    proctor_link = fields.String(required=True, allow_none=True)


class HtmlSchema(Schema):
    """Ready for the exam page."""

    script = fields.String(required=True, metadata={"description": "init, start, stop and logout by script"})
    attributes = fields.String(required=True, metadata={"description": "the same by data attributes"})


class LaunchSchema(Schema):
    """One launch: what the exam page needs."""

    number = fields.Integer(required=True)
    token = fields.String(required=True, metadata={"description": "for heartbeats and metrics, good for a day"})
    heartbeats = fields.String(required=True)
    metrics = fields.String(required=True)
    next_in_ms = fields.Integer(required=True)
    vendor = fields.Nested(VendorLaunchSchema, required=True)
    html = fields.Nested(HtmlSchema, required=True)


class LaunchedSchema(Schema):
    """A session and its newest launch."""

    session = fields.Nested(SessionSchema, required=True)
    launch = fields.Nested(LaunchSchema, required=True)


@launches.route("/sessions", methods=["POST"])
@launches.doc(security=LMS, requestBody=body_of(OrderSchema))
@launches.alt_response(200, schema=LaunchedSchema, description="Launched again")
@launches.alt_response(201, schema=LaunchedSchema, description="Launched for the first time")
@refuses(
    launches,
    {
        **REFUSALS,
        401: "No key, or a wrong one",
        422: "Something the vendor would not take; `errors` names the fields",
        503: "The database is away; send it again",
    },
)
@guards.for_lms
def launch() -> Response:
    """Creates a session, or launches it again: the same identifier and student resume the same sitting."""
    said = valid_body(_ORDER)
    said.setdefault("identifier", str(uuid4()))
    vendor, now = said.pop("vendor"), front_door().now()
    launcher = front_door().launchers.get(vendor)
    if launcher is None:
        return problem(
            422, f"{vendor} cannot be launched here", {"vendor": ["Is not known, or not set up: see SUPERVISOR_URL."]}
        )
    order = _order(said, api=front_door().address(f"/webhooks/{vendor}"))
    faults = launcher.faults(order, now)
    if faults:
        return problem(422, "the vendor would not take this", faults)
    enrolment = {name: said.get(name) for name in ("student", "exam", "course", "activity")}
    session = launch_session(front_door().house, order.identifier, vendor, enrolment, now)
    if isinstance(session, Contradiction):
        return problem(422, session.detail, {session.field: [session.detail]})
    return _launched(session, launcher, order, now)


_ORDER = OrderSchema()


def _order(said: dict[str, Any], api: str) -> LaunchOrder:
    known = {field.name for field in fields_of(LaunchOrder)}
    given: dict[str, Any] = {name: value for name, value in said.items() if name in known}
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    return LaunchOrder(**{"api": api, **given, **lists})


def _launched(session: Session, launcher: Launcher, order: LaunchOrder, now: datetime) -> Response:
    page = _page(session, now)
    vendor = launcher.launch(order, page, now)
    answer = jsonify(
        session=session_json(session),
        launch={
            "number": session.launches,
            "token": page.token,
            "heartbeats": page.heartbeats_url,
            "metrics": page.metrics_url,
            "next_in_ms": page.every_ms,
            "vendor": {name: getattr(vendor, name) for name in ("token", "link", "report", "proctor_link")},
            "html": {"script": vendor.script_html, "attributes": vendor.attributes_html},
        },
    )
    answer.status_code = 201 if session.launches == 1 else 200
    return answer


def _page(session: Session, now: datetime) -> Page:
    door = front_door()
    return Page(
        reconnect_url=door.address(f"/reconnect.js?{VERSION}"),
        integrity=INTEGRITY,
        heartbeats_url=door.address(f"/sessions/{session.identifier}/heartbeats"),
        metrics_url=door.address(f"/sessions/{session.identifier}/metrics"),
        token=door.launch_tokens.make(Launch(identifier=session.identifier, number=session.launches), now),
        every_ms=int(door.house.rhythm.every.total_seconds() * 1000),
    )
