"""Identifiers in paths that look like something else find nothing and lead nowhere."""

import re
from collections.abc import Iterator

import pytest
import requests

from tests.support.gunicorn_server import GunicornServer, build_request, response_statuses

HOSTILE_IDENTIFIERS = {
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
    "a query": "unknown?b=c",
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
VALID_IDENTIFIERS = {
    "an unknown one": "unknown",
    "an address": "a@b.example",
    "all that is allowed": "a._~@:+=-",
    "200 characters": "a" * 200,
}


CONTENT_LENGTH = b"Content-Length: 2"


def path_statuses(gunicorn_server: GunicornServer, name: str) -> Iterator[tuple[str, int]]:
    """Return the status of every path with an identifier, requested with every key."""
    openapi = requests.get(
        f"{gunicorn_server.demo_environment.web_url}/openapi.json", timeout=20
    ).json()
    keys = (
        b"X-Api-Key: " + gunicorn_server.demo_environment.vendor_key.encode(),
        b"Authorization: Bearer " + gunicorn_server.demo_environment.lms_key.encode(),
    )
    for path, operations in openapi["paths"].items():
        for method in (
            operations.keys() & {"get", "post", "put", "patch", "delete"} if "{" in path else ()
        ):
            path_with_name = re.sub("{identifier}|{vendor}", lambda _: name, path).replace(
                "{kind}", "manual"
            )
            responses = gunicorn_server.exchange(
                build_request(
                    path_with_name,
                    *keys,
                    CONTENT_LENGTH,
                    b"Connection: close",
                    method=method.upper(),
                    body=b"{}",
                )
            )
            yield f"{method} {path}", response_statuses(responses)[0]


@pytest.mark.parametrize(
    "hostile_identifier", HOSTILE_IDENTIFIERS.values(), ids=HOSTILE_IDENTIFIERS.keys()
)
def test_an_invalid_identifier_is_not_found(
    gunicorn_server: GunicornServer, hostile_identifier: str
) -> None:
    statuses_by_path = dict(path_statuses(gunicorn_server, hostile_identifier))

    assert set(statuses_by_path.values()) <= {404, 405}, statuses_by_path
    assert len(statuses_by_path) > 6


@pytest.mark.parametrize("name", VALID_IDENTIFIERS.values(), ids=VALID_IDENTIFIERS.keys())
def test_a_valid_identifier_is_looked_up(gunicorn_server: GunicornServer, name: str) -> None:
    assert {status for _, status in path_statuses(gunicorn_server, name)} <= {401, 404, 422}
