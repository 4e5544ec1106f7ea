"""Reading JSON that can be read in one way only."""

from typing import Any

import pytest

from proctor_results.vendors.parsing import NotStrictJson, parse_strict_json

VALID_JSON: dict[str, tuple[bytes, Any]] = {
    "an object": (b'{"a": [1, 2.5, "b", true, null]}', {"a": [1, 2.5, "b", True, None]}),
    "no object": (b'"a"', "a"),
    "white space around": (b" \r\n\t{} \n", {}),
    "characters as they are": ('"Ж😀"'.encode(), "Ж😀"),
    "characters escaped": (b'"\\u0416\\ud83d\\ude00"', "Ж😀"),
    "the same name in two objects": (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
    "the same name further in": (b'{"a":{"a":1}}', {"a": {"a": 1}}),
    "names that differ in case": (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
    "4,000 digits": (b"9" * 4_000, 10**4_000 - 1),
    "nine levels": (b"[" * 9 + b"]" * 9, [[[[[[[[[]]]]]]]]]),
}

INVALID_JSON = {
    "nothing": (b"", "not JSON"),
    "two values": (b"{}{}", "not JSON"),
    "cut short": (b'{"a":1', "not JSON"),
    "a comma too many": (b"[1,]", "not JSON"),
    "single quotes": (b"{'a':1}", "not JSON"),
    "a comment": (b"{} // done", "not JSON"),
    "a line feed in a text": (b'"a\nb"', "not JSON"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "not JSON"),
    "NaN": (b"NaN", "NaN is not a JSON number"),
    "Infinity": (b"[Infinity]", "Infinity is not a JSON number"),
    "-Infinity": (b"[-Infinity]", "-Infinity is not a JSON number"),
    "a leading zero": (b"01", "not JSON"),
    "5,000 digits": (b"9" * 5_000, "not JSON"),
    "a name twice": (b'{"a":1,"a":1}', "a name is given twice"),
    "a name twice, once escaped": (b'{"a":1,"\\u0061":2}', "a name is given twice"),
    "a name twice, far in": (b'[{"b":{"a":1,"c":2,"a":3}}]', "a name is given twice"),
    "Latin-1": (b'"\xe9"', "not UTF-8: byte 1 cannot be read"),
    "half a surrogate pair in UTF-8": (b'"\xed\xa0\x80"', "not UTF-8"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "not UTF-8"),
    "100,000 levels": (b"[" * 100_000, "nested too deeply"),
}


@pytest.mark.parametrize(("text", "value"), VALID_JSON.values(), ids=VALID_JSON.keys())
def test_valid_json_is_parsed(text: bytes, value: Any) -> None:
    assert parse_strict_json(text) == value


@pytest.mark.parametrize(("text", "reason"), INVALID_JSON.values(), ids=INVALID_JSON.keys())
def test_anything_else_is_refused_and_says_why(text: bytes, reason: str) -> None:
    with pytest.raises(NotStrictJson, match=reason):
        parse_strict_json(text)


def test_a_number_beyond_a_double_is_left_to_the_fields() -> None:
    assert parse_strict_json(b"1e400") == float("inf")
