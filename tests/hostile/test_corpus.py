"""Nothing that a vendor could send upsets its reader, or the ledger behind it; whatever comes with a key is kept."""

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from proctor_results.vendors import VENDORS
from proctor_results.vendors.base import Vendor
from proctor_results.web.session_json import ChangesSchema
from proctor_results.web.webhooks import LARGEST_BODY
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.vendors.readings import recorded
from tests.vendors.senders import anything, mutilated
from tests.vendors.test_contract import check

CORPUS = Path(__file__).parent / "corpus"
BODIES = Statement("SELECT body FROM receipt WHERE vendor <> 'browser' ORDER BY id")
SECONDS = 2.0
"""Of the processor's time, for any body that may come in; the worst of them need some hundredths."""


def bodies(folder: str) -> list[Path]:
    return sorted((CORPUS / folder).glob("*.bin"))


every_vendor = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS.keys())
every_body = pytest.mark.parametrize(
    ("vendor", "path"),
    [(vendor, path) for vendor in VENDORS.values() for path in (*bodies("any"), *bodies(vendor.name))],
    ids=lambda value: value.stem if isinstance(value, Path) else value.name,
)


@every_vendor
def test_every_vendor_has_bodies_of_its_own(vendor: Vendor) -> None:
    assert len(bodies(vendor.name)) > 10


@every_body
def test_a_body_of_the_corpus_is_read_as_one_of_the_four(vendor: Vendor, path: Path) -> None:
    check(vendor.read(path.read_bytes()))


LONG = LARGEST_BODY - 100
MADE: dict[str, bytes] = {
    "one long text": b'{"identifier":"a","comment":"' + b"x" * LONG + b'"}',
    "one long text, all escaped": b'{"identifier":"a","comment":"' + b"\\u0001" * (LONG // 6) + b'"}',
    "one long name": b'{"identifier":"a","' + b"x" * LONG + b'":1}',
    "one long number": b'{"identifier":"a","score":' + b"1" * LONG + b"}",
    "one long fraction": b'{"identifier":"a","score":0.' + b"1" * LONG + b"}",
    "one long moment": b'{"identifier":"a","startedAt":"' + b"2" * LONG + b'"}',
    "one long number as a text": b'{"identifier":"a","score":"' + b"1" * LONG + b'"}',
    "lists and no end": b"[" * LARGEST_BODY,
    "objects and no end": b'{"a":' * (LARGEST_BODY // 5),
    "a text and no end": b'"' + b"\\" * LONG,
    "white space": b" " * LARGEST_BODY,
    "many small lists": b'{"identifier":"a","x":[' + b"[]," * (LONG // 3) + b"[]]}",
    "many small objects": b'{"identifier":"a","x":[' + b"{}," * (LONG // 3) + b"{}]}",
    "many names": json.dumps({"identifier": "a", **{f"n{each}": 0 for each in range(LONG // 16)}}).encode(),
    "many metrics": json.dumps({"identifier": "a", "averages": {f"m{each}": 0 for each in range(LONG // 16)}}).encode(),
}


@every_vendor
@pytest.mark.parametrize("body", MADE.values(), ids=MADE.keys())
def test_the_largest_bodies_are_read_before_long(vendor: Vendor, body: bytes) -> None:
    assert len(body) <= LARGEST_BODY
    start = process_time()

    check(vendor.read(body))

    assert process_time() - start < SECONDS


NUMBERS = [0, -1, -0.0, 1e308, 2**63, 10**400]
TEXTS = ["", " ", "\0", "\ud800", "a" * 3000, "NaN", "1e999", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]
GROUPS = [[], [[]], [None], {}, {"": {}}, {"\ud800": 1}, {"a": {"b": [1, "\0"]}}]
VALUES: list[Any] = [None, True, False, *NUMBERS, *TEXTS, *GROUPS]


@every_vendor
def test_no_field_of_a_recorded_request_can_be_made_to_hurt(vendor: Vendor) -> None:
    """Every field of every sample, with each of these for its value."""
    for sample in recorded(vendor.name):
        said = json.loads(sample.read_bytes())
        for name in said:
            for value in VALUES:
                check(vendor.read(json.dumps({**said, name: value}).encode()))


def post(client: FlaskClient, vendor: Vendor, body: bytes) -> int:
    return client.post(f"/webhooks/{vendor.name}", data=body, headers={"X-Api-Key": VENDOR_KEY}).status_code


def feed(client: FlaskClient) -> dict[str, Any]:
    page: dict[str, Any] | None = client.get("/sessions?limit=1000", headers={"X-Api-Key": LMS_KEY}).json
    assert page is not None
    return page


@every_vendor
def test_all_of_the_corpus_goes_through_the_door_and_is_kept(
    client: FlaskClient, ledger: Ledger, vendor: Vendor
) -> None:
    sent = [path.read_bytes() for path in (*bodies("any"), *bodies(vendor.name))] + list(MADE.values())

    statuses = {body: post(client, vendor, body) for body in sent}

    assert set(statuses.values()) == {200, 400, 422}
    assert [bytes(body) for (body,) in ledger.run(BODIES)] == sent
    assert ChangesSchema().validate(feed(client)) == {}


@every_vendor
@given(data=st.data())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_else_comes_goes_through_the_door_and_is_kept(
    client: FlaskClient, ledger: Ledger, vendor: Vendor, data: st.DataObject
) -> None:
    body = data.draw(mutilated(vendor.name) | anything(vendor.name))
    before = len(ledger.run(BODIES))

    assert post(client, vendor, body) in (200, 400, 422)

    assert bytes(ledger.run(BODIES)[before][0]) == body
    assert ChangesSchema().validate(feed(client)) == {}
