"""The target whose lock is a call of the LMS's own kind."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from proctor_results.domain.messages import message
from proctor_results.domain.session import Hold, Reason, Session
from proctor_results.domain.words import HoldKind, Topic
from proctor_results.lms.base import Delivered, PushResult, Unsendable
from proctor_results.lms.http_template import HttpTemplateTarget
from proctor_results.lms.outbound import Caller
from proctor_results.lms.recipe import Recipe, faults
from tests.lms.peers import Peer, Received, running

NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
ENROLMENT = {"student": "learner-7", "course": "course-1", "exam": "exam-1", "activity": "part-3"}
JSON = '{{"user": "{student}", "part": "{exam}", "lock": {locked}, "why": "{holds}", "n": {revision}}}'
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running(Peer()) as peer:
        yield peer


def locked(*kinds: HoldKind, **enrolment: str | None) -> Mapping[str, Any]:
    """What is told of a session with these holds."""
    session = Session(
        identifier="s-1",
        vendor="supervisor",
        enrolment={**ENROLMENT, **enrolment},
        holds=tuple(Hold(kind=kind, since=NOW, reasons=(Reason(rule="silence", detail="silent"),)) for kind in kinds),
        updated_at=NOW,
    )
    return message(session, Topic.LOCK, 4, NOW)


LOCKED = locked(HoldKind.DISCONNECTED, HoldKind.MANUAL)


def push(peer: Peer, told: Mapping[str, Any] = LOCKED, path: str = "/lock", **recipe: Any) -> PushResult:
    made = Recipe(address=f"http://127.0.0.1:{peer.port}{path}", **recipe)
    return HttpTemplateTarget(recipe=made, caller=Caller(allow_private=True)).push("s-1.lock.4", told, NOW)


def sent(peer: Peer, told: Mapping[str, Any] = LOCKED, path: str = "/lock", **recipe: Any) -> Received:
    assert isinstance(push(peer, told, path, **recipe), Delivered)
    (received,) = peer.received
    return received


def test_only_locks_are_its_business() -> None:
    target = HttpTemplateTarget(recipe=Recipe(address="https://lms.example/lock"), caller=Caller())
    assert target.name == "http-template"
    assert target.topics == {Topic.LOCK}


def test_a_json_body_is_filled_in(peer: Peer) -> None:
    received = sent(peer, body=JSON)

    assert received.headers["Content-Type"] == "application/json"
    assert json.loads(received.body) == {
        "user": "learner-7",
        "part": "exam-1",
        "lock": True,
        "why": "disconnected,manual",
        "n": 4,
    }


def test_a_form_and_an_address_are_filled_in(peer: Peer) -> None:
    path, body = "/{course}/{identifier}/lock?locked={locked}", "userUID={student}&partUID={activity}&why={holds}"
    received = sent(peer, locked(), path, body=body, content_type=f"{FORM}; charset=utf-8")

    assert received.path == "/course-1/s-1/lock?locked=false"
    assert parse_qs(received.body.decode(), keep_blank_values=True) == {
        "userUID": ["learner-7"],
        "partUID": ["part-3"],
        "why": [""],
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_goes_by_the_method_given_under_its_id_and_with_the_lmss_key(peer: Peer, method: str) -> None:
    received = sent(peer, method=method, headers={"X-API-Key": "the key of the LMS"})

    assert (received.method, received.body) == (method, b"")
    assert received.headers["Idempotency-Key"] == "s-1.lock.4"
    assert received.headers["X-API-Key"] == "the key of the LMS"
    assert received.headers["User-Agent"].startswith("Proctor-Results/")
    assert "Content-Type" not in received.headers


HOSTILE = {
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


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_id_stays_a_value_in_json(peer: Peer, value: str) -> None:
    said = json.loads(sent(peer, locked(student=value), body=JSON).body)
    assert (said["user"], said["lock"], len(said)) == (value, False, 5)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_id_stays_a_value_in_an_address_and_a_form(peer: Peer, value: str) -> None:
    received = sent(
        peer, locked(student=value), "/users/{student}/lock?u={student}", body="u={student}&x=1", content_type=FORM
    )

    path, _, query = received.path.partition("?")
    assert (path.count("/"), path.endswith("/lock")) == (3, True)
    assert parse_qs(query, errors="surrogatepass") == {"u": [value]}
    assert parse_qs(received.body.decode(), errors="surrogatepass") == {"u": [value], "x": ["1"]}


@pytest.mark.parametrize("value", [".", "..", "../../unlock", "a/../b", "..\\b"])
def test_an_id_that_would_lead_the_address_elsewhere_is_not_sent(peer: Peer, value: str) -> None:
    result = push(peer, locked(student=value), "/users/{student}/lock")
    assert result == Unsendable(detail="not sent: a value would lead the address elsewhere")
    assert peer.received == []


def test_such_an_id_does_no_harm_in_a_body(peer: Peer) -> None:
    assert json.loads(sent(peer, locked(student=".."), body=JSON).body)["user"] == ".."


@pytest.mark.parametrize("missing", [None, ""], ids=["absent", "empty"])
def test_what_lacks_something_is_not_sent_half_empty_and_says_what(peer: Peer, missing: str | None) -> None:
    result = push(peer, locked(course=missing, exam=missing), "/{course}", body=JSON)
    assert result == Unsendable(detail="not sent: no course and no exam is known yet")
    assert peer.received == []


def test_what_the_recipe_does_not_name_may_lack(peer: Peer) -> None:
    sent(peer, locked(course=None), "/{student}")


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an unknown placeholder": ({"address": "https://lms.example/{learner}"}, "address", "nobody knows {learner}"),
    "a format": ({"body": '{{"a": "{student:>9}"}}'}, "body", "nobody knows {student:>9}"),
    "a conversion": ({"body": '{{"a": "{student!r}"}}'}, "body", "nobody knows {student!r}"),
    "an attribute": ({"body": '{{"a": "{student.__class__}"}}'}, "body", "nobody knows {student.__class__}"),
    "nothing in braces": ({"address": "https://lms.example/{}"}, "address", "nobody knows {}"),
    "a brace that is not closed": ({"address": "https://lms.example/{student"}, "address", "a brace stands alone"),
    "a brace that was not opened": ({"body": '"{student}}"'}, "body", "a brace stands alone"),
    "JSON with single braces": ({"body": '{"user": "{student}"}'}, "body", ""),
    "a placeholder for the scheme": ({"address": "{identifier}://lms.example/"}, "address", "must be an http"),
    "a placeholder for the host": ({"address": "https://{student}.lms.example/"}, "address", "choose the host"),
    "a placeholder for the port": ({"address": "https://lms.example:{revision}/"}, "address", "choose the host"),
    "a placeholder behind the host": ({"address": "https://lms.example{student}/"}, "address", "choose the host"),
    "a placeholder as a password": ({"address": "https://me:{student}@lms.example/"}, "address", "choose the host"),
    "no scheme": ({"address": "lms.example/lock"}, "address", "must be an http"),
    "no host": ({"address": "https:///lock"}, "address", "must be an http"),
    "half a bracket": ({"address": "https://[::1/"}, "address", "Invalid IPv6"),
    "a method that changes nothing": ({"method": "GET"}, "method", "must be one of POST"),
    "a text without its quotes": ({"body": '{{"user": {student}}}'}, "body", "is not JSON once it is filled in"),
    "a list without its quotes": ({"body": "[{holds}]"}, "body", "is not JSON once it is filled in"),
    "a content type that nothing is escaped for": (
        {"body": "<lock/>", "content_type": "text/xml"},
        "content_type",
        "must be one of",
    ),
    "a header that is none": ({"headers": {"X Key": "a"}}, "headers", "'X Key' is not the name of a header"),
    "a header of ours": ({"headers": {"Idempotency-key": "a"}}, "headers", "is not for you to set"),
    "a header of two lines": ({"headers": {"X-Key": "a\r\nX-Evil: b"}}, "headers", "the value of X-Key is not"),
    "an empty header": ({"headers": {"X-Key": ""}}, "headers", "the value of X-Key is not"),
}


@pytest.mark.parametrize(("given", "field", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_noticed_at_start(given: dict[str, Any], field: str, fault: str) -> None:
    recipe = Recipe(**{"address": "https://lms.example/lock", **given})

    found = faults(recipe)

    assert found.keys() == {field}
    assert fault in found[field][0]
    with pytest.raises(ValueError, match=field):
        HttpTemplateTarget(recipe=recipe, caller=Caller())


def test_all_faults_are_named_at_once() -> None:
    recipe = Recipe(address="lms", method="GET", body="{", headers={"": "a", "X-Key": "\n"})
    assert {name: len(said) for name, said in faults(recipe).items()} == {
        "address": 1,
        "method": 1,
        "body": 1,
        "headers": 2,
    }


GOOD = {
    "literal braces": {"body": '{{"a": {{}}, "locked": {locked}}}'},
    "true as a text": {"body": '"{locked}"'},
    "a kind of JSON": {"body": '"{student}"', "content_type": "application/vnd.lms+json; charset=utf-8"},
    "no body, whatever its type": {"content_type": "text/plain"},
    "a port, a password, a query": {"address": "https://me:secret@lms.example:8443/a?b={student}"},
}


@pytest.mark.parametrize("given", GOOD.values(), ids=GOOD)
def test_what_can_be_used_has_no_faults(given: dict[str, str]) -> None:
    assert faults(Recipe(**{"address": "https://lms.example/lock", **given})) == {}  # type: ignore[arg-type]  # texts all


def test_a_target_shows_neither_its_address_nor_its_key() -> None:
    recipe = Recipe(address="https://me:secret@lms.example/", headers={"X-Key": "hush"}, body='"hush"')
    shown = repr(HttpTemplateTarget(recipe=recipe, caller=Caller()))
    assert "secret" not in shown
    assert "hush" not in shown
