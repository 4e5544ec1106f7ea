"""Signing in and out, and the throttling of guesses."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from freezegun import freeze_time

from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.operators import login_attempts_store, manage
from proctor_results.operators.model import ADDRESS_THROTTLE
from tests.conftest import NINE_O_CLOCK, SECRET, dependencies_of
from tests.support.operator_browser import HTTPS, PASSWORD, OperatorBrowser, csrf_token_in

OPERATOR_TABLES = (
    Statement("SELECT * FROM operator"),
    Statement("SELECT * FROM sign_in"),
    Statement("SELECT * FROM login_attempt"),
)
COOKIE = "__Host-operator"


def is_signed_in(browser: OperatorBrowser) -> bool:
    return browser.get("/dashboard/sessions").status_code == 200


def test_an_anonymous_browser_gets_the_sign_in_form(anonymous_browser: OperatorBrowser) -> None:
    response = anonymous_browser.get("/dashboard/sessions?exam=final")

    assert response.status_code == 401
    assert 'value="/dashboard/sessions?exam=final"' in response.text


def test_signing_in_leads_back_to_the_page_that_was_asked_for(
    anonymous_browser: OperatorBrowser,
) -> None:
    response = anonymous_browser.sign_in("anna", next_path="/dashboard/sessions?exam=final")

    assert (response.status_code, response.location) == (303, "/dashboard/sessions?exam=final")
    assert is_signed_in(anonymous_browser)


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "/dashboardx", ""]
)
def test_signing_in_never_leads_elsewhere(anonymous_browser: OperatorBrowser, back: str) -> None:
    assert anonymous_browser.sign_in("anna", next_path=back).location == "/dashboard"


@pytest.mark.parametrize(
    "back",
    [
        "/dashboard/../..//evil.example",
        "/dashboard/\r\nSet-Cookie: operator=x",
        "/dashboard?@evil.example",
    ],
)
def test_a_forged_dashboard_path_stays_on_our_host(
    anonymous_browser: OperatorBrowser, back: str
) -> None:
    response = anonymous_browser.sign_in("anna", next_path=back)

    assert urlsplit(urljoin(HTTPS, response.location)).netloc == "results.example"
    assert "\n" not in response.location
    assert all(header.startswith(COOKIE) for header in response.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    ("signed_by", "is_accepted"),
    [("us", True), ("the secret itself", False), ("another key", False)],
)
def test_a_cookie_is_accepted_only_with_our_signature(
    app: Flask, reviewer_browser: OperatorBrowser, signed_by: str, is_accepted: bool
) -> None:
    with reviewer_browser.client.session_transaction(base_url=HTTPS, path="/dashboard") as cookie:
        cookie_data = dict(cookie)
    key = {
        "us": app.secret_key,
        "the secret itself": SECRET,
        "another key": "another secret, long enough",
    }[signed_by]

    reviewer_browser.client.set_cookie(
        COOKIE, _sign(cookie_data, key), domain="results.example", secure=True
    )

    assert is_signed_in(reviewer_browser) is is_accepted


def _sign(cookie_data: dict[str, object], key: str | bytes | None) -> str:
    other_app = Flask("other")
    other_app.secret_key = key
    serializer = SecureCookieSessionInterface().get_signing_serializer(other_app)
    assert serializer
    return str(serializer.dumps(cookie_data))


def test_a_sign_in_starts_a_new_cookie_session(anonymous_browser: OperatorBrowser) -> None:
    csrf_before = csrf_token_in(anonymous_browser.get("/dashboard/sign-in").text)

    anonymous_browser.sign_in("anna")

    anonymous_browser.csrf = csrf_before
    assert anonymous_browser.post_form("/dashboard/sign-out").status_code == 400
    assert is_signed_in(anonymous_browser)


@pytest.mark.parametrize(
    ("name", "password"), [("anna", "wrong"), ("unknown", PASSWORD), ("an\0na", PASSWORD)]
)
def test_a_wrong_name_and_a_wrong_password_look_alike(
    anonymous_browser: OperatorBrowser, name: str, password: str
) -> None:
    response = anonymous_browser.sign_in(name, password)

    assert response.status_code in (400, 401)
    assert "anna" not in response.text.replace('value="anna"', "")
    assert not is_signed_in(anonymous_browser)


def test_the_cookie_is_for_this_host_over_https_and_for_no_script(
    anonymous_browser: OperatorBrowser,
) -> None:
    cookie = anonymous_browser.sign_in("anna").headers["Set-Cookie"]

    assert cookie.startswith("__Host-operator=")
    assert [part.strip() for part in cookie.split(";")][1:] == [
        "Secure",
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
    ]


def test_signing_out_ends_what_a_stolen_cookie_opens(
    app: Flask, reviewer_browser: OperatorBrowser
) -> None:
    other_browser = OperatorBrowser(app.test_client())
    cookie = reviewer_browser.client.get_cookie(COOKIE, "results.example")
    assert cookie
    other_browser.client.set_cookie(COOKIE, cookie.value, domain="results.example", secure=True)
    assert is_signed_in(other_browser)

    assert reviewer_browser.post_form("/dashboard/sign-out").status_code == 303

    assert (is_signed_in(reviewer_browser), is_signed_in(other_browser)) == (False, False)


def _change_password(deps: Dependencies, name: str) -> bool:
    return manage.change_password(deps, name, "another long password")


@pytest.mark.parametrize("end_sign_in", [manage.remove_operator, _change_password])
def test_a_removed_operator_and_a_changed_password_are_signed_out(
    app: Flask,
    reviewer_browser: OperatorBrowser,
    viewer_browser: OperatorBrowser,
    end_sign_in: Callable[[Dependencies, str], bool],
) -> None:
    assert end_sign_in(dependencies_of(app), "anna")

    assert (is_signed_in(reviewer_browser), is_signed_in(viewer_browser)) == (False, True)


def test_an_idle_operator_is_signed_out(anonymous_browser: OperatorBrowser) -> None:
    with freeze_time(NINE_O_CLOCK) as clock:
        anonymous_browser.sign_in("anna")
        clock.tick(timedelta(hours=2) - timedelta(seconds=1))
        assert is_signed_in(anonymous_browser)
        clock.tick(timedelta(hours=2))
        assert not is_signed_in(anonymous_browser)


def test_an_automatic_refresh_does_not_prolong_the_sign_in(
    anonymous_browser: OperatorBrowser,
) -> None:
    with freeze_time(NINE_O_CLOCK) as clock:
        anonymous_browser.sign_in("anna")
        clock.tick(timedelta(hours=1))
        assert (
            anonymous_browser.get("/dashboard/sessions", headers={"X-Refresh": "1"}).status_code
            == 200
        )
        clock.tick(timedelta(hours=1))
        assert not is_signed_in(anonymous_browser)


def test_a_sign_in_has_a_maximum_age(anonymous_browser: OperatorBrowser) -> None:
    with freeze_time(NINE_O_CLOCK) as clock:
        anonymous_browser.sign_in("anna")
        for _ in range(11):
            clock.tick(timedelta(hours=1))
            assert is_signed_in(anonymous_browser)
        clock.tick(timedelta(hours=1))
        assert not is_signed_in(anonymous_browser)


def test_failed_logins_for_one_name_are_throttled(anonymous_browser: OperatorBrowser) -> None:
    with freeze_time(NINE_O_CLOCK) as clock:
        answers = [anonymous_browser.sign_in("anna", "wrong").status_code for _ in range(6)]
        assert answers == [401] * 5 + [429]
        response = anonymous_browser.sign_in("anna")
        assert (response.status_code, response.headers["Retry-After"]) == (429, "2")
        clock.tick(timedelta(seconds=2))
        assert anonymous_browser.sign_in("anna").status_code == 303


def test_an_unknown_name_is_throttled_alike(anonymous_browser: OperatorBrowser) -> None:
    with freeze_time(NINE_O_CLOCK):
        answers = [anonymous_browser.sign_in("unknown", "wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_failed_logins_from_one_address_are_throttled(
    app: Flask, anonymous_browser: OperatorBrowser
) -> None:
    with freeze_time(NINE_O_CLOCK):
        for _ in range(20):
            login_attempts_store.blocked_until(
                dependencies_of(app).database, "address 127.0.0.1", NINE_O_CLOCK
            )
            login_attempts_store.record_failure(
                dependencies_of(app).database, "address 127.0.0.1", ADDRESS_THROTTLE, NINE_O_CLOCK
            )
        answers = [
            anonymous_browser.sign_in(name, "wrong").status_code for name in ("unknown", "missing")
        ]
        assert answers == [401, 429]
        assert anonymous_browser.sign_in("anna").status_code == 429


def test_an_hour_later_failures_are_forgotten(
    app: Flask, anonymous_browser: OperatorBrowser
) -> None:
    with freeze_time(NINE_O_CLOCK) as clock:
        for _ in range(6):
            anonymous_browser.sign_in("anna", "wrong")
        clock.tick(timedelta(hours=1, seconds=1))
        anonymous_browser.sign_in("otto", "wrong")
    assert dependencies_of(app).database.fetch(
        Statement("SELECT MAX(failure_count) FROM login_attempt")
    ) == [(1,)]


def test_no_password_token_or_attempted_name_is_stored(
    app: Flask, anonymous_browser: OperatorBrowser
) -> None:
    anonymous_browser.sign_in("my secret password, in the wrong field", "wrong")
    anonymous_browser.sign_in("anna")
    rows = [dependencies_of(app).database.fetch(statement) for statement in OPERATOR_TABLES]
    assert "scrypt:" in str(rows)
    assert PASSWORD not in str(rows)
    assert "wrong field" not in str(rows)


@pytest.mark.parametrize("csrf", ["", "forged"])
def test_a_forged_form_does_not_sign_in(anonymous_browser: OperatorBrowser, csrf: str) -> None:
    anonymous_browser.csrf = csrf
    assert (
        anonymous_browser.post_form(
            "/dashboard/sign-in", name="anna", password=PASSWORD
        ).status_code
        == 400
    )
    assert not is_signed_in(anonymous_browser)


def test_a_forged_form_does_not_sign_out(reviewer_browser: OperatorBrowser) -> None:
    reviewer_browser.csrf = "forged"
    assert reviewer_browser.post_form("/dashboard/sign-out").status_code == 400
    assert is_signed_in(reviewer_browser)
