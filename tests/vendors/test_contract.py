"""What every vendor's translator keeps to, whoever it is: a new one is tested by its recorded requests alone."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor_results.domain.identifier import PATTERN
from proctor_results.domain.report import Report
from proctor_results.vendors import VENDORS
from proctor_results.vendors.base import Invalid, Malformed, Reading, Unrecognised, Vendor
from tests.vendors.readings import expected, recorded, texts, told
from tests.vendors.senders import anything, mutilated, rewritten

SAMPLES = [(vendor, path) for vendor in VENDORS.values() for path in recorded(vendor.name)]

every_vendor = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS.keys())
every_sample = pytest.mark.parametrize(
    ("vendor", "sample"), SAMPLES, ids=[f"{path.parent.name} {path.stem}" for _, path in SAMPLES]
)


@every_vendor
def test_requests_are_recorded_each_with_what_it_means(vendor: Vendor) -> None:
    kinds = {kind for sample in recorded(vendor.name) for kind in expected(sample)}

    assert VENDORS[vendor.name] is vendor
    assert kinds >= {"report", "unrecognised"}


@every_sample
def test_a_recorded_request_is_read_as_expected(vendor: Vendor, sample: Path) -> None:
    assert told(vendor.read(sample.read_bytes())) == expected(sample)


@every_sample
def test_null_means_the_same_as_absent(vendor: Vendor, sample: Path) -> None:
    said = json.loads(sample.read_bytes())
    for name in said:
        absent = {other: value for other, value in said.items() if other != name}

        assert read(vendor, {**absent, name: None}) == read(vendor, absent), name


@every_vendor
@given(data=st.data())
@settings(deadline=None)
def test_the_same_said_otherwise_is_the_same_content(vendor: Vendor, data: st.DataObject) -> None:
    """Names in another order, other white space, characters escaped or not."""
    sample = data.draw(st.sampled_from(recorded(vendor.name)))

    first, again = vendor.read(sample.read_bytes()), vendor.read(data.draw(rewritten(sample.read_bytes())))

    assert told(again) == told(first)
    assert content(again) == content(first)


@every_vendor
@given(body=st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_upset_it(vendor: Vendor, body: bytes) -> None:
    check(vendor.read(body))


@every_vendor
@given(data=st.data())
@settings(deadline=None)
def test_no_json_upsets_it(vendor: Vendor, data: st.DataObject) -> None:
    check(vendor.read(data.draw(anything(vendor.name))))


@every_vendor
@given(data=st.data())
@settings(deadline=None)
def test_no_mutilated_request_upsets_it(vendor: Vendor, data: st.DataObject) -> None:
    check(vendor.read(data.draw(mutilated(vendor.name))))


def read(vendor: Vendor, said: dict[str, Any]) -> dict[str, Any]:
    return told(vendor.read(json.dumps(said).encode()))


def content(reading: Reading) -> str | None:
    return reading.content if isinstance(reading, Report) else None


def check(reading: Reading) -> None:
    """It is one of the four readings, and what of it goes into the ledger can be kept there."""
    assert isinstance(reading, Report | Unrecognised | Invalid | Malformed)
    if isinstance(reading, Report):
        assert len(reading.content) == 64
        assert reading.standing.status == (reading.status or "created")
    kept = kept_of(reading)
    json.dumps(kept, allow_nan=False)
    assert [text for text in texts(kept) if not storable(text)] == []
    assert kept["identifier"] is None or re.fullmatch(PATTERN, kept["identifier"])


def kept_of(reading: Reading) -> dict[str, Any]:
    """What is kept of it; the `errors` of an invalid one are only answered, in ASCII."""
    ((_, said),) = told(reading).items()
    json.dumps(said.pop("errors", None))
    return {"identifier": None, **said}


def storable(text: str) -> bool:
    """No database's text holds a NUL or half a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
