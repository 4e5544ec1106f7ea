"""Signing in and out, and what happens to those who guess."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from freezegun import freeze_time

from proctor_results.domain.operator import WITH_ADDRESSES
from proctor_results.flows import keep_operators
from proctor_results.flows.house import House
from proctor_results.store import knocks
from proctor_results.store.statement import Statement
from tests.conftest import SECRET, house_of
from tests.operators import HTTPS, PASSWORD, Browser, token_in

EVERYTHING = (Statement("SELECT * FROM operator"), Statement("SELECT * FROM sign_in"), Statement("SELECT * FROM knock"))
COOKIE = "__Host-operator"
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def is_in(browser: Browser) -> bool:
    return browser.get("/dashboard/sessions").status_code == 200


def test_who_has_not_signed_in_is_shown_where_to(stranger: Browser) -> None:
    answer = stranger.get("/dashboard/sessions?exam=final")

    assert answer.status_code == 401
    assert 'value="/dashboard/sessions?exam=final"' in answer.text


def test_signing_in_leads_back_to_the_page_that_was_wanted(stranger: Browser) -> None:
    answer = stranger.sign_in("anna", back="/dashboard/sessions?exam=final")

    assert (answer.status_code, answer.location) == (303, "/dashboard/sessions?exam=final")
    assert is_in(stranger)


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "/dashboardx", ""])
def test_signing_in_never_leads_elsewhere(stranger: Browser, back: str) -> None:
    assert stranger.sign_in("anna", back=back).location == "/dashboard"


@pytest.mark.parametrize(
    "back", ["/dashboard/../..//evil.example", "/dashboard/\r\nSet-Cookie: operator=x", "/dashboard?@evil.example"]
)
def test_what_looks_like_a_page_of_ours_leads_to_our_host(stranger: Browser, back: str) -> None:
    answer = stranger.sign_in("anna", back=back)

    assert urlsplit(urljoin(HTTPS, answer.location)).netloc == "results.example"
    assert "\n" not in answer.location
    assert all(each.startswith(COOKIE) for each in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(("signed_by", "opens"), [("us", True), ("the secret itself", False), ("a stranger", False)])
def test_a_cookie_is_believed_only_if_we_have_signed_it(app: Flask, anna: Browser, signed_by: str, opens: bool) -> None:
    with anna.client.session_transaction(base_url=HTTPS, path="/dashboard") as cookie:
        said = dict(cookie)
    key = {"us": app.secret_key, "the secret itself": SECRET, "a stranger": "another secret, long enough"}[signed_by]

    anna.client.set_cookie(COOKIE, _signed(said, key), domain="results.example", secure=True)

    assert is_in(anna) is opens


def _signed(said: dict[str, object], key: str | bytes | None) -> str:
    other = Flask("other")
    other.secret_key = key
    serializer = SecureCookieSessionInterface().get_signing_serializer(other)
    assert serializer
    return str(serializer.dumps(said))


def test_a_sign_in_takes_nothing_over_from_before_it(stranger: Browser) -> None:
    planted = token_in(stranger.get("/dashboard/sign-in").text)

    stranger.sign_in("anna")

    stranger.csrf = planted
    assert stranger.send("/dashboard/sign-out").status_code == 400
    assert is_in(stranger)


@pytest.mark.parametrize(("name", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("an\0na", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_look_alike(stranger: Browser, name: str, password: str) -> None:
    answer = stranger.sign_in(name, password)

    assert answer.status_code in (400, 401)
    assert "anna" not in answer.text.replace('value="anna"', "")
    assert not is_in(stranger)


def test_the_cookie_is_for_this_host_over_https_and_for_no_script(stranger: Browser) -> None:
    cookie = stranger.sign_in("anna").headers["Set-Cookie"]

    assert cookie.startswith("__Host-operator=")
    assert [part.strip() for part in cookie.split(";")][1:] == ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"]


def test_signing_out_ends_what_a_stolen_cookie_opens(app: Flask, anna: Browser) -> None:
    thief = Browser(app.test_client())
    thief.client.set_cookie(
        COOKIE, anna.client.get_cookie(COOKIE, "results.example").value, domain="results.example", secure=True  # type: ignore[union-attr]  # it is there
    )  # fmt: skip
    assert is_in(thief)

    assert anna.send("/dashboard/sign-out").status_code == 303

    assert (is_in(anna), is_in(thief)) == (False, False)


def _change(house: House, name: str) -> bool:
    return keep_operators.change_password(house, name, "another long password")


@pytest.mark.parametrize("end", [keep_operators.remove, _change])
def test_a_removed_operator_and_a_changed_password_are_signed_out(
    app: Flask, anna: Browser, otto: Browser, end: Callable[[House, str], bool]
) -> None:
    assert end(house_of(app), "anna")

    assert (is_in(anna), is_in(otto)) == (False, True)


def test_nobody_stays_signed_in_who_does_nothing(stranger: Browser) -> None:
    with freeze_time(NINE) as clock:
        stranger.sign_in("anna")
        clock.tick(timedelta(hours=2) - timedelta(seconds=1))
        assert is_in(stranger)
        clock.tick(timedelta(hours=2))
        assert not is_in(stranger)


def test_a_page_that_refreshes_itself_is_not_somebody_at_work(stranger: Browser) -> None:
    with freeze_time(NINE) as clock:
        stranger.sign_in("anna")
        clock.tick(timedelta(hours=1))
        assert stranger.get("/dashboard/sessions", headers={"X-Refresh": "1"}).status_code == 200
        clock.tick(timedelta(hours=1))
        assert not is_in(stranger)


def test_nobody_stays_signed_in_for_ever(stranger: Browser) -> None:
    with freeze_time(NINE) as clock:
        stranger.sign_in("anna")
        for _ in range(11):
            clock.tick(timedelta(hours=1))
            assert is_in(stranger)
        clock.tick(timedelta(hours=1))
        assert not is_in(stranger)


def test_guessing_at_a_name_has_to_wait_longer_each_time(stranger: Browser) -> None:
    with freeze_time(NINE) as clock:
        answers = [stranger.sign_in("anna", "wrong").status_code for _ in range(6)]
        assert answers == [401] * 5 + [429]
        answer = stranger.sign_in("anna")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
        clock.tick(timedelta(seconds=2))
        assert stranger.sign_in("anna").status_code == 303


def test_a_name_that_nobody_has_waits_as_long(stranger: Browser) -> None:
    with freeze_time(NINE):
        answers = [stranger.sign_in("nobody", "wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_guessing_at_many_names_from_one_address_has_to_wait(app: Flask, stranger: Browser) -> None:
    with freeze_time(NINE):
        for _ in range(20):
            knocks.wait_until(house_of(app).ledger, "address 127.0.0.1", NINE)
            knocks.count(house_of(app).ledger, "address 127.0.0.1", WITH_ADDRESSES, NINE)
        answers = [stranger.sign_in(name, "wrong").status_code for name in ("somebody", "nobody")]
        assert answers == [401, 429]
        assert stranger.sign_in("anna").status_code == 429


def test_an_hour_later_failures_are_forgotten(app: Flask, stranger: Browser) -> None:
    with freeze_time(NINE) as clock:
        for _ in range(6):
            stranger.sign_in("anna", "wrong")
        clock.tick(timedelta(hours=1, seconds=1))
        stranger.sign_in("otto", "wrong")
    assert house_of(app).ledger.run(Statement("SELECT MAX(failures) FROM knock")) == [(1,)]


def test_the_ledger_knows_no_password_token_or_name_tried(app: Flask, stranger: Browser) -> None:
    stranger.sign_in("my secret password, in the wrong field", "wrong")
    stranger.sign_in("anna")
    rows = [house_of(app).ledger.run(statement) for statement in EVERYTHING]
    assert "scrypt:" in str(rows)
    assert PASSWORD not in str(rows)
    assert "wrong field" not in str(rows)


@pytest.mark.parametrize("csrf", ["", "forged"])
def test_a_form_from_elsewhere_signs_nobody_in(stranger: Browser, csrf: str) -> None:
    stranger.csrf = csrf
    assert stranger.send("/dashboard/sign-in", name="anna", password=PASSWORD).status_code == 400
    assert not is_in(stranger)


def test_a_form_from_elsewhere_signs_nobody_out(anna: Browser) -> None:
    anna.csrf = "forged"
    assert anna.send("/dashboard/sign-out").status_code == 400
    assert is_in(anna)
