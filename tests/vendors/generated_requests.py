"""Requests that Hypothesis generates from a vendor's recorded ones, or from nothing."""

import json
from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from proctor_results.sessions.report import Report
from tests.vendors.recorded_requests import recorded_requests

TEXTS = st.text(st.characters(), max_size=20)  # halves of surrogate pairs and NUL among them
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXTS
    | st.sampled_from(["64", "1e3", "2022-02-18"])
)
JSON = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=8,
)
TRICKY_BYTES = st.sampled_from(
    [
        b"NaN",
        b"1e400",
        b"-0",
        b"9" * 5_000,
        b"\\ud800",
        b"\\u0000",
        b"\xff",
        b'"',
        b"{",
        b"[" * 2_000,
        b',"score":1',
        b"null",
    ]
)


@st.composite
def any_json(draw: st.DrawFn, vendor: str) -> bytes:
    """Draw any JSON, often an object with field names of the vendor or of ours."""
    return json.dumps(draw(JSON | st.dictionaries(field_names(vendor), JSON, max_size=6))).encode()


@st.composite
def mutated_request(draw: st.DrawFn, vendor: str) -> bytes:
    """Draw a recorded request with some fields or bytes changed."""
    sample = draw(st.sampled_from(recorded_requests(vendor))).read_bytes()
    changed_fields = {
        **json.loads(sample),
        **draw(st.dictionaries(field_names(vendor), JSON, max_size=3)),
    }
    return draw(st.just(json.dumps(changed_fields).encode()) | mutated_bytes(sample))


@st.composite
def mutated_bytes(draw: st.DrawFn, sample: bytes) -> bytes:
    """Draw the bytes with a part replaced by a malformed one."""
    first, last = sorted(draw(st.tuples(*[st.integers(0, len(sample))] * 2)))
    return sample[:first] + draw(TRICKY_BYTES | st.binary(max_size=5)) + sample[last:]


@st.composite
def reserialized(draw: st.DrawFn, sample: bytes) -> bytes:
    """Return the same JSON with other whitespace and escapes."""
    reordered_value = draw(reordered(json.loads(sample)))
    indent, ascii_only = draw(st.sampled_from([None, 0, 2])), draw(st.booleans())
    return json.dumps(reordered_value, indent=indent, ensure_ascii=ascii_only).encode()


@st.composite
def reordered(draw: st.DrawFn, value: Any) -> Any:
    """Draw the same value with the members of its objects in any order."""
    if isinstance(value, list):
        return [draw(reordered(below)) for below in value]
    if not isinstance(value, dict):
        return value
    order = draw(st.permutations(sorted(value)))
    return {name: draw(reordered(value[name])) for name in order}


def field_names(vendor: str) -> st.SearchStrategy[str]:
    """Draw field names: the vendor's, ours, and any others."""
    vendor_names = {
        name for sample in recorded_requests(vendor) for name in json.loads(sample.read_bytes())
    }
    return st.sampled_from(sorted(vendor_names | {field.name for field in fields(Report)})) | TEXTS
