"""The target whose lock is a call of the LMS's own kind."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from proctor_results.deliveries.messages import build_message
from proctor_results.deliveries.targets.base import Delivered, NotSendable, PushResult
from proctor_results.deliveries.targets.http_template import HttpTemplateTarget
from proctor_results.deliveries.targets.request_template import (
    RequestTemplate,
    validation_errors,
)
from proctor_results.http_client.client import HttpClient
from proctor_results.sessions.enums import HoldKind, Topic
from proctor_results.sessions.model import Hold, Reason, Session
from tests.support.http_servers import LocalServer, ReceivedRequest, serve

NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
LMS_ATTRIBUTES = {
    "student": "learner-7",
    "course": "course-1",
    "exam": "exam-1",
    "activity": "part-3",
}
JSON_TEMPLATE = (
    '{{"user": "{student}", "part": "{exam}", "lock": {locked}, "why": "{holds}", "n": {revision}}}'
)
FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"


@pytest.fixture
def peer() -> Iterator[LocalServer]:
    with serve(LocalServer()) as peer:
        yield peer


def lock_message(*kinds: HoldKind, **lms_attributes: str | None) -> Mapping[str, Any]:
    """Build the lock message of a session with these holds."""
    session = Session(
        identifier="s-1",
        vendor="supervisor",
        lms_attributes={**LMS_ATTRIBUTES, **lms_attributes},
        holds=tuple(
            Hold(kind=kind, since=NOW, reasons=(Reason(rule="heartbeat_timeout", detail="silent"),))
            for kind in kinds
        ),
        updated_at=NOW,
    )
    return build_message(session, Topic.LOCK, 4, NOW)


LOCK_MESSAGE = lock_message(HoldKind.DISCONNECTED, HoldKind.MANUAL)


def push(
    peer: LocalServer,
    sent_message: Mapping[str, Any] = LOCK_MESSAGE,
    path: str = "/lock",
    **template_fields: Any,
) -> PushResult:
    request_template = RequestTemplate(
        url_template=f"http://127.0.0.1:{peer.port}{path}", **template_fields
    )
    return HttpTemplateTarget(
        request_template=request_template, http_client=HttpClient(allow_private=True)
    ).push("s-1.lock.4", sent_message, NOW)


def push_and_receive(
    peer: LocalServer,
    sent_message: Mapping[str, Any] = LOCK_MESSAGE,
    path: str = "/lock",
    **template_fields: Any,
) -> ReceivedRequest:
    assert isinstance(push(peer, sent_message, path, **template_fields), Delivered)
    (received,) = peer.received
    return received


def test_it_receives_only_lock_messages() -> None:
    target = HttpTemplateTarget(
        request_template=RequestTemplate(url_template="https://lms.example/lock"),
        http_client=HttpClient(),
    )
    assert target.name == "http_template"
    assert target.topics == {Topic.LOCK}


def test_a_json_body_is_filled_in(peer: LocalServer) -> None:
    received = push_and_receive(peer, body=JSON_TEMPLATE)

    assert received.headers["Content-Type"] == "application/json"
    assert json.loads(received.body) == {
        "user": "learner-7",
        "part": "exam-1",
        "lock": True,
        "why": "disconnected,manual",
        "n": 4,
    }


def test_a_form_and_an_address_are_filled_in(peer: LocalServer) -> None:
    path, body = (
        "/{course}/{identifier}/lock?locked={locked}",
        "userUID={student}&partUID={activity}&why={holds}",
    )
    received = push_and_receive(
        peer, lock_message(), path, body=body, content_type=f"{FORM_CONTENT_TYPE}; charset=utf-8"
    )

    assert received.path == "/course-1/s-1/lock?locked=false"
    assert parse_qs(received.body.decode(), keep_blank_values=True) == {
        "userUID": ["learner-7"],
        "partUID": ["part-3"],
        "why": [""],
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_uses_the_configured_method_headers_and_an_idempotency_key(
    peer: LocalServer, method: str
) -> None:
    received = push_and_receive(peer, method=method, headers={"X-API-Key": "the key of the LMS"})

    assert (received.method, received.body) == (method, b"")
    assert received.headers["Idempotency-Key"] == "s-1.lock.4"
    assert received.headers["X-API-Key"] == "the key of the LMS"
    assert received.headers["User-Agent"].startswith("Proctor-Results/")
    assert "Content-Type" not in received.headers


HOSTILE_VALUES = {
    "a quote": '", "lock": false, "x": "',
    "a backslash": "\\",
    "an end of a parameter": "x&lock=false&a=b#c?d",
    "a path": "a/b\\c",
    "a line break": "x\r\nX-Evil: yes",
    "a percent sign": "100%2F",
    "a placeholder": "{locked}",
    "letters beyond ASCII": "Жанна +1",
    "half a surrogate pair": "\ud83d",
    "a NUL": "\0",
}


@pytest.mark.parametrize("value", HOSTILE_VALUES.values(), ids=HOSTILE_VALUES)
def test_a_hostile_id_stays_a_value_in_json(peer: LocalServer, value: str) -> None:
    payload = json.loads(
        push_and_receive(peer, lock_message(student=value), body=JSON_TEMPLATE).body
    )
    assert (payload["user"], payload["lock"], len(payload)) == (value, False, 5)


@pytest.mark.parametrize("value", HOSTILE_VALUES.values(), ids=HOSTILE_VALUES)
def test_a_hostile_id_stays_a_value_in_an_address_and_a_form(peer: LocalServer, value: str) -> None:
    received = push_and_receive(
        peer,
        lock_message(student=value),
        "/users/{student}/lock?u={student}",
        body="u={student}&x=1",
        content_type=FORM_CONTENT_TYPE,
    )

    path, _, query = received.path.partition("?")
    assert (path.count("/"), path.endswith("/lock")) == (3, True)
    assert parse_qs(query, errors="surrogatepass") == {"u": [value]}
    assert parse_qs(received.body.decode(), errors="surrogatepass") == {"u": [value], "x": ["1"]}


@pytest.mark.parametrize("value", [".", "..", "../../unlock", "a/../b", "..\\b"])
def test_an_id_that_would_change_the_path_is_not_sent(peer: LocalServer, value: str) -> None:
    result = push(peer, lock_message(student=value), "/users/{student}/lock")
    assert result == NotSendable(detail="not sent: a value would lead the address elsewhere")
    assert peer.received == []


def test_such_an_id_is_allowed_in_a_body(peer: LocalServer) -> None:
    assert (
        json.loads(push_and_receive(peer, lock_message(student=".."), body=JSON_TEMPLATE).body)[
            "user"
        ]
        == ".."
    )


@pytest.mark.parametrize("missing", [None, ""], ids=["absent", "empty"])
def test_a_message_that_lacks_a_required_field_is_not_sent_and_names_it(
    peer: LocalServer, missing: str | None
) -> None:
    result = push(peer, lock_message(course=missing, exam=missing), "/{course}", body=JSON_TEMPLATE)
    assert result == NotSendable(detail="not sent: no course and no exam is known yet")
    assert peer.received == []


def test_a_field_that_the_template_does_not_use_may_be_missing(peer: LocalServer) -> None:
    push_and_receive(peer, lock_message(course=None), "/{student}")


INVALID_TEMPLATES: dict[str, tuple[dict[str, Any], str, str]] = {
    "an unknown placeholder": (
        {"url_template": "https://lms.example/{learner}"},
        "url_template",
        "unknown placeholder {learner}",
    ),
    "a format": ({"body": '{{"a": "{student:>9}"}}'}, "body", "unknown placeholder {student:>9}"),
    "a conversion": ({"body": '{{"a": "{student!r}"}}'}, "body", "unknown placeholder {student!r}"),
    "an attribute": (
        {"body": '{{"a": "{student.__class__}"}}'},
        "body",
        "unknown placeholder {student.__class__}",
    ),
    "nothing in braces": (
        {"url_template": "https://lms.example/{}"},
        "url_template",
        "unknown placeholder {}",
    ),
    "a brace that is not closed": (
        {"url_template": "https://lms.example/{student"},
        "url_template",
        "a brace has no partner",
    ),
    "a brace that was not opened": ({"body": '"{student}}"'}, "body", "a brace has no partner"),
    "JSON with single braces": ({"body": '{"user": "{student}"}'}, "body", ""),
    "a placeholder for the scheme": (
        {"url_template": "{identifier}://lms.example/"},
        "url_template",
        "must be an http",
    ),
    "a placeholder for the host": (
        {"url_template": "https://{student}.lms.example/"},
        "url_template",
        "choose the host",
    ),
    "a placeholder for the port": (
        {"url_template": "https://lms.example:{revision}/"},
        "url_template",
        "choose the host",
    ),
    "a placeholder behind the host": (
        {"url_template": "https://lms.example{student}/"},
        "url_template",
        "choose the host",
    ),
    "a placeholder as a password": (
        {"url_template": "https://me:{student}@lms.example/"},
        "url_template",
        "choose the host",
    ),
    "no scheme": ({"url_template": "lms.example/lock"}, "url_template", "must be an http"),
    "no host": ({"url_template": "https:///lock"}, "url_template", "must be an http"),
    "half a bracket": ({"url_template": "https://[::1/"}, "url_template", "Invalid IPv6"),
    "a method that changes nothing": ({"method": "GET"}, "method", "must be one of POST"),
    "a text without its quotes": (
        {"body": '{{"user": {student}}}'},
        "body",
        "is not JSON once it is filled in",
    ),
    "a list without its quotes": (
        {"body": "[{holds}]"},
        "body",
        "is not JSON once it is filled in",
    ),
    "a content type that nothing is escaped for": (
        {"body": "<lock/>", "content_type": "text/xml"},
        "content_type",
        "must be one of",
    ),
    "a header that is none": (
        {"headers": {"X Key": "a"}},
        "headers",
        "'X Key' is not the name of a header",
    ),
    "a header of ours": ({"headers": {"Idempotency-key": "a"}}, "headers", "is set by the service"),
    "a header of two lines": (
        {"headers": {"X-Key": "a\r\nX-Evil: b"}},
        "headers",
        "the value of X-Key is not",
    ),
    "an empty header": ({"headers": {"X-Key": ""}}, "headers", "the value of X-Key is not"),
}


@pytest.mark.parametrize(
    ("fields", "field", "expected_error"), INVALID_TEMPLATES.values(), ids=INVALID_TEMPLATES
)
def test_an_invalid_template_is_refused_at_start(
    fields: dict[str, Any], field: str, expected_error: str
) -> None:
    request_template = RequestTemplate(**{"url_template": "https://lms.example/lock", **fields})

    errors = validation_errors(request_template)

    assert errors.keys() == {field}
    assert expected_error in errors[field][0]
    with pytest.raises(ValueError, match=field):
        HttpTemplateTarget(request_template=request_template, http_client=HttpClient())


def test_all_template_errors_are_named_at_once() -> None:
    request_template = RequestTemplate(
        url_template="lms", method="GET", body="{", headers={"": "a", "X-Key": "\n"}
    )
    assert {
        name: len(payload) for name, payload in validation_errors(request_template).items()
    } == {
        "url_template": 1,
        "method": 1,
        "body": 1,
        "headers": 2,
    }


VALID_TEMPLATES = {
    "literal braces": {"body": '{{"a": {{}}, "locked": {locked}}}'},
    "true as a text": {"body": '"{locked}"'},
    "a kind of JSON": {
        "body": '"{student}"',
        "content_type": "application/vnd.lms+json; charset=utf-8",
    },
    "no body, whatever its type": {"content_type": "text/plain"},
    "a port, a password, a query": {
        "url_template": "https://me:secret@lms.example:8443/a?b={student}"
    },
}


@pytest.mark.parametrize("fields", VALID_TEMPLATES.values(), ids=VALID_TEMPLATES)
def test_a_valid_template_has_no_errors(fields: dict[str, str]) -> None:
    assert (
        validation_errors(RequestTemplate(**{"url_template": "https://lms.example/lock", **fields}))  # type: ignore[arg-type]  # texts all
        == {}
    )


def test_a_target_shows_neither_its_address_nor_its_key() -> None:
    request_template = RequestTemplate(
        url_template="https://me:secret@lms.example/", headers={"X-Key": "hush"}, body='"hush"'
    )
    representation = repr(
        HttpTemplateTarget(request_template=request_template, http_client=HttpClient())
    )
    assert "secret" not in representation
    assert "hush" not in representation
