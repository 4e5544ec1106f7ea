"""`flask doctor` on a sound deployment, and on others with one fault each."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from proctor_results import clock
from proctor_results.database.statement import Statement
from proctor_results.deliveries.targets.http_template import HttpTemplateSettings
from proctor_results.deliveries.targets.request_template import RequestTemplate
from proctor_results.deliveries.targets.webhook import WebhookSettings
from proctor_results.settings.model import Settings
from proctor_results.settings.validators import PUBLISHED_SAMPLE_KEY
from proctor_results.worker import store as worker_store
from tests.conftest import LMS_KEY, SUPERVISOR_SECRET, VENDOR_KEY, dependencies_of
from tests.support.stub_servers import SDK, StubResponse, StubServer, serve_stub
from tests.support.vendors import with_supervisor

Deployment = tuple[Flask, str]


def run_doctor(settings: Settings, url: str, **changes: Any) -> Result:
    """The doctor sees the deployment at `url` with the settings that are here."""
    changed = with_supervisor(settings, **changes.pop("supervisor", {}))
    local_app = create_app(replace(changed, **{"public_url": url, **changes}))
    result = local_app.test_cli_runner().invoke(args=["doctor"])
    dependencies_of(local_app).database.close()
    return result


def lines_with_grade(result: Result, grade: str) -> list[str]:
    return [
        line.removeprefix(grade).strip()
        for line in result.output.splitlines()
        if line.startswith(grade)
    ]


LMS_SECRET = "whsec_" + "A" * 32


@pytest.fixture
def stub() -> Iterator[StubServer]:
    """Run another server in place of the service."""
    with serve_stub(StubServer(responses={"GET /healthz": StubResponse(body=b"ok\n")})) as stub:
        yield stub


def test_a_healthy_deployment_has_no_errors(settings: Settings, deployment: Deployment) -> None:
    result = run_doctor(settings, deployment[1])

    assert (lines_with_grade(result, "error"), result.exit_code) == ([], 0)
    assert [line.partition(":")[0] for line in lines_with_grade(result, "warning")] == [
        "LMS_WEBHOOK_URL",
        "supervisor",
        "PUBLIC_URL",
    ]
    assert result.output.endswith("0 errors, 3 warnings, 4 to check manually\n")


def test_the_doctor_changes_nothing(settings: Settings, deployment: Deployment) -> None:
    run_doctor(settings, deployment[1])

    database = dependencies_of(deployment[0]).database
    for table in ("receipt", "session", "delivery"):
        assert (
            database.fetch(Statement(f"SELECT COUNT(*) FROM {table}"))[0][0] == 0
        )  # our own words


def test_the_doctor_shows_no_secret(settings: Settings, deployment: Deployment) -> None:
    output = run_doctor(settings, deployment[1]).output
    for secret in (VENDOR_KEY, LMS_KEY, settings.secret_key, SUPERVISOR_SECRET):
        assert secret not in output


INVALID_SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "keys that the deployment does not know": (
        {"supervisor": {"webhook_keys": ("another key of the vendor",)}},
        "supervisor webhook: with key 1: answers 401, not 404 — does it run with these keys",
    ),
    "keys of an LMS that the deployment does not know": (
        {"lms_api_keys": ("another key for the LMS",)},
        "sessions: with key 1: answers 401, not 200 — does it run with these LMS_API_KEYS",
    ),
    "no key for vendors": (
        {"supervisor": {"webhook_keys": ()}},
        "SUPERVISOR_WEBHOOK_KEYS: has no key: every request is refused",
    ),
    "no key for the LMS": (
        {"lms_api_keys": ()},
        "LMS_API_KEYS: has no key: every request is refused",
    ),
    "an origin that the deployment does not let in": (
        {"browser_origins": ("https://lms.example", "https://other.example")},
        "heartbeats: pages of https://other.example may not send them",
    ),
    "no origin": (
        {"browser_origins": ()},
        "BROWSER_ORIGINS: is not set: no exam page may send heartbeats",
    ),
    "the published key": (
        {"supervisor": {"jwt_secret": PUBLISHED_SAMPLE_KEY}, "development": True},
        "SUPERVISOR_JWT_SECRET: is the key printed in the vendor's guide",
    ),
    "a short key": (
        {"secret_key": "short", "development": True},
        "SECRET_KEY: is shorter than 16 characters",
    ),
    "an LMS that is not there": (
        {
            "targets": (WebhookSettings(url="http://127.0.0.1:9/hook", secret=LMS_SECRET),),
            "lms_allow_private_addresses": True,
        },
        "LMS_WEBHOOK_URL: no connection to 127.0.0.1: Connection refused",
    ),
    "an LMS at a private address": (
        {
            "targets": (
                HttpTemplateSettings(
                    request_template=RequestTemplate(url_template="http://127.0.0.1:9/{student}")
                ),
            )
        },
        "LMS_LOCK_URL: 127.0.0.1 is at 127.0.0.1, which is not public",
    ),
    "a vendor that is not there": (
        {"supervisor": {"url": "http://127.0.0.1:9"}},
        "supervisor: http://127.0.0.1:9/sdk/supervisor.js does not answer: Connection refused",
    ),
}


@pytest.mark.parametrize(
    ("changes", "expected_text"), INVALID_SETTINGS.values(), ids=INVALID_SETTINGS
)
def test_settings_that_do_not_fit_the_deployment_are_named(
    settings: Settings, deployment: Deployment, changes: dict[str, Any], expected_text: str
) -> None:
    result = run_doctor(settings, deployment[1], **changes)

    assert result.exit_code == 1
    assert [line for line in lines_with_grade(result, "error") if expected_text in line], (
        result.output
    )


WARNINGS: dict[str, tuple[dict[str, Any], str]] = {
    "development": ({"development": True}, "PROCTOR_RESULTS_ENV: is development"),
    "a grace that is none": (
        {"heartbeat_grace_seconds": 5},
        "HEARTBEAT_GRACE_SECONDS: a heartbeat every 10 s, locked",
    ),
    "no vendor to launch with": (
        {"supervisor": {"url": ""}},
        "vendors: no vendor is set up to launch learners",
    ),
    "a secret that strict libraries refuse": (
        {"supervisor": {"jwt_secret": "only-24-bytes-are-in-it."}},
        "SUPERVISOR_JWT_SECRET: is shorter than the 32 bytes",
    ),
}


@pytest.mark.parametrize(("changes", "expected_text"), WARNINGS.values(), ids=WARNINGS)
def test_a_questionable_setting_is_a_warning(
    settings: Settings, deployment: Deployment, changes: dict[str, Any], expected_text: str
) -> None:
    result = run_doctor(settings, deployment[1], **changes)

    assert result.exit_code == 0
    assert [line for line in lines_with_grade(result, "warning") if expected_text in line], (
        result.output
    )


def test_an_lms_that_can_be_reached_is_sent_nothing(
    settings: Settings, deployment: Deployment, stub: StubServer
) -> None:
    changes = {
        "targets": (WebhookSettings(url=f"{stub.url}/hook", secret=LMS_SECRET),),
        "lms_allow_private_addresses": True,
    }

    assert "LMS_WEBHOOK_URL: a connection can be opened" in lines_with_grade(
        run_doctor(settings, deployment[1], **changes), "ok"
    )
    assert stub.requests_seen == []


def test_a_missing_worker_is_named_with_the_way_to_start_one(
    settings: Settings, deployment: Deployment
) -> None:
    app, url = deployment
    worker_store.delete(dependencies_of(app).database, "worker-1")

    errors = lines_with_grade(run_doctor(settings, url), "error")

    assert errors == ["/readyz: worker is not well — start one: `flask --app wsgi worker`"]


def test_a_database_without_tables_is_named_with_the_way_to_make_them(
    settings: Settings, stub: StubServer
) -> None:
    stub.responses["GET /readyz"] = StubResponse(
        status=503, body=b'{"ready": false, "database": true, "schema": false}'
    )

    errors = lines_with_grade(run_doctor(settings, stub.url), "error")

    assert "/readyz: schema is not well — run `flask --app wsgi db upgrade`" in errors
    assert not any("database" in line for line in errors)


def test_an_old_pending_delivery_is_a_warning(settings: Settings, stub: StubServer) -> None:
    body = (
        b'{"ready": true, "database": true, "schema": true, "worker": true, '
        b'"oldest_undelivered": 301.5}'
    )
    stub.responses["GET /readyz"] = StubResponse(body=body)

    assert (
        "/readyz: a message has been waiting for delivery for 302 s"
        in run_doctor(settings, stub.url).output
    )


def test_failed_deliveries_are_a_warning(settings: Settings, stub: StubServer) -> None:
    stub.responses["GET /readyz"] = StubResponse(
        body=b'{"ready": true, "database": true, "schema": true, "failed_deliveries": 2}'
    )

    assert any(
        "2 messages to the LMS have failed" in line
        for line in lines_with_grade(run_doctor(settings, stub.url), "warning")
    )


def test_an_unreachable_deployment_is_not_checked_further(settings: Settings) -> None:
    result = run_doctor(settings, "http://127.0.0.1:9")

    (errors,) = lines_with_grade(result, "error")
    assert errors.startswith("/healthz: does not answer: Connection refused — is it running")
    assert "heartbeats" not in result.output


def test_a_redirect_is_not_followed_and_is_named(settings: Settings, stub: StubServer) -> None:
    stub.responses["GET /healthz"] = StubResponse(
        status=301, headers={"Location": "https://results.example/healthz"}
    )

    (errors,) = lines_with_grade(run_doctor(settings, stub.url), "error")

    assert errors.startswith("/healthz: answers 301 and points to https://results.example/healthz")
    assert [request_line for request_line, _ in stub.requests_seen] == ["GET /healthz"]


def test_a_foreign_server_is_recognised(settings: Settings, stub: StubServer) -> None:
    stub_response = StubResponse(body=b"<html>", headers={"Access-Control-Allow-Origin": "*"})
    for request_line in (
        "GET /readyz",
        "GET /reconnect.js",
        "GET /sessions?limit=1",
        "OPTIONS /sessions/doctor/heartbeats",
    ):
        stub.responses[request_line] = stub_response

    errors = " ".join(lines_with_grade(run_doctor(settings, stub.url), "error"))

    assert "/readyz: does not say how it is" in errors
    assert "webhooks: without a key: answers 404, not 401" in errors
    assert "sessions: without a key: answers 200, not 401" in errors
    assert "/reconnect.js: is not the script of this version" in errors
    assert "heartbeats: pages of any origin may send them" in errors


def test_keys_do_not_travel_in_the_clear(
    settings: Settings, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", stub.url)  # which makes any name reachable
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    stub.responses["GET http://results.example/healthz"] = StubResponse(body=b"ok\n")

    result = run_doctor(settings, "http://results.example")

    assert [
        line
        for line in lines_with_grade(result, "error")
        if line.startswith("PUBLIC_URL: is not https")
    ]
    assert "POST http://results.example/webhooks/unknown-vendor" in dict(stub.requests_seen)
    assert not any(
        {VENDOR_KEY, LMS_KEY, f"Bearer {LMS_KEY}"} & set(headers.values())
        for _, headers in stub.requests_seen
    )


SDK_RESPONSES = {
    "is not there": (StubResponse(status=404), "answers 404 — is"),
    "is elsewhere": (
        StubResponse(status=302, headers={"Location": "https://cdn.example/sdk.js"}),
        "answers 302 and points to https://cdn.example/sdk.js",
    ),
    "is a page": (StubResponse(body=b" <!doctype html>"), "is a page, not a script"),
    "is empty": (StubResponse(), "is a page, not a script"),
}


@pytest.mark.parametrize(
    ("stub_response", "expected_text"), SDK_RESPONSES.values(), ids=SDK_RESPONSES
)
def test_a_vendor_script_that_cannot_be_loaded_is_an_error(
    settings: Settings,
    deployment: Deployment,
    vendor: StubServer,
    stub_response: StubResponse,
    expected_text: str,
) -> None:
    vendor.responses["GET /sdk/supervisor.js"] = stub_response

    (errors,) = lines_with_grade(run_doctor(settings, deployment[1]), "error")

    assert expected_text in errors


def http_date(time: datetime) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT")


def test_a_vendor_clock_that_differs_is_a_warning(
    settings: Settings, deployment: Deployment, vendor: StubServer
) -> None:
    date = http_date(clock.now() - timedelta(minutes=10))
    vendor.responses["GET /sdk/supervisor.js"] = StubResponse(body=SDK, headers={"Date": date})

    result = run_doctor(settings, deployment[1])

    assert [
        line
        for line in lines_with_grade(result, "warning")
        if "s behind ours — set this machine's clock" in line
    ]


def test_the_age_of_a_cached_copy_is_no_clock_difference(
    settings: Settings, deployment: Deployment, vendor: StubServer
) -> None:
    date = http_date(clock.now() - timedelta(minutes=10))
    vendor.responses["GET /sdk/supervisor.js"] = StubResponse(
        body=SDK, headers={"Date": date, "Age": "600"}
    )

    assert "supervisor: its clock agrees with ours" in lines_with_grade(
        run_doctor(settings, deployment[1]), "ok"
    )


@pytest.mark.parametrize(
    "url", ["", "results.example", "https://", "https://results.example:99999", "ftp://a.example"]
)
def test_without_a_url_the_doctor_requires_one(settings: Settings, url: str) -> None:
    result = run_doctor(settings, url)

    assert result.exit_code == 2
    assert "set PUBLIC_URL, or say --url" in result.output


def test_another_url_can_be_passed(settings: Settings, deployment: Deployment) -> None:
    local_app = create_app(settings)

    result = local_app.test_cli_runner().invoke(args=["doctor", "--url", f"{deployment[1]}/"])

    assert result.exit_code == 0
    assert [
        line
        for line in lines_with_grade(result, "warning")
        if line.startswith("PUBLIC_URL: is https://results.example, and")
    ]
