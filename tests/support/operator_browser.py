"""Operators of the dashboard and their browsers: anna is a reviewer, otto a viewer."""

import re
from dataclasses import dataclass, field
from functools import cache

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.dependencies import Dependencies
from proctor_results.operators import store as operator_store
from proctor_results.operators.manage import hash_password
from proctor_results.operators.model import Operator, Role
from tests.support.reports import NOW

HTTPS = "https://results.example"
PASSWORD = "correct horse battery"
ROLES = {"anna": Role.REVIEWER, "otto": Role.VIEWER}


@dataclass
class OperatorBrowser:
    """A browser with its own cookies. `csrf` is the token of the last page with a form."""

    client: FlaskClient
    csrf: str = field(default="", repr=False)

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, base_url=HTTPS, **more)

    def post_form(self, path: str, **fields: str) -> TestResponse:
        """Send a form with its token, as a page of ours would."""
        return self.client.post(path, base_url=HTTPS, data={"csrf_token": self.csrf, **fields})

    def sign_in(self, name: str, password: str = PASSWORD, next_path: str = "") -> TestResponse:
        self.csrf = csrf_token_in(self.get("/dashboard/sign-in").text)
        response = self.post_form(
            "/dashboard/sign-in", name=name, password=password, next_path=next_path
        )
        if response.status_code == 303:
            self.csrf = csrf_token_in(self.get("/dashboard/sessions").text)
        return response


def csrf_token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found, page
    return found[1]


def add_operators(deps: Dependencies) -> None:
    for name, role in ROLES.items():
        operator_store.add(deps.database, Operator(name=name, role=role), _password_hash(), NOW)


def signed_in_browser(app: Flask, name: str) -> OperatorBrowser:
    """Return a browser in which that operator has signed in."""
    browser = OperatorBrowser(app.test_client())
    assert browser.sign_in(name).status_code == 303
    return browser


@cache
def _password_hash() -> str:
    """Hash once: it takes its time."""
    return hash_password(PASSWORD)
