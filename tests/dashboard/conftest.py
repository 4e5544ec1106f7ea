"""Operators in front of the dashboard: somebody who may act, somebody who may look, and a stranger."""

import pytest
from flask import Flask

from tests.conftest import dependencies_of
from tests.support.operator_browser import OperatorBrowser, add_operators, signed_in_browser


@pytest.fixture
def anonymous_browser(app: Flask) -> OperatorBrowser:
    """A browser of somebody who has not signed in; anna (reviewer) and otto (viewer) could."""
    add_operators(dependencies_of(app))
    return OperatorBrowser(app.test_client())


@pytest.fixture
def reviewer_browser(app: Flask, anonymous_browser: OperatorBrowser) -> OperatorBrowser:
    return signed_in_browser(app, "anna")


@pytest.fixture
def viewer_browser(app: Flask, anonymous_browser: OperatorBrowser) -> OperatorBrowser:
    return signed_in_browser(app, "otto")
