"""Reading the settings from the environment."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from proctor_results.settings import PUBLISHED_KEY, BadSettings, read

GOOD = {
    "WEBHOOK_API_KEYS": "a-key-of-the-vendor, another-key-of-the-vendor",
    "LMS_API_KEYS": "a-key-of-the-lms-itself",
    "LMS_WEBHOOK_URL": "https://lms.example/hook",
    "LMS_WEBHOOK_SECRET": "whsec_" + "A" * 32,
}

FAULTS = {
    "a short key": ({"WEBHOOK_API_KEYS": "a-key-of-the-vendor,short"}, "WEBHOOK_API_KEYS"),
    "the key printed in the guide": ({"WEBHOOK_API_KEYS": PUBLISHED_KEY}, "WEBHOOK_API_KEYS"),
    "the guide's key for the LMS": ({"LMS_API_KEYS": f"a-key-of-the-lms-itself,{PUBLISHED_KEY}"}, "LMS_API_KEYS"),
    "one key for both": ({"LMS_API_KEYS": "another-key-of-the-vendor"}, "LMS_API_KEYS"),
    "another database": ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL"),
    "a header that is none": ({"WEBHOOK_API_KEY_HEADER": "X Api Key"}, "WEBHOOK_API_KEY_HEADER"),
    "an address that is none": ({"LMS_WEBHOOK_URL": "lms.example/hook"}, "LMS_WEBHOOK_URL"),
    "an address in the clear": ({"LMS_WEBHOOK_URL": "http://lms.example/hook"}, "LMS_WEBHOOK_URL"),
    "no secret to sign with": ({"LMS_WEBHOOK_SECRET": ""}, "LMS_WEBHOOK_SECRET"),
    "a short secret": ({"LMS_WEBHOOK_SECRET": "whsec_AAAA"}, "LMS_WEBHOOK_SECRET"),
    "a secret without its prefix": ({"LMS_WEBHOOK_SECRET": "A" * 32}, "LMS_WEBHOOK_SECRET"),
    "a policy that is not there": ({"LOCK_POLICY": "/no/such/policy.toml"}, "LOCK_POLICY"),
    "a policy with a fault": ({"LOCK_POLICY": "hold_skipped = 3"}, "LOCK_POLICY: hold_skipped"),
    "no number of threads": ({"WORKER_THREADS": "many"}, "WORKER_THREADS"),
    "too many threads": ({"WORKER_THREADS": "65"}, "WORKER_THREADS"),
    "an unknown level": ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    "an unknown environment": ({"PROCTOR_RESULTS_ENV": "staging"}, "PROCTOR_RESULTS_ENV"),
    "neither yes nor no": ({"LMS_ALLOW_PRIVATE_ADDRESSES": "perhaps"}, "LMS_ALLOW_PRIVATE_ADDRESSES"),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment with good settings and nothing else of ours."""
    for name in ("DATABASE_URL", "LOCK_POLICY", "PROCTOR_RESULTS_ENV", "LOG_LEVEL", "LMS_ALLOW_PRIVATE_ADDRESSES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch  # type: ignore[return-value]  # pytest undoes it


def test_good_settings_are_read() -> None:
    settings = read()

    assert settings.webhook_api_keys == ("a-key-of-the-vendor", "another-key-of-the-vendor")
    assert settings.database_url == "sqlite:///proctor_results.db"
    assert not settings.development


def test_nothing_set_is_a_service_that_lets_nobody_in(environment: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        environment.delenv(name)

    settings = read()

    assert (settings.webhook_api_keys, settings.lms_api_keys, settings.lms_webhook_url) == ((), (), "")


@pytest.mark.parametrize(("changed", "named"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named(environment: pytest.MonkeyPatch, changed: dict[str, str], named: str) -> None:
    for name, value in changed.items():
        environment.setenv(name, value)

    with pytest.raises(BadSettings, match=named):
        read()


def test_all_faults_are_named_in_one_message(environment: pytest.MonkeyPatch) -> None:
    for changed, _ in FAULTS.values():
        for name, value in changed.items():
            environment.setenv(name, value)

    with pytest.raises(BadSettings) as raised:
        read()

    assert len(str(raised.value).splitlines()) > 8


def test_no_message_shows_a_secret(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WEBHOOK_API_KEYS", "hush")

    with pytest.raises(BadSettings) as raised:
        read()

    assert "hush" not in str(raised.value)


def test_development_takes_weak_keys(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROCTOR_RESULTS_ENV", "development")
    environment.setenv("WEBHOOK_API_KEYS", PUBLISHED_KEY)

    assert read().webhook_api_keys == (PUBLISHED_KEY,)


@pytest.mark.parametrize("inline", [True, False], ids=["as text", "as a file"])
def test_the_policy_may_be_a_file_or_its_text(environment: pytest.MonkeyPatch, tmp_path: Path, inline: bool) -> None:
    (tmp_path / "policy.toml").write_text("hold_skipped = true")
    environment.setenv("LOCK_POLICY", "hold_skipped = true" if inline else os.fspath(tmp_path / "policy.toml"))

    assert read().policy.default.hold_skipped
