"""The cookie that a signed-in browser carries: read on the pages of the dashboard alone."""

import hashlib

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

DASHBOARD_PATH = "/dashboard"


class DashboardCookies(SecureCookieSessionInterface):
    """Vendors, the LMS and learners' browsers have no cookies; on their paths none is looked for, or set."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie says; None elsewhere."""
        return (
            super().open_session(app, request) if request.path.startswith(DASHBOARD_PATH) else None
        )


def configure_cookies(app: Flask, secret: str, *, secure: bool) -> None:
    """From here on the app signs cookies, with a key for this use alone. Without a secret nobody can sign in.

    A browser takes a cookie named `__Host-` from this very host alone, over https, and only for all of its paths: so no
    neighbour under the same domain can put one of theirs in its place.
    """
    app.session_interface = DashboardCookies()
    app.secret_key = hashlib.sha256(b"operators:" + secret.encode()).digest() if secret else None
    app.config.update(
        SESSION_COOKIE_NAME="__Host-operator" if secure else "operator",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the cookie it is compared with
    )
