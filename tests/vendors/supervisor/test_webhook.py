"""Every field of Supervisor's guide, table 4.1: which values are accepted or ignored."""

import json
from typing import Any

import pytest

from proctor_results.sessions.enums import Status
from proctor_results.sessions.report import Report
from proctor_results.vendors.base import Invalid, ParseResult, Unrecognised, single_report
from tests.support.vendors import parse_body

FIELDS = {
    "status": "stopped",
    "duration": 35,
    "startedAt": "2022-02-18T22:55:36.523Z",
    "stoppedAt": "2022-02-18T23:55:58.524Z",
    "signedAt": "2022-02-18T23:55:58.524Z",
    "score": 64,
    "averages": {"n1": 36},
    "student": "82e77802-08ad-42df-bb31-c7592e96ba5c",
    "proctor": "admin",
    "comment": "a comment",
    "conclusion": "a conclusion",
    "link": "https://demo.proctoring.online/api/report/a",
}
"""Every field but the identifier, with a value as the guide has it."""


def parse(**fields: Any) -> ParseResult:
    return parse_body(json.dumps({"identifier": "a", **fields}).encode())


def parse_facts(**fields: Any) -> dict[str, Any]:
    report = single_report(parse(**fields))
    assert report
    return dict(report.facts)


def parse_errors(**fields: Any) -> dict[str, Any]:
    parsed = parse(**fields)
    assert isinstance(parsed, Invalid), parsed
    return dict(parsed.errors)


ACCEPTED_FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the shortest identifier and nothing else": ({}, {}),
    "duration, a whole number": ({"duration": 35}, {"duration": 35}),
    "duration, a fraction": ({"duration": 35.5}, {"duration": 35.5}),
    "duration, a text": ({"duration": "35.5"}, {"duration": 35.5}),
    "duration, none at all": ({"duration": 0}, {"duration": 0}),
    "score, the worst": ({"score": 0}, {"score": 0}),
    "score, the best": ({"score": 100}, {"score": 100}),
    "score, a text": ({"score": "64"}, {"score": 64}),
    "score, a whole number with decimals": ({"score": "64.0"}, {"score": 64}),
    "startedAt": (
        {"startedAt": "2022-02-18T22:55:36.523Z"},
        {"started_at": "2022-02-18T22:55:36.523Z"},
    ),
    "stoppedAt": (
        {"stoppedAt": "2022-02-18T23:55:58.524Z"},
        {"stopped_at": "2022-02-18T23:55:58.524Z"},
    ),
    "signedAt": (
        {"signedAt": "2022-02-18T23:55:58.524Z"},
        {"signed_at": "2022-02-18T23:55:58.524Z"},
    ),
    "a moment with an offset": (
        {"signedAt": "2022-02-19T01:55:58+02:00"},
        {"signed_at": "2022-02-18T23:55:58.000Z"},
    ),
    "a moment without an offset": (
        {"signedAt": "2022-02-18T23:55:58"},
        {"signed_at": "2022-02-18T23:55:58.000Z"},
    ),
    "a moment by the microsecond": (
        {"signedAt": "2022-02-18T23:55:58.5249Z"},
        {"signed_at": "2022-02-18T23:55:58.524Z"},
    ),
    "averages, none": ({"averages": {}}, {}),
    "averages, numbers": (
        {"averages": {"n1": 36, "c2": 0.5}},
        {"averages.n1": 36, "averages.c2": 0.5},
    ),
    "averages, texts": ({"averages": {"n1": "36"}}, {"averages.n1": 36}),
    "averages, not measured": ({"averages": {"n1": None, "c2": 1}}, {"averages.c2": 1}),
    "averages, an unknown metric": ({"averages": {"z9": 1}}, {"averages.z9": 1}),
    "averages, above a hundred": ({"averages": {"c1": 250}}, {"averages.c1": 250}),
    "student": ({"student": "ann"}, {"student": "ann"}),
    "proctor": ({"proctor": "admin"}, {"proctor": "admin"}),
    "comment, in any script": ({"comment": "Прокторинг 😀"}, {"comment": "Прокторинг 😀"}),
    "comment, empty": ({"comment": ""}, {"comment": ""}),
    "conclusion": ({"conclusion": "negative"}, {"conclusion": "negative"}),
    "link": ({"link": "https://p.example/a"}, {"link": "https://p.example/a"}),
    "an unknown field": ({"room": {"number": 7}}, {"extra.room": {"number": 7}}),
    "a field named as we name one": (
        {"signed_at": "x", "extra": 1},
        {"extra.signed_at": "x", "extra.extra": 1},
    ),
    "the older id beside an equal identifier": ({"id": "a"}, {}),
}


@pytest.mark.parametrize(
    ("payload", "expected_facts"), ACCEPTED_FIELDS.values(), ids=ACCEPTED_FIELDS.keys()
)
def test_a_field_of_the_guide_is_accepted(
    payload: dict[str, Any], expected_facts: dict[str, Any]
) -> None:
    assert parse_facts(**payload) == expected_facts


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_may_be_null_or_absent(name: str) -> None:
    rest = {other: value for other, value in FIELDS.items() if other != name}

    assert parse_facts(**rest, **{name: None}) == parse_facts(**rest)
    assert len(parse_facts(**rest)) == len(FIELDS) - 1


@pytest.mark.parametrize("word", ["started", "skipped", "stopped", "accepted", "rejected"])
def test_a_status_of_the_guide_is_ours_of_the_same_name(word: str) -> None:
    assert parse_facts(status=word) == {"status": Status(word)}


@pytest.mark.parametrize(
    "word", ["created", "paused", "terminated", "Stopped", "stopped ", "", "not rated"]
)
def test_a_status_beyond_the_guide_is_not_recognised(word: str) -> None:
    assert parse(status=word) == Unrecognised(
        identifier="a", detail=f"status {word!r} is not known"
    )


def test_a_signature_alone_is_not_a_verdict() -> None:
    parsed = single_report(parse(**FIELDS))

    assert parsed
    assert (parsed.status, parsed.proctor) == (Status.STOPPED, "admin")
    assert parsed.signed_at == parsed.stopped_at


NOT_A_STRING, NOT_A_NUMBER, NOT_A_TIME = (
    "Not a valid string.",
    "Not a number.",
    "Not an ISO 8601 date and time.",
)
INVALID_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    **{
        f"{name}, a number": ({name: 7}, NOT_A_STRING)
        for name in ("status", "student", "proctor", "comment", "link")
    },
    **{
        f"{name}, a list": ({name: ["a"]}, NOT_A_STRING)
        for name in ("status", "student", "proctor", "conclusion", "link")
    },
    **{f"{name}, true": ({name: True}, NOT_A_NUMBER) for name in ("duration", "score")},
    **{f"{name}, a word": ({name: "many"}, NOT_A_NUMBER) for name in ("duration", "score")},
    **{f"{name}, an empty text": ({name: ""}, NOT_A_NUMBER) for name in ("duration", "score")},
    **{f"{name}, an object": ({name: {}}, NOT_A_NUMBER) for name in ("duration", "score")},
    **{
        f"{name}, a number": ({name: 1645224936}, NOT_A_TIME)
        for name in ("startedAt", "stoppedAt", "signedAt")
    },
    **{
        f"{name}, a word": ({name: "yesterday"}, NOT_A_TIME)
        for name in ("startedAt", "stoppedAt", "signedAt")
    },
    **{
        f"{name}, no such day": ({name: "2022-02-30T00:00:00Z"}, NOT_A_TIME)
        for name in ("startedAt", "signedAt")
    },
    "stoppedAt, before all time in UTC": ({"stoppedAt": "0001-01-01T00:00:00+14:00"}, NOT_A_TIME),
    "duration, negative": (
        {"duration": -1},
        "Must be greater than or equal to 0 and less than or equal to 1000000.",
    ),
    "score, above the best": (
        {"score": 100.1},
        "Must be greater than or equal to 0 and less than or equal to 100.",
    ),
    "score, below the worst": (
        {"score": -0.1},
        "Must be greater than or equal to 0 and less than or equal to 100.",
    ),
    "score, hexadecimal": ({"score": "0x40"}, NOT_A_NUMBER),
    "score, with an exponent": ({"score": "6e1"}, NOT_A_NUMBER),
    "score, with a space": ({"score": " 64"}, NOT_A_NUMBER),
    "score, in other digits": ({"score": "6\N{ARABIC-INDIC DIGIT FOUR}"}, NOT_A_NUMBER),
    "score, beyond all numbers": ({"score": 10**400}, "Too large a number."),
    "averages, a list": ({"averages": [36]}, "Not an object of metrics and numbers."),
    "averages, a text": ({"averages": "n1"}, "Not an object of metrics and numbers."),
    "comment, far too long": ({"comment": "x" * 20_001}, "Longer than maximum length 20000."),
    "comment, with NUL": ({"comment": "a\0"}, "Holds a NUL character."),
    "student, with half a surrogate pair": (
        {"student": "\ud800"},
        "Holds half of a surrogate pair.",
    ),
    "an unknown field with NUL": ({"room": ["a\0"]}, "Holds a NUL character."),
    "the older id, another one": ({"id": "b"}, "Differs from identifier."),
}


@pytest.mark.parametrize(("payload", "error"), INVALID_FIELDS.values(), ids=INVALID_FIELDS.keys())
def test_an_invalid_field_is_named_by_the_vendors_field_name(
    payload: dict[str, Any], error: str
) -> None:
    assert parse_errors(**payload) == {name: [error] for name in payload}


def test_every_invalid_field_is_named_at_once() -> None:
    assert parse_errors(score="many", startedAt=7, comment="right").keys() == {"score", "startedAt"}
    assert parse_errors(averages={"n1": "high", "c1": 1}) == {"averages": {"n1": [NOT_A_NUMBER]}}


def test_an_invalid_report_keeps_its_identifier() -> None:
    parsed = parse(score="many")

    assert parsed == Invalid(
        identifier="a", detail="wrong: 'score'", errors={"score": [NOT_A_NUMBER]}
    )


VALID_IDENTIFIERS = {
    "a UUID": "ebb455bf-a757-4b62-bc27-da8c9ffb69fd",
    "one letter": "a",
    "parts that an LMS joined": "course-1:quiz=2@ann+b.c~d_e",
    "200 characters": "a" * 200,
}
INVALID_IDENTIFIERS = {
    "empty": "",
    "201 characters": "a" * 201,
    "a slash": "a/b",
    "a space": "a b",
    "a line feed at its end": "a\n",
    "a dash first": "-a",
    "a letter beyond ASCII": "ä",
    "a number": 7,
    "true": True,
    "an object": {},
}


@pytest.mark.parametrize("name", ["identifier", "id"])
@pytest.mark.parametrize("identifier", VALID_IDENTIFIERS.values(), ids=VALID_IDENTIFIERS.keys())
def test_a_valid_identifier_is_accepted_under_either_name(name: str, identifier: str) -> None:
    parsed = parse_body(json.dumps({name: identifier}).encode())

    assert single_report(parsed) == Report(identifier=identifier)


@pytest.mark.parametrize("name", ["identifier", "id"])
@pytest.mark.parametrize("identifier", INVALID_IDENTIFIERS.values(), ids=INVALID_IDENTIFIERS.keys())
def test_any_other_identifier_is_invalid_and_not_stored(name: str, identifier: Any) -> None:
    parsed = parse_body(json.dumps({name: identifier}).encode())

    assert isinstance(parsed, Invalid)
    assert (list(parsed.errors), parsed.identifier) == (["identifier"], None)


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"7", b"true", b"null"])
def test_what_is_no_object_is_invalid(body: bytes) -> None:
    assert parse_body(body) == Invalid(detail="not a JSON object")
