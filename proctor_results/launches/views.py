"""`POST /sessions`: the LMS launches a session, for the first time or again."""

from dataclasses import fields as fields_of
from datetime import datetime
from typing import Any
from uuid import uuid4

from proctor_results.api import auth
from proctor_results.api.blueprint import BODY_PROBLEMS, LMS_SECURITY, ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.api.problems import abort_with_problem
from proctor_results.launches.launch_session import LaunchConflict, launch_session
from proctor_results.launches.launch_tokens import Launch
from proctor_results.launches.reconnect_script import SCRIPT_INTEGRITY, SCRIPT_VERSION
from proctor_results.launches.schemas import LaunchRequestSchema, LaunchResponseSchema
from proctor_results.sessions.model import Session
from proctor_results.vendors.launch import ExamPageConfig, Launcher, LaunchRequest

launches = ApiBlueprint("launches", __name__, description="Launches of sessions by the LMS")


@launches.route("/sessions", methods=["POST"])
@launches.doc(security=LMS_SECURITY)
@launches.response(201, LaunchResponseSchema, description="Launched for the first time")
@launches.alt_response(200, schema=LaunchResponseSchema, description="Launched again")
@launches.problems({**BODY_PROBLEMS, 422: "Fields the vendor refuses; `errors` names them"})
@auth.requires("lms")
@launches.arguments(LaunchRequestSchema())
def launch(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Create a session, or launch it again: the same identifier and student resume the sitting."""
    vendor, now = _vendor_name(payload.pop("vendor", None)), api_context().now()
    launcher = _launcher(vendor)
    launch_request = _launch_request(payload, vendor)
    errors = launcher.validation_errors(launch_request, now)
    if errors:
        abort_with_problem(422, "the vendor would refuse this", errors)
    lms_attributes = {name: payload.get(name) for name in ("student", "exam", "course", "activity")}
    session = launch_session(
        api_context().deps, launch_request.identifier, vendor, lms_attributes, now
    )
    if isinstance(session, LaunchConflict):
        abort_with_problem(422, session.detail, {session.field: [session.detail]})
    status = 201 if session.launch_count == 1 else 200
    return {
        "session": session,
        "launch": _launch_values(session, launcher, launch_request, now),
    }, status


def _launcher(vendor: str) -> Launcher:
    launchers = _launchers()
    if vendor not in launchers:
        errors = {"vendor": [f"Must be one of: {', '.join(launchers) or 'none is set up'}."]}
        abort_with_problem(422, "this vendor cannot launch learners here", errors)
    return launchers[vendor]


def _launchers() -> dict[str, Launcher]:
    vendors = api_context().vendors
    return {name: vendor.launcher for name, vendor in vendors.items() if vendor.launcher}


def _vendor_name(requested: str | None) -> str:
    """Return the vendor that was asked for, or the default one, or the only one."""
    names = list(_launchers())
    return requested or api_context().default_vendor or (names[0] if len(names) == 1 else "")


def _launch_request(payload: dict[str, Any], vendor: str) -> LaunchRequest:
    defaults = {
        "identifier": str(uuid4()),
        "api": api_context().url_for_path(f"/webhooks/{vendor}"),
    }
    field_names = {field.name for field in fields_of(LaunchRequest)}
    known_values: dict[str, Any] = {
        name: value for name, value in payload.items() if name in field_names
    }
    tuples = {name: tuple(value) for name, value in known_values.items() if isinstance(value, list)}
    return LaunchRequest(**{**defaults, **known_values, **tuples})


def _launch_values(
    session: Session, launcher: Launcher, launch_request: LaunchRequest, now: datetime
) -> dict[str, Any]:
    """Return what `LaunchSchema` dumps."""
    exam_page = _exam_page_config(session, now)
    vendor_launch = launcher.launch(launch_request, exam_page, now)
    return {
        "number": session.launch_count,
        "token": exam_page.token,
        "heartbeats": exam_page.heartbeats_url,
        "metrics": exam_page.metrics_url,
        "next_in_ms": exam_page.heartbeat_interval_ms,
        "vendor": vendor_launch,
        "html": vendor_launch,
    }


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
