"""Operators in front of the dashboard: somebody who may act, somebody who may look, and a stranger."""

import re
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.domain.operator import Operator, Role
from proctor_results.flows import keep_operators
from proctor_results.store import operators
from tests.conftest import house_of
from tests.reports import NOW

HTTPS = "https://results.example"
PASSWORD = "correct horse battery"


@dataclass
class Browser:
    """A browser of somebody, with the cookies of its own."""

    client: FlaskClient
    name: str = "nobody"
    csrf: str = field(default="", repr=False)

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, base_url=HTTPS, **more)

    def send(self, path: str, **fields: str) -> TestResponse:
        """Sends a form as a page of ours would: with its token."""
        return self.client.post(path, base_url=HTTPS, data={"csrf_token": self.csrf, **fields})

    def sign_in(self, name: str, password: str = PASSWORD, back: str = "") -> TestResponse:
        self.csrf = token_in(self.get("/dashboard/sign-in").text)
        answer = self.send("/dashboard/sign-in", name=name, password=password, back=back)
        if answer.status_code == 303:
            self.name, self.csrf = name, token_in(self.get("/dashboard/sessions").text)
        return answer


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found, page
    return found[1]


@pytest.fixture(scope="session")
def hashed() -> str:
    """Hashing takes its time; once is enough."""
    return keep_operators.hashed(PASSWORD)


@pytest.fixture
def stranger(app: Flask, hashed: str) -> Browser:
    """A browser of somebody who has not signed in; anna (reviewer) and otto (viewer) could."""
    for name, role in (("anna", Role.REVIEWER), ("otto", Role.VIEWER)):
        operators.add(house_of(app).ledger, Operator(name=name, role=role), hashed, NOW)
    return Browser(app.test_client())


@pytest.fixture
def anna(app: Flask, stranger: Browser) -> Browser:
    return _signed_in(app, "anna")


@pytest.fixture
def otto(app: Flask, stranger: Browser) -> Browser:
    return _signed_in(app, "otto")


def _signed_in(app: Flask, name: str) -> Browser:
    browser = Browser(app.test_client())
    assert browser.sign_in(name).status_code == 303
    return browser
