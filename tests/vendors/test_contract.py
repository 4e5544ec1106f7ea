"""The contract of every vendor's webhook; a new vendor is tested by its recorded requests alone."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor_results.formats.text import IDENTIFIER_PATTERN
from proctor_results.vendors.base import (
    Invalid,
    Malformed,
    Parsed,
    ParseResult,
    Unrecognised,
    Vendor,
    single_report,
)
from tests.support import vendors
from tests.support.made_up_vendor import made_up_vendor
from tests.support.vendors import parse_body
from tests.vendors.generated_requests import any_json, mutated_request, reserialized
from tests.vendors.recorded_requests import (
    VENDOR_FOLDERS,
    all_texts,
    expected_result,
    parsed_as_json,
    recorded_requests,
)

VENDORS: dict[str, Vendor] = {**vendors.VENDORS, "made_up": made_up_vendor()}
SAMPLES = [(vendor, path) for vendor in VENDORS.values() for path in recorded_requests(vendor.name)]

every_vendor = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS.keys())
every_sample = pytest.mark.parametrize(
    ("vendor", "sample"), SAMPLES, ids=[f"{vendor.name} {path.stem}" for vendor, path in SAMPLES]
)


def test_every_vendor_has_a_folder_of_recorded_requests() -> None:
    assert VENDORS.keys() == VENDOR_FOLDERS.keys()


@every_vendor
def test_every_recorded_request_has_an_expected_result(vendor: Vendor) -> None:
    kinds = {kind for sample in recorded_requests(vendor.name) for kind in expected_result(sample)}

    assert VENDORS[vendor.name] is vendor
    assert kinds >= {"unrecognised"}
    assert kinds & {"report", "events"}


@every_sample
def test_a_recorded_request_is_parsed_as_expected(vendor: Vendor, sample: Path) -> None:
    assert parsed_as_json(parse_body(sample.read_bytes(), vendor)) == expected_result(sample)


@every_sample
def test_null_means_the_same_as_absent(vendor: Vendor, sample: Path) -> None:
    payload = json.loads(sample.read_bytes())
    for name in payload:
        absent = {other: value for other, value in payload.items() if other != name}

        assert parse_as_json(vendor, {**absent, name: None}) == parse_as_json(vendor, absent), name


@every_vendor
@given(data=st.data())
@settings(deadline=None)
def test_reserialized_json_has_the_same_content_hash(vendor: Vendor, data: st.DataObject) -> None:
    """Other order of names, white space and escapes make no difference."""
    sample = data.draw(st.sampled_from(recorded_requests(vendor.name)))

    first, second = (
        parse_body(sample.read_bytes(), vendor),
        parse_body(data.draw(reserialized(sample.read_bytes())), vendor),
    )

    assert parsed_as_json(second) == parsed_as_json(first)
    assert content_hash_of(second) == content_hash_of(first)


@every_vendor
@given(body=st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_raise(vendor: Vendor, body: bytes) -> None:
    check_parse_result(parse_body(body, vendor))


@every_vendor
@given(data=st.data())
@settings(deadline=None)
def test_no_json_raises(vendor: Vendor, data: st.DataObject) -> None:
    check_parse_result(parse_body(data.draw(any_json(vendor.name)), vendor))


@every_vendor
@given(data=st.data())
@settings(deadline=None)
def test_no_mutated_request_raises(vendor: Vendor, data: st.DataObject) -> None:
    check_parse_result(parse_body(data.draw(mutated_request(vendor.name)), vendor))


def parse_as_json(vendor: Vendor, payload: dict[str, Any]) -> dict[str, Any]:
    return parsed_as_json(parse_body(json.dumps(payload).encode(), vendor))


def content_hash_of(parsed: ParseResult) -> str | None:
    report = single_report(parsed)
    return report.content_sha256 if report else None


def check_parse_result(parsed: ParseResult) -> None:
    """The parsed request is one of the four kinds, and the database can store it."""
    assert isinstance(parsed, Parsed | Unrecognised | Invalid | Malformed)
    report = single_report(parsed)
    if report:
        assert len(report.content_sha256) == 64
        assert report.precedence.status == (report.status or "created")
    stored = stored_fields(parsed)
    json.dumps(stored, allow_nan=False)
    assert [text for text in all_texts(stored) if not is_storable(text)] == []
    assert stored["identifier"] is None or re.fullmatch(IDENTIFIER_PATTERN, stored["identifier"])


def stored_fields(parsed: ParseResult) -> dict[str, Any]:
    """Return what is stored of a result; the `errors` of an invalid one are only answered."""
    ((_, fields),) = parsed_as_json(parsed).items()
    json.dumps(fields.pop("errors", None))
    return {"identifier": None, **fields}


def is_storable(text: str) -> bool:
    """No database's text holds a NUL or half a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
