"""The doctor's visit, as a person calls it, to a deployment that is well and to others that are not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from proctor_results import clock
from proctor_results.flows.keep_watch import leave
from proctor_results.settings import PUBLISHED_KEY, Settings
from proctor_results.store.statement import Statement
from tests.checkup.servers import SDK, Said, Stub, answering
from tests.conftest import LMS_KEY, VENDOR_KEY, house_of

Deployment = tuple[Flask, str]


def visit(settings: Settings, url: str, **changes: Any) -> Result:
    """The doctor sees the deployment at `url` with the settings that are here."""
    here = create_app(replace(settings, **{"public_url": url, **changes}))
    result = here.test_cli_runner().invoke(args=["doctor"])
    house_of(here).ledger.close()
    return result


def lines(result: Result, grade: str) -> list[str]:
    return [line.removeprefix(grade).strip() for line in result.output.splitlines() if line.startswith(grade)]


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Something else where the service should be."""
    with answering(Stub(answers={"GET /healthz": Said(body=b"ok\n")})) as stub:
        yield stub


def test_a_deployment_that_is_well_has_nothing_wrong(settings: Settings, deployment: Deployment) -> None:
    result = visit(settings, deployment[1])

    assert (lines(result, "wrong"), result.exit_code) == ([], 0)
    assert [line.partition(":")[0] for line in lines(result, "warning")] == [
        "LMS_WEBHOOK_URL",
        "supervisor",
        "PUBLIC_URL",
    ]
    assert result.output.endswith("0 wrong, 3 warnings, 4 to look at\n")


def test_the_visit_leaves_nothing_behind(settings: Settings, deployment: Deployment) -> None:
    visit(settings, deployment[1])

    ledger = house_of(deployment[0]).ledger
    for table in ("receipt", "session", "delivery"):
        assert ledger.run(Statement(f"SELECT COUNT(*) FROM {table}"))[0][0] == 0  # noqa: S608  # our own words


def test_the_visit_shows_no_secret(settings: Settings, deployment: Deployment) -> None:
    shown = visit(settings, deployment[1]).output
    for secret in (VENDOR_KEY, LMS_KEY, settings.secret_key, settings.supervisor_jwt_secret):
        assert secret not in shown


WRONG_SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "keys that the deployment does not know": (
        {"webhook_api_keys": ("another key of the vendor",)},
        "webhooks: with key 1: answers 401, not 404 — does it run with these WEBHOOK_API_KEYS",
    ),
    "keys of an LMS that the deployment does not know": (
        {"lms_api_keys": ("another key for the LMS",)},
        "sessions: with key 1: answers 401, not 200 — does it run with these LMS_API_KEYS",
    ),
    "no key for vendors": ({"webhook_api_keys": ()}, "WEBHOOK_API_KEYS: has no key: nobody is let in"),
    "no key for the LMS": ({"lms_api_keys": ()}, "LMS_API_KEYS: has no key: nobody is let in"),
    "an origin that the deployment does not let in": (
        {"browser_origins": ("https://lms.example", "https://other.example")},
        "heartbeats: pages of https://other.example may not send them",
    ),
    "no origin": ({"browser_origins": ()}, "BROWSER_ORIGINS: is not set: no exam page may send heartbeats"),
    "the published key": (
        {"supervisor_jwt_secret": PUBLISHED_KEY, "development": True},
        "SUPERVISOR_JWT_SECRET: is the key printed in the vendor's guide",
    ),
    "a short key": ({"secret_key": "short", "development": True}, "SECRET_KEY: is shorter than 16 characters"),
    "an LMS that is not there": (
        {"lms_webhook_url": "http://127.0.0.1:9/hook", "lms_allow_private_addresses": True},
        "LMS_WEBHOOK_URL: no connection to 127.0.0.1: Connection refused",
    ),
    "an LMS at a private address": (
        {"lms_lock_url": "http://127.0.0.1:9/{student}"},
        "LMS_LOCK_URL: 127.0.0.1 is at 127.0.0.1, which is not public",
    ),
    "a vendor that is not there": (
        {"supervisor_url": "http://127.0.0.1:9"},
        "supervisor: http://127.0.0.1:9/sdk/supervisor.js does not answer: Connection refused",
    ),
}


@pytest.mark.parametrize(("changes", "said"), WRONG_SETTINGS.values(), ids=WRONG_SETTINGS)
def test_settings_that_do_not_fit_the_deployment_are_named(
    settings: Settings, deployment: Deployment, changes: dict[str, Any], said: str
) -> None:
    result = visit(settings, deployment[1], **changes)

    assert result.exit_code == 1
    assert [line for line in lines(result, "wrong") if said in line], result.output


WARNINGS: dict[str, tuple[dict[str, Any], str]] = {
    "development": ({"development": True}, "PROCTOR_RESULTS_ENV: is development"),
    "a grace that is none": ({"heartbeat_grace_seconds": 5}, "HEARTBEAT_GRACE_SECONDS: a heartbeat every 10 s, locked"),
    "nobody to launch with": ({"supervisor_url": ""}, "SUPERVISOR_URL: is not set: no learner can be launched"),
    "a secret that strict libraries refuse": (
        {"supervisor_jwt_secret": "only-24-bytes-are-in-it."},
        "SUPERVISOR_JWT_SECRET: is shorter than the 32 bytes",
    ),
}


@pytest.mark.parametrize(("changes", "said"), WARNINGS.values(), ids=WARNINGS)
def test_what_may_be_meant_is_a_warning(
    settings: Settings, deployment: Deployment, changes: dict[str, Any], said: str
) -> None:
    result = visit(settings, deployment[1], **changes)

    assert result.exit_code == 0
    assert [line for line in lines(result, "warning") if said in line], result.output


def test_an_lms_that_can_be_reached_is_sent_nothing(settings: Settings, deployment: Deployment, stub: Stub) -> None:
    changes = {"lms_webhook_url": f"{stub.url}/hook", "lms_allow_private_addresses": True}

    assert "LMS_WEBHOOK_URL: a connection can be opened" in lines(visit(settings, deployment[1], **changes), "ok")
    assert stub.asked == []


def test_a_missing_worker_is_named_with_the_way_to_start_one(settings: Settings, deployment: Deployment) -> None:
    app, url = deployment
    leave(house_of(app), "worker-1")

    wrong = lines(visit(settings, url), "wrong")

    assert wrong == ["/readyz: worker is not well — start one: `flask --app wsgi worker`"]


def test_a_database_without_tables_is_named_with_the_way_to_make_them(settings: Settings, stub: Stub) -> None:
    stub.answers["GET /readyz"] = Said(status=503, body=b'{"ready": false, "database": true, "schema": false}')

    wrong = lines(visit(settings, stub.url), "wrong")

    assert "/readyz: schema is not well — run `flask --app wsgi db upgrade`" in wrong
    assert not any("database" in line for line in wrong)


def test_what_has_waited_long_is_a_warning(settings: Settings, stub: Stub) -> None:
    parts = b'{"ready": true, "database": true, "schema": true, "worker": true, "oldest_undelivered": 301.5}'
    stub.answers["GET /readyz"] = Said(body=parts)

    assert "/readyz: something has been waiting to be told for 302 s" in visit(settings, stub.url).output


def test_what_was_given_up_is_a_warning(settings: Settings, stub: Stub) -> None:
    stub.answers["GET /readyz"] = Said(body=b'{"ready": true, "database": true, "schema": true, "given_up": 2}')

    assert any("2 messages to the LMS were given up" in line for line in lines(visit(settings, stub.url), "warning"))


def test_whoever_does_not_answer_is_asked_no_more(settings: Settings) -> None:
    result = visit(settings, "http://127.0.0.1:9")

    (wrong,) = lines(result, "wrong")
    assert wrong.startswith("/healthz: does not answer: Connection refused — is it running")
    assert "heartbeats" not in result.output


def test_a_redirect_is_not_followed_and_is_named(settings: Settings, stub: Stub) -> None:
    stub.answers["GET /healthz"] = Said(status=301, headers={"Location": "https://results.example/healthz"})

    (wrong,) = lines(visit(settings, stub.url), "wrong")

    assert wrong.startswith("/healthz: answers 301 and points to https://results.example/healthz")
    assert [asked for asked, _ in stub.asked] == ["GET /healthz"]


def test_a_server_that_is_not_the_service_is_found_out(settings: Settings, stub: Stub) -> None:
    everything = Said(body=b"<html>", headers={"Access-Control-Allow-Origin": "*"})
    for asked in ("GET /readyz", "GET /reconnect.js", "GET /sessions?limit=1", "OPTIONS /sessions/doctor/heartbeats"):
        stub.answers[asked] = everything

    wrong = " ".join(lines(visit(settings, stub.url), "wrong"))

    assert "/readyz: does not say how it is" in wrong
    assert "webhooks: without a key: answers 404, not 401" in wrong
    assert "sessions: without a key: answers 200, not 401" in wrong
    assert "/reconnect.js: is not the script of this version" in wrong
    assert "heartbeats: pages of any origin may send them" in wrong


def test_keys_do_not_travel_in_the_clear(settings: Settings, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", stub.url)  # which makes any name reachable
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    stub.answers["GET http://results.example/healthz"] = Said(body=b"ok\n")

    result = visit(settings, "http://results.example")

    assert [line for line in lines(result, "wrong") if line.startswith("PUBLIC_URL: is not https")]
    assert "POST http://results.example/webhooks/nobody-is-called-this" in dict(stub.asked)
    assert not any({VENDOR_KEY, LMS_KEY, f"Bearer {LMS_KEY}"} & set(headers.values()) for _, headers in stub.asked)


SDKS = {
    "is not there": (Said(status=404), "answers 404 — is"),
    "is elsewhere": (
        Said(status=302, headers={"Location": "https://cdn.example/sdk.js"}),
        "answers 302 and points to https://cdn.example/sdk.js",
    ),
    "is a page": (Said(body=b" <!doctype html>"), "is a page, not a script"),
    "is empty": (Said(), "is a page, not a script"),
}


@pytest.mark.parametrize(("answer", "said"), SDKS.values(), ids=SDKS)
def test_a_vendors_script_that_cannot_be_loaded_from_its_server_is_wrong(
    settings: Settings, deployment: Deployment, vendor: Stub, answer: Said, said: str
) -> None:
    vendor.answers["GET /sdk/supervisor.js"] = answer

    (wrong,) = lines(visit(settings, deployment[1]), "wrong")

    assert said in wrong


def http_date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def test_a_vendor_in_another_time_is_a_warning(settings: Settings, deployment: Deployment, vendor: Stub) -> None:
    date = http_date(clock.now() - timedelta(minutes=10))
    vendor.answers["GET /sdk/supervisor.js"] = Said(body=SDK, headers={"Date": date})

    result = visit(settings, deployment[1])

    assert [line for line in lines(result, "warning") if "s behind ours — set this machine's clock" in line]


def test_a_copy_that_a_cache_has_kept_is_from_no_other_time(
    settings: Settings, deployment: Deployment, vendor: Stub
) -> None:
    date = http_date(clock.now() - timedelta(minutes=10))
    vendor.answers["GET /sdk/supervisor.js"] = Said(body=SDK, headers={"Date": date, "Age": "600"})

    assert "supervisor: its clock agrees with ours" in lines(visit(settings, deployment[1]), "ok")


@pytest.mark.parametrize("url", ["", "results.example", "https://", "https://results.example:99999", "ftp://a.example"])
def test_without_an_address_the_doctor_asks_for_one(settings: Settings, url: str) -> None:
    result = visit(settings, url)

    assert result.exit_code == 2
    assert "set PUBLIC_URL, or say --url" in result.output


def test_another_address_can_be_said(settings: Settings, deployment: Deployment) -> None:
    here = create_app(settings)

    result = here.test_cli_runner().invoke(args=["doctor", "--url", f"{deployment[1]}/"])

    assert result.exit_code == 0
    assert [line for line in lines(result, "warning") if line.startswith("PUBLIC_URL: is https://results.example, and")]
