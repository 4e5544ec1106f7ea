"""Posting to the front door, on both databases: every answer, and what is kept of what came in."""

import gzip
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from proctor_results.web.webhooks import LARGEST_BODY
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.reports import IDENTIFIER, SAMPLE, body

RECEIPTS = Statement("SELECT verdict, identifier, body, headers, key_id FROM receipt ORDER BY id")


def post(client: FlaskClient, said: bytes, key: str = VENDOR_KEY, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/webhooks/supervisor", data=said, headers={"X-Api-Key": key, **named})


def test_the_guides_sample_is_answered_with_200_and_nothing(client: FlaskClient) -> None:
    answer = post(client, SAMPLE)

    assert (answer.status_code, answer.data) == (200, b"")


def test_an_older_key_of_the_vendor_opens_too(client: FlaskClient) -> None:
    assert post(client, SAMPLE, key="an older key of the vendor").status_code == 200


@pytest.mark.parametrize(
    "key",
    ["", "wrong", LMS_KEY, f"{VENDOR_KEY},{VENDOR_KEY}", f"{VENDOR_KEY} ", "sch\xfcssel", VENDOR_KEY[:-1]],
    ids=["empty", "wrong", "the LMS's", "two in one header", "with a space", "not ASCII", "one character short"],
)
def test_any_other_key_is_turned_away_and_nothing_is_kept(client: FlaskClient, ledger: Ledger, key: str) -> None:
    padded = key if key.strip() == key else f"{key}."  # werkzeug's client strips what the network would keep

    answer = post(client, SAMPLE, key=padded)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("ApiKey")
    assert ledger.run(RECEIPTS) == []


def test_without_a_key_nobody_gets_in(client: FlaskClient) -> None:
    assert client.post("/webhooks/supervisor", data=SAMPLE).status_code == 401


def test_an_unknown_vendor_is_not_found_and_only_behind_the_key(client: FlaskClient) -> None:
    assert client.post("/webhooks/other", data=SAMPLE).status_code == 401
    assert client.post("/webhooks/other", data=SAMPLE, headers={"X-Api-Key": VENDOR_KEY}).status_code == 404


NOT_READABLE = {
    "nothing": b"",
    "not JSON": b"identifier=1",
    "cut short": SAMPLE[:-1],
    "not UTF-8": b'{"identifier":"\xff"}',
    "NaN": b'{"identifier":"a","score":NaN}',
    "-Infinity": b'{"identifier":"a","extra":-Infinity}',
    "a name given twice": b'{"identifier":"a","identifier":"b"}',
    "a name given twice below": b'{"identifier":"a","averages":{"c1":0,"c1":90}}',
    "100,000 levels deep": b"[" * 100_000,
    "a number of 5,000 digits": b'{"identifier":"a","score":' + b"9" * 5_000 + b"}",
    "gzip without saying so": gzip.compress(SAMPLE),
}

NOT_RIGHT: dict[str, bytes] = {
    "a list": b"[]",
    "a text": b'"stopped"',
    "null": b"null",
    "no identifier": b'{"status":"stopped"}',
    "identifier null": b'{"identifier":null}',
    "identifier empty": b'{"identifier":""}',
    "identifier a number": b'{"identifier":7}',
    "identifier of 10,000 characters": body(identifier="a" * 10_000),
    "identifier with a slash": body(identifier="../etc/passwd"),
    "identifier with a line feed": body(identifier="a\nb"),
    "identifier with NUL": body(identifier="a\0"),
    "id and identifier differ": body(id="another"),
    "1e400": b'{"identifier":"a","score":1e400}',
    "1e400 in an unknown field": b'{"identifier":"a","unknown":{"deep":[1e400]}}',
    "1e400 in an average": b'{"identifier":"a","averages":{"c1":1e400}}',
    "200 levels deep": b'{"identifier":"a","unknown":' + b"[" * 200 + b"]" * 200 + b"}",
    "200 levels deep in the averages": b'{"identifier":"a","averages":{"c1":' + b"[" * 200 + b"]" * 200 + b"}}",
    "NUL in a text": body(comment="a\0b"),
    "half a surrogate pair": b'{"identifier":"a","comment":"\\ud800"}',
    "half a surrogate pair in a name": b'{"identifier":"a","\\udfff":1}',
    "NUL in a metric": body(averages={"c\0": 1}),
    "score above 100": body(score=100.5),
    "score below 0": body(score=-1),
    "score true": body(score=True),
    "score a word": body(score="good"),
    "score as hexadecimal text": body(score="0x40"),
    "score as a list": body(score=[64]),
    "duration negative": body(duration=-1),
    "averages a list": body(averages=[1, 2]),
    "averages a text": body(averages="c1"),
    "an average a text": body(averages={"c1": "high"}),
    "an average an object": body(averages={"c1": {}}),
    "startedAt a number": body(startedAt=1645224936),
    "startedAt not a date": body(startedAt="yesterday"),
    "startedAt before all time": body(startedAt="0001-01-01T00:00:00+14:00"),
    "stoppedAt an object": body(stoppedAt={}),
    "signedAt true": body(signedAt=True),
    "status a number": body(status=3),
    "status a list": body(status=["stopped"]),
    "student a number": body(student=12),
    "proctor a list": body(proctor=["admin"]),
    "comment an object": body(comment={"text": "ok"}),
    "comment far too long": body(comment="x" * 20_001),
    "conclusion a number": body(conclusion=1),
    "link a list": body(link=[]),
}


@pytest.mark.parametrize("said", NOT_READABLE.values(), ids=NOT_READABLE.keys())
def test_what_is_not_json_is_answered_with_400_and_kept(client: FlaskClient, ledger: Ledger, said: bytes) -> None:
    answer = post(client, said)

    assert answer.status_code == 400
    assert [(row[0], bytes(row[2])) for row in ledger.run(RECEIPTS)] == [("invalid", said)]


@pytest.mark.parametrize("said", NOT_RIGHT.values(), ids=NOT_RIGHT.keys())
def test_what_cannot_be_right_is_answered_with_422_and_kept(client: FlaskClient, ledger: Ledger, said: bytes) -> None:
    answer = post(client, said)

    assert answer.status_code == 422
    assert [(row[0], bytes(row[2])) for row in ledger.run(RECEIPTS)] == [("invalid", said)]


UNDERSTOOD: dict[str, Any] = {
    "only an identifier": {"identifier": "a"},
    "everything else null": {**dict.fromkeys(json.loads(SAMPLE)), "identifier": "a"},
    "the older id": {"id": "a", "status": "stopped"},
    "both, and equal": {"id": "a", "identifier": "a"},
    "numbers as texts": {"identifier": "a", "score": "64", "duration": "35.5", "averages": {"c1": "7"}},
    "unknown fields": {"identifier": "a", "recording": {"parts": [1, 2, None]}},
    "metrics nobody knows": {"identifier": "a", "averages": {"z9": 3.5, "n1": None}},
    "a status nobody knows": {"identifier": "a", "status": "suspended"},
    "a time with an offset": {"identifier": "a", "startedAt": "2026-03-02T10:00:00+02:00"},
    "a time without one": {"identifier": "a", "startedAt": "2026-03-02T10:00:00"},
    "words in any script": {"identifier": "a", "comment": "Прокторинг 😀"},
}


@pytest.mark.parametrize("said", UNDERSTOOD.values(), ids=UNDERSTOOD.keys())
def test_what_is_understood_is_answered_with_200(client: FlaskClient, said: dict[str, Any]) -> None:
    assert post(client, json.dumps(said).encode()).status_code == 200


def test_an_error_names_the_field_and_what_is_wrong(client: FlaskClient) -> None:
    answer = post(client, body(score="good", startedAt=5))

    assert answer.json is not None
    assert answer.json["errors"] == {"score": ["Not a number."], "startedAt": ["Not an ISO 8601 date and time."]}


def test_an_invalid_report_is_found_by_its_identifier(client: FlaskClient, ledger: Ledger) -> None:
    post(client, body(score="good"))

    assert [row[1] for row in ledger.run(RECEIPTS)] == [IDENTIFIER]


def test_a_body_of_exactly_256_kib_is_read(client: FlaskClient) -> None:
    said = body(padding="")
    said = body(padding="x" * (LARGEST_BODY - len(said)))

    assert len(said) == LARGEST_BODY
    assert post(client, said).status_code == 200


def test_a_larger_body_is_refused_and_its_beginning_kept(client: FlaskClient, ledger: Ledger) -> None:
    said = b" " * LARGEST_BODY + SAMPLE

    answer = post(client, said)

    assert answer.status_code == 413
    assert [bytes(row[2]) for row in ledger.run(RECEIPTS)] == [said[:LARGEST_BODY]]


@pytest.mark.parametrize("encoding", ["gzip", "br", "x\x7fy"], ids=["gzip", "brotli", "nonsense"])
def test_a_compressed_body_is_refused_and_kept_as_it_came(client: FlaskClient, ledger: Ledger, encoding: str) -> None:
    said = gzip.compress(SAMPLE)

    answer = post(client, said, Content_Encoding=encoding)

    assert answer.status_code == 400
    assert [bytes(row[2]) for row in ledger.run(RECEIPTS)] == [said]


def test_a_receipt_says_with_which_key_and_headers_it_came_and_holds_no_key(
    client: FlaskClient, ledger: Ledger
) -> None:
    post(client, SAMPLE, User_Agent="axios/1.1.3", Content_Type="application/json")

    ((_, _, _, headers, key_id),) = ledger.run(RECEIPTS)
    assert json.loads(headers)["User-Agent"] == "axios/1.1.3"
    assert VENDOR_KEY not in headers
    assert len(key_id) == 8
