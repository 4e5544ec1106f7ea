"""Posting to a webhook, on both databases: every answer, and what is stored of a request."""

import gzip
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.vendors.base import MAX_BODY_BYTES
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.reports import IDENTIFIER, SAMPLE, body

RECEIPTS = Statement("SELECT result, identifier, body, headers, key_id FROM receipt ORDER BY id")


def post_webhook(
    client: FlaskClient, report_body: bytes, key: str = VENDOR_KEY, **headers: str
) -> TestResponse:
    request_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(
        "/webhooks/supervisor", data=report_body, headers={"X-Api-Key": key, **request_headers}
    )


def test_the_guides_sample_is_answered_with_200_and_nothing(client: FlaskClient) -> None:
    response = post_webhook(client, SAMPLE)

    assert (response.status_code, response.data) == (200, b"")


def test_an_older_key_of_the_vendor_is_accepted(client: FlaskClient) -> None:
    assert post_webhook(client, SAMPLE, key="an older key of the vendor").status_code == 200


@pytest.mark.parametrize(
    "key",
    [
        "",
        "wrong",
        LMS_KEY,
        f"{VENDOR_KEY},{VENDOR_KEY}",
        f"{VENDOR_KEY} ",
        "sch\xfcssel",
        VENDOR_KEY[:-1],
    ],
    ids=[
        "empty",
        "wrong",
        "the LMS's",
        "two in one header",
        "with a space",
        "not ASCII",
        "one character short",
    ],
)
def test_any_other_key_is_rejected_and_nothing_is_stored(
    client: FlaskClient, database: Database, key: str
) -> None:
    sent_key = (
        key if key.strip() == key else f"{key}."
    )  # werkzeug's client strips what the network would keep

    response = post_webhook(client, SAMPLE, key=sent_key)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("ApiKey")
    assert database.fetch(RECEIPTS) == []


def test_a_webhook_without_a_key_is_rejected(client: FlaskClient) -> None:
    assert client.post("/webhooks/supervisor", data=SAMPLE).status_code == 401


def test_an_unknown_vendor_is_not_found_and_only_behind_the_key(client: FlaskClient) -> None:
    assert client.post("/webhooks/other", data=SAMPLE).status_code == 401
    assert (
        client.post("/webhooks/other", data=SAMPLE, headers={"X-Api-Key": VENDOR_KEY}).status_code
        == 404
    )


NOT_JSON = {
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

INVALID_REPORTS: dict[str, bytes] = {
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
    "200 levels deep in the averages": b'{"identifier":"a","averages":{"c1":'
    + b"[" * 200
    + b"]" * 200
    + b"}}",
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


@pytest.mark.parametrize("report_body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_a_body_that_is_not_json_gets_400_and_is_stored(
    client: FlaskClient, database: Database, report_body: bytes
) -> None:
    response = post_webhook(client, report_body)

    assert response.status_code == 400
    assert [(row[0], bytes(row[2])) for row in database.fetch(RECEIPTS)] == [
        ("invalid", report_body)
    ]


@pytest.mark.parametrize("report_body", INVALID_REPORTS.values(), ids=INVALID_REPORTS.keys())
def test_an_invalid_report_gets_422_and_is_stored(
    client: FlaskClient, database: Database, report_body: bytes
) -> None:
    response = post_webhook(client, report_body)

    assert response.status_code == 422
    assert [(row[0], bytes(row[2])) for row in database.fetch(RECEIPTS)] == [
        ("invalid", report_body)
    ]


VALID_REPORTS: dict[str, Any] = {
    "only an identifier": {"identifier": "a"},
    "everything else null": {**dict.fromkeys(json.loads(SAMPLE)), "identifier": "a"},
    "the older id": {"id": "a", "status": "stopped"},
    "both, and equal": {"id": "a", "identifier": "a"},
    "numbers as texts": {
        "identifier": "a",
        "score": "64",
        "duration": "35.5",
        "averages": {"c1": "7"},
    },
    "unknown fields": {"identifier": "a", "recording": {"parts": [1, 2, None]}},
    "unknown metrics": {"identifier": "a", "averages": {"z9": 3.5, "n1": None}},
    "an unknown status": {"identifier": "a", "status": "suspended"},
    "a time with an offset": {"identifier": "a", "startedAt": "2026-03-02T10:00:00+02:00"},
    "a time without one": {"identifier": "a", "startedAt": "2026-03-02T10:00:00"},
    "words in any script": {"identifier": "a", "comment": "Прокторинг 😀"},
}


@pytest.mark.parametrize("report_body", VALID_REPORTS.values(), ids=VALID_REPORTS.keys())
def test_a_valid_report_gets_200(client: FlaskClient, report_body: dict[str, Any]) -> None:
    assert post_webhook(client, json.dumps(report_body).encode()).status_code == 200


def test_an_error_names_the_field_and_what_is_wrong(client: FlaskClient) -> None:
    response = post_webhook(client, body(score="good", startedAt=5))

    assert response.json is not None
    assert response.json["errors"] == {
        "score": ["Not a number."],
        "startedAt": ["Not an ISO 8601 date and time."],
    }


def test_an_invalid_report_is_found_by_its_identifier(
    client: FlaskClient, database: Database
) -> None:
    post_webhook(client, body(score="good"))

    assert [row[1] for row in database.fetch(RECEIPTS)] == [IDENTIFIER]


def test_a_body_of_exactly_256_kib_is_read(client: FlaskClient) -> None:
    report_body = body(padding="")
    report_body = body(padding="x" * (MAX_BODY_BYTES - len(report_body)))

    assert len(report_body) == MAX_BODY_BYTES
    assert post_webhook(client, report_body).status_code == 200


def test_a_larger_body_is_refused_and_its_beginning_stored(
    client: FlaskClient, database: Database
) -> None:
    report_body = b" " * MAX_BODY_BYTES + SAMPLE

    response = post_webhook(client, report_body)

    assert response.status_code == 413
    assert [bytes(row[2]) for row in database.fetch(RECEIPTS)] == [report_body[:MAX_BODY_BYTES]]


@pytest.mark.parametrize("encoding", ["gzip", "br", "x\x7fy"], ids=["gzip", "brotli", "nonsense"])
def test_a_compressed_body_is_refused_and_stored_unchanged(
    client: FlaskClient, database: Database, encoding: str
) -> None:
    compressed = gzip.compress(SAMPLE)

    response = post_webhook(client, compressed, Content_Encoding=encoding)

    assert response.status_code == 400
    assert [bytes(row[2]) for row in database.fetch(RECEIPTS)] == [compressed]


def test_a_receipt_says_with_which_key_and_headers_it_came_and_holds_no_key(
    client: FlaskClient, database: Database
) -> None:
    post_webhook(client, SAMPLE, User_Agent="axios/1.1.3", Content_Type="application/json")

    ((_, _, _, headers, key_id),) = database.fetch(RECEIPTS)
    assert json.loads(headers)["User-Agent"] == "axios/1.1.3"
    assert VENDOR_KEY not in headers
    assert len(key_id) == 8
