"""Every target keeps the same promises, whatever its messages look like."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from environs import Env

from proctor_results.deliveries.messages import build_message
from proctor_results.deliveries.targets.base import (
    Delivered,
    Gone,
    PushResult,
    Refused,
    Target,
    TargetSettings,
    Unreachable,
)
from proctor_results.deliveries.targets.registry import TARGETS, read_target_settings
from proctor_results.doctor.result import Severity
from proctor_results.http_client.client import BODY_BYTES, HttpClient
from proctor_results.http_client.public_connect import CallErrorKind
from proctor_results.sessions.model import Session
from tests.support.http_servers import LocalServer, serve, serve_script, unused_port

NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
SESSION = Session(
    identifier="s-1",
    vendor="supervisor",
    lms_attributes={"student": "learner-7", "exam": "exam-1"},
    updated_at=NOW,
)
PASSWORD = "hush-password"
SIGNING_KEY = "whsec_aHVzaC1odXNoLWh1c2gtaHVzaC1odXNo"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The environment that configures one target, and what of it is secret."""

    url_name: str
    others: Mapping[str, str]
    secrets: tuple[str, ...]

    def settings(self, url: str) -> TargetSettings:
        with pytest.MonkeyPatch.context() as environment:
            for other in ENVIRONMENTS.values():
                environment.delenv(other.url_name, raising=False)
            for name, value in {self.url_name: url, **self.others}.items():
                environment.setenv(name, value)
            (settings,) = read_target_settings(Env())
        return settings

    def target(self, url: str, **client_options: Any) -> Target:
        client = HttpClient(**{"allow_private": True, **client_options})
        return self.settings(url).create_target(client)


ENVIRONMENTS = {
    "webhook": Environment(
        url_name="LMS_WEBHOOK_URL",
        others={"LMS_WEBHOOK_SECRET": SIGNING_KEY},
        secrets=(PASSWORD, SIGNING_KEY),
    ),
    "http_template": Environment(
        url_name="LMS_LOCK_URL",
        others={
            "LMS_LOCK_BODY": '{{"student": "{student}", "locked": {locked}}}',
            "LMS_LOCK_HEADERS": '{"X-Key": "hush-key"}',
        },
        secrets=(PASSWORD, "hush-key"),
    ),
}


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> Environment:
    return ENVIRONMENTS[request.param]


@pytest.fixture
def lms() -> Iterator[LocalServer]:
    with serve(LocalServer()) as server:
        yield server


def push(target: Target) -> PushResult:
    topic = sorted(target.topics)[0]
    return target.push(f"s-1.{topic}.1", build_message(SESSION, topic, 1, NOW), NOW)


def test_every_registered_target_is_tested() -> None:
    types = {
        type(environment.settings("https://lms.example/")) for environment in ENVIRONMENTS.values()
    }
    assert types == set(TARGETS)


def test_a_target_without_its_url_is_not_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for environment in ENVIRONMENTS.values():
        monkeypatch.delenv(environment.url_name, raising=False)
    assert read_target_settings(Env()) == ()


def test_it_delivers_each_of_its_topics(environment: Environment, lms: LocalServer) -> None:
    target = environment.target(lms.url)
    for topic in target.topics:
        message = build_message(SESSION, topic, 1, NOW)
        assert isinstance(target.push(f"s-1.{topic}.1", message, NOW), Delivered)
    assert len(lms.received) == len(target.topics) > 0


def test_a_repeated_message_has_the_same_id(environment: Environment, lms: LocalServer) -> None:
    target = environment.target(lms.url)
    push(target)
    push(target)
    ids = [
        received.headers.get("webhook-id") or received.headers["Idempotency-Key"]
        for received in lms.received
    ]
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_it_retries_later_and_honours_retry_after(
    environment: Environment, lms: LocalServer, status: int
) -> None:
    lms.status, lms.headers = status, {"Retry-After": "30"}
    result = push(environment.target(lms.url))
    assert isinstance(result, Unreachable)
    assert (result.status, result.retry_after) == (status, timedelta(seconds=30))


def test_410_stops_the_target(environment: Environment, lms: LocalServer) -> None:
    lms.status = 410
    assert isinstance(push(environment.target(lms.url)), Gone)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422])
def test_another_4xx_is_refused(environment: Environment, lms: LocalServer, status: int) -> None:
    lms.status = status
    assert isinstance(push(environment.target(lms.url)), Refused)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(
    environment: Environment, lms: LocalServer, status: int
) -> None:
    with serve(LocalServer()) as elsewhere:
        lms.status, lms.headers = status, {"Location": elsewhere.url}
        assert isinstance(push(environment.target(lms.url)), Refused)
        assert elsewhere.received == []


def test_an_oversized_response_is_cut(environment: Environment, lms: LocalServer) -> None:
    lms.status, lms.body = 503, b"x" * (BODY_BYTES * 100)
    result = push(environment.target(lms.url))
    assert isinstance(result, Unreachable)
    assert len(result.detail) <= 300


def test_a_silent_target_times_out(environment: Environment) -> None:
    is_over = Event()
    with serve_script(lambda _: is_over.wait(10)) as url:
        result = push(environment.target(url, seconds=0.3))
        is_over.set()
    assert isinstance(result, Unreachable)
    assert result.error is CallErrorKind.TIMED_OUT


def test_a_closed_port_is_unreachable(environment: Environment) -> None:
    result = push(environment.target(f"http://127.0.0.1:{unused_port()}/"))
    assert isinstance(result, Unreachable)
    assert result.error is CallErrorKind.CONNECTION_FAILED


def test_a_private_address_is_refused_by_default(
    environment: Environment, lms: LocalServer
) -> None:
    result = push(environment.target(lms.url, allow_private=False))
    assert isinstance(result, Unreachable)
    assert result.error is CallErrorKind.ADDRESS_NOT_PUBLIC
    assert lms.received == []


@pytest.mark.parametrize("status", [200, 302, 404, 410, 503])
def test_secrets_are_in_no_representation_detail_or_log(
    environment: Environment, lms: LocalServer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    lms.status = status
    url = f"http://me:{PASSWORD}@127.0.0.1:{lms.port}/?token={PASSWORD}"
    settings, target = environment.settings(url), environment.target(url)
    result = push(target)
    unreachable = push(environment.target(url.replace(f":{lms.port}/", f":{unused_port()}/")))
    shown = f"{settings!r} {target!r} {result!r} {unreachable!r} {caplog.text}"
    assert [secret for secret in environment.secrets if secret in shown] == []


def test_plain_http_is_an_error_unless_it_is_allowed(environment: Environment) -> None:
    settings = environment.settings("http://lms.example/")
    (error,) = settings.errors(allow_http=False)
    assert error.startswith(f"{environment.url_name}: must be https")
    assert list(settings.errors(allow_http=True)) == []


def test_its_doctor_check_connects_and_sends_nothing(
    environment: Environment, lms: LocalServer
) -> None:
    checks = list(environment.settings(lms.url).doctor_checks(allow_private=True, now=NOW))
    assert [(check.severity, check.subject) for check in checks] == [
        (Severity.OK, environment.url_name)
    ]
    assert lms.received == []


def test_its_doctor_check_names_a_target_that_is_not_there(environment: Environment) -> None:
    settings = environment.settings(f"http://127.0.0.1:{unused_port()}/")
    (check,) = settings.doctor_checks(allow_private=True, now=NOW)
    assert (check.severity, check.subject) == (Severity.ERROR, environment.url_name)
