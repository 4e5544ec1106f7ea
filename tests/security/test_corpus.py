"""No body that a vendor could send breaks parsing or storing; each one with a key is stored."""

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.sessions.schemas import ChangesSchema
from proctor_results.vendors.base import MAX_BODY_BYTES, Vendor
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.vendors import VENDORS, parse_body
from tests.vendors.generated_requests import any_json, mutated_request
from tests.vendors.recorded_requests import recorded_requests
from tests.vendors.test_contract import check_parse_result

CORPUS = Path(__file__).parent / "corpus"
BODIES = Statement("SELECT body FROM receipt WHERE vendor <> 'browser' ORDER BY id")
PARSE_LIMIT_SECONDS = 2.0
"""Seconds of CPU for any body; the worst need some hundredths."""


def corpus_files(folder: str) -> list[Path]:
    return sorted((CORPUS / folder).glob("*.bin"))


every_vendor = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS.keys())
every_body = pytest.mark.parametrize(
    ("vendor", "path"),
    [
        (vendor, path)
        for vendor in VENDORS.values()
        for path in (*corpus_files("any"), *corpus_files(vendor.name))
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else value.name,
)


@every_vendor
def test_every_vendor_has_corpus_files(vendor: Vendor) -> None:
    assert len(corpus_files(vendor.name)) > 10


@every_body
def test_a_corpus_file_has_one_of_the_four_parse_results(vendor: Vendor, path: Path) -> None:
    check_parse_result(parse_body(path.read_bytes(), vendor))


LONG_LENGTH = MAX_BODY_BYTES - 100
LARGE_BODIES: dict[str, bytes] = {
    "one long text": b'{"identifier":"a","comment":"' + b"x" * LONG_LENGTH + b'"}',
    "one long text, all escaped": b'{"identifier":"a","comment":"'
    + b"\\u0001" * (LONG_LENGTH // 6)
    + b'"}',
    "one long name": b'{"identifier":"a","' + b"x" * LONG_LENGTH + b'":1}',
    "one long number": b'{"identifier":"a","score":' + b"1" * LONG_LENGTH + b"}",
    "one long fraction": b'{"identifier":"a","score":0.' + b"1" * LONG_LENGTH + b"}",
    "one long moment": b'{"identifier":"a","startedAt":"' + b"2" * LONG_LENGTH + b'"}',
    "one long number as a text": b'{"identifier":"a","score":"' + b"1" * LONG_LENGTH + b'"}',
    "lists and no end": b"[" * MAX_BODY_BYTES,
    "objects and no end": b'{"a":' * (MAX_BODY_BYTES // 5),
    "a text and no end": b'"' + b"\\" * LONG_LENGTH,
    "white space": b" " * MAX_BODY_BYTES,
    "many small lists": b'{"identifier":"a","x":[' + b"[]," * (LONG_LENGTH // 3) + b"[]]}",
    "many small objects": b'{"identifier":"a","x":[' + b"{}," * (LONG_LENGTH // 3) + b"{}]}",
    "many names": json.dumps(
        {"identifier": "a", **{f"n{number}": 0 for number in range(LONG_LENGTH // 16)}}
    ).encode(),
    "many metrics": json.dumps(
        {"identifier": "a", "averages": {f"m{number}": 0 for number in range(LONG_LENGTH // 16)}}
    ).encode(),
}


@every_vendor
@pytest.mark.parametrize("body", LARGE_BODIES.values(), ids=LARGE_BODIES.keys())
def test_the_largest_bodies_are_parsed_quickly(vendor: Vendor, body: bytes) -> None:
    assert len(body) <= MAX_BODY_BYTES
    start = process_time()

    check_parse_result(parse_body(body, vendor))

    assert process_time() - start < PARSE_LIMIT_SECONDS


NUMBERS = [0, -1, -0.0, 1e308, 2**63, 10**400]
TEXTS = [
    "",
    " ",
    "\0",
    "\ud800",
    "a" * 3000,
    "NaN",
    "1e999",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
]
GROUPS = [[], [[]], [None], {}, {"": {}}, {"\ud800": 1}, {"a": {"b": [1, "\0"]}}]
VALUES: list[Any] = [None, True, False, *NUMBERS, *TEXTS, *GROUPS]


@every_vendor
def test_no_field_value_of_a_recorded_request_raises(vendor: Vendor) -> None:
    """Every field of every sample with each of these values."""
    for sample in recorded_requests(vendor.name):
        payload = json.loads(sample.read_bytes())
        for name in payload:
            for value in VALUES:
                check_parse_result(
                    parse_body(json.dumps({**payload, name: value}).encode(), vendor)
                )


def post_webhook(client: FlaskClient, vendor: Vendor, body: bytes) -> int:
    return client.post(
        f"/webhooks/{vendor.name}", data=body, headers={"X-Api-Key": VENDOR_KEY}
    ).status_code


def change_feed(client: FlaskClient) -> dict[str, Any]:
    payload: dict[str, Any] | None = client.get(
        "/sessions?limit=1000", headers={"X-Api-Key": LMS_KEY}
    ).json
    assert payload is not None
    return payload


@every_vendor
def test_every_corpus_file_is_answered_and_stored(
    client: FlaskClient, database: Database, vendor: Vendor
) -> None:
    sent = [
        path.read_bytes() for path in (*corpus_files("any"), *corpus_files(vendor.name))
    ] + list(LARGE_BODIES.values())

    statuses = {body: post_webhook(client, vendor, body) for body in sent}

    assert set(statuses.values()) == {200, 400, 422}
    assert [bytes(body) for (body,) in database.fetch(BODIES)] == sent
    assert ChangesSchema().validate(change_feed(client)) == {}


@every_vendor
@given(data=st.data())
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_generated_body_is_answered_and_stored(
    client: FlaskClient, database: Database, vendor: Vendor, data: st.DataObject
) -> None:
    body = data.draw(mutated_request(vendor.name) | any_json(vendor.name))
    before = len(database.fetch(BODIES))

    assert post_webhook(client, vendor, body) in (200, 400, 422)

    assert bytes(database.fetch(BODIES)[before][0]) == body
    assert ChangesSchema().validate(change_feed(client)) == {}
