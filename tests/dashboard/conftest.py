"""Operators in front of the dashboard: somebody who may act, somebody who may look, and a stranger."""

import pytest
from flask import Flask

from tests.conftest import house_of
from tests.support.operator_browser import Browser, add_everybody, signed_in


@pytest.fixture
def anonymous_browser(app: Flask) -> Browser:
    """A browser of somebody who has not signed in; anna (reviewer) and otto (viewer) could."""
    add_everybody(house_of(app))
    return Browser(app.test_client())


@pytest.fixture
def reviewer_browser(app: Flask, anonymous_browser: Browser) -> Browser:
    return signed_in(app, "anna")


@pytest.fixture
def viewer_browser(app: Flask, anonymous_browser: Browser) -> Browser:
    return signed_in(app, "otto")
