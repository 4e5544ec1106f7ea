"""Identifiers that try to be something else, in every path that holds one: nothing is found, nobody is led astray."""

import re
from collections.abc import Iterator

import pytest
import requests

from tests.serving.doors import Door, request, statuses

TRICKS = {
    "dots": "..",
    "a dot": ".",
    "dots, encoded": "%2e%2e",
    "dots, encoded twice": "%252e%252e",
    "up and away": "../../etc/passwd",
    "up and away, encoded": "..%2f..%2fetc%2fpasswd",
    "backslashes": "..\\..\\etc",
    "backslashes, encoded": "..%5c..%5cetc",
    "a slash, encoded": "a%2fb",
    "a slash, encoded too long": "a%c0%afb",
    "NUL": "a%00b",
    "a line feed": "a%0ab",
    "a line feed at its end": "a%0a",
    "a colour": "%1b[31ma",
    "a space": "a%20b",
    "nothing": "",
    "nothing but a space": "%20",
    "a full-width letter": "%EF%BD%81",
    "a letter and its accent": "a%CC%81",
    "a letter with its accent": "%C3%A1",
    "a digit of another script": "%D9%A3",
    "right to left": "a%E2%80%AEb",
    "no UTF-8": "%ff%fe",
    "half a surrogate pair": "%ed%a0%80",
    "half an escape": "a%2",
    "a query": "nobody?b=c",
    "a fragment": "a%23b",
    "a parameter": "a;b=c",
    "a star": "*",
    "markup": "%3Cscript%3E",
    "a quote": "a'%20OR%20'1'='1",
    "a template": "{{7*7}}",
    "another host": "/evil.example",
    "201 characters": "a" * 201,
    "4,000 characters": "a" * 4000,
}
FINE = {
    "nobody": "nobody",
    "an address": "a@b.example",
    "all that is allowed": "a._~@:+=-",
    "200 characters": "a" * 200,
}


LENGTH = b"Content-Length: 2"


def answers(opened: Door, name: str) -> Iterator[tuple[str, int]]:
    """What everybody who has every key is told, at every path with a name in it."""
    described = requests.get(f"{opened.premises.web}/openapi.json", timeout=20).json()
    keys = (
        b"X-Api-Key: " + opened.premises.vendor_key.encode(),
        b"Authorization: Bearer " + opened.premises.lms_key.encode(),
    )
    for path, operations in described["paths"].items():
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"} if "{" in path else ():
            asked = re.sub("{identifier}|{vendor}", lambda _: name, path).replace("{kind}", "manual")
            told = opened.told(request(asked, *keys, LENGTH, b"Connection: close", method=method.upper(), body=b"{}"))
            yield f"{method} {path}", statuses(told)[0]


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
def test_what_cannot_be_a_name_is_not_found(opened: Door, trick: str) -> None:
    told = dict(answers(opened, trick))

    assert set(told.values()) <= {404, 405}, told
    assert len(told) > 6


@pytest.mark.parametrize("name", FINE.values(), ids=FINE.keys())
def test_what_can_be_one_is_looked_for(opened: Door, name: str) -> None:
    assert {status for _, status in answers(opened, name)} <= {401, 404, 422}
