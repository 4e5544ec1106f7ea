"""Reading the settings from the environment."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from proctor_results.settings.load import InvalidSettings, load_settings
from proctor_results.settings.model import Settings
from proctor_results.settings.validators import PUBLISHED_SAMPLE_KEY
from proctor_results.vendors.supervisor.settings import SupervisorSettings


def supervisor(settings: Settings) -> SupervisorSettings:
    loaded = settings.vendors["supervisor"]
    assert isinstance(loaded, SupervisorSettings)
    return loaded


GOOD = {
    "SUPERVISOR_WEBHOOK_KEYS": "a-key-of-the-vendor, another-key-of-the-vendor",
    "LMS_API_KEYS": "a-key-of-the-lms-itself",
    "LMS_WEBHOOK_URL": "https://lms.example/hook",
    "LMS_WEBHOOK_SECRET": "whsec_" + "A" * 32,
    "PUBLIC_URL": "https://results.example/",
    "SECRET_KEY": "a-secret-for-tokens-of-browsers",
    "SUPERVISOR_URL": "https://proctoring.example/",
    "SUPERVISOR_JWT_SECRET": "a-secret-of-the-vendor",
    "BROWSER_ORIGINS": "https://lms.example, http://localhost:8080,https://[::1]:8443",
    "LMS_LOCK_URL": "https://lms.example/{course}/{student}/lock",
    "LMS_LOCK_BODY": '{{"locked": {locked}}}',
    "LMS_LOCK_HEADERS": '{"X-API-Key": "the key of the LMS"}',
}
ALL = {
    *GOOD,
    "DATABASE_URL",
    "POLICY",
    "PROCTOR_RESULTS_ENV",
    "LOG_LEVEL",
    "LMS_ALLOW_PRIVATE_ADDRESSES",
}

FAULTS = {
    "a short key": (
        {"SUPERVISOR_WEBHOOK_KEYS": "a-key-of-the-vendor,short"},
        "SUPERVISOR_WEBHOOK_KEYS",
    ),
    "the key printed in the guide": (
        {"SUPERVISOR_WEBHOOK_KEYS": PUBLISHED_SAMPLE_KEY},
        "SUPERVISOR_WEBHOOK_KEYS",
    ),
    "the guide's key for the LMS": (
        {"LMS_API_KEYS": f"a-key-of-the-lms-itself,{PUBLISHED_SAMPLE_KEY}"},
        "LMS_API_KEYS",
    ),
    "one key for both": ({"LMS_API_KEYS": "another-key-of-the-vendor"}, "LMS_API_KEYS"),
    "a database in memory": ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL"),
    "a database at no address": ({"DATABASE_URL": "postgresql://u:p@[bad/x"}, "DATABASE_URL"),
    "another database": ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL"),
    "a header that is none": (
        {"SUPERVISOR_WEBHOOK_KEY_HEADER": "X Api Key"},
        "SUPERVISOR_WEBHOOK_KEY_HEADER",
    ),
    "an address that is none": ({"LMS_WEBHOOK_URL": "lms.example/hook"}, "LMS_WEBHOOK_URL"),
    "an address in the clear": ({"LMS_WEBHOOK_URL": "http://lms.example/hook"}, "LMS_WEBHOOK_URL"),
    "no secret to sign with": ({"LMS_WEBHOOK_SECRET": ""}, "LMS_WEBHOOK_SECRET"),
    "a short secret": ({"LMS_WEBHOOK_SECRET": "whsec_AAAA"}, "LMS_WEBHOOK_SECRET"),
    "a secret without its prefix": ({"LMS_WEBHOOK_SECRET": "A" * 32}, "LMS_WEBHOOK_SECRET"),
    "a policy that is not there": ({"POLICY": "/no/such/policy.toml"}, "POLICY"),
    "a policy with a fault": (
        {"POLICY": "hold_skipped = 3"},
        "POLICY: hold_skipped",
    ),
    "no number of threads": ({"WORKER_THREADS": "many"}, "WORKER_THREADS"),
    "too many threads": ({"WORKER_THREADS": "65"}, "WORKER_THREADS"),
    "an unknown level": ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    "an unknown environment": ({"PROCTOR_RESULTS_ENV": "staging"}, "PROCTOR_RESULTS_ENV"),
    "a short secret for tokens": ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    "the guide's key for tokens": ({"SECRET_KEY": PUBLISHED_SAMPLE_KEY}, "SECRET_KEY"),
    "tokens that the vendor could make": (
        {"SECRET_KEY": "a-secret-of-the-vendor"},
        "SECRET_KEY: must not share a secret",
    ),
    "tokens that the LMS could make": (
        {"SECRET_KEY": "a-key-of-the-lms-itself"},
        "SECRET_KEY: must not share a secret",
    ),
    "a short secret for the vendor": ({"SUPERVISOR_JWT_SECRET": "short"}, "SUPERVISOR_JWT_SECRET"),
    "the guide's key for the vendor": (
        {"SUPERVISOR_JWT_SECRET": PUBLISHED_SAMPLE_KEY},
        "SUPERVISOR_JWT_SECRET",
    ),
    "a vendor without a secret": (
        {"SUPERVISOR_JWT_SECRET": ""},
        "SUPERVISOR_JWT_SECRET: is needed",
    ),
    "a vendor without tokens for browsers": ({"SECRET_KEY": ""}, "SECRET_KEY: is needed"),
    "a vendor that cannot find us": ({"PUBLIC_URL": ""}, "PUBLIC_URL: is needed"),
    "a vendor in the clear": (
        {"SUPERVISOR_URL": "http://proctoring.example"},
        "SUPERVISOR_URL: must be https",
    ),
    "a vendor that is no address": ({"SUPERVISOR_URL": "proctoring.example"}, "SUPERVISOR_URL"),
    "a vendor's page instead of its server": (
        {"SUPERVISOR_URL": "https://proctoring.example/?a=b"},
        "SUPERVISOR_URL",
    ),
    "a provider that is none": ({"SUPERVISOR_PROVIDER": "jwt/../plain"}, "SUPERVISOR_PROVIDER"),
    "a public address that is none": ({"PUBLIC_URL": "results.example"}, "PUBLIC_URL"),
    "a public address with a password": (
        {"PUBLIC_URL": "https://me:secret@results.example"},
        "PUBLIC_URL",
    ),
    "every origin": ({"BROWSER_ORIGINS": "*"}, "BROWSER_ORIGINS"),
    "no origin": ({"BROWSER_ORIGINS": "null"}, "BROWSER_ORIGINS"),
    "an origin with a path": (
        {"BROWSER_ORIGINS": "https://lms.example/"},
        "which https://lms.example/ is not",
    ),
    "an origin without a scheme": (
        {"BROWSER_ORIGINS": "https://a.example,lms.example"},
        "which lms.example is not",
    ),
    "an origin in capitals": ({"BROWSER_ORIGINS": "https://LMS.example"}, "BROWSER_ORIGINS"),
    "an origin with its usual port": (
        {"BROWSER_ORIGINS": "https://lms.example:443"},
        "BROWSER_ORIGINS",
    ),
    "a star in an origin": ({"BROWSER_ORIGINS": "https://*.lms.example"}, "BROWSER_ORIGINS"),
    "no time between heartbeats": ({"HEARTBEAT_SECONDS": "0"}, "HEARTBEAT_SECONDS"),
    "no grace": ({"HEARTBEAT_GRACE_SECONDS": "0"}, "HEARTBEAT_GRACE_SECONDS"),
    "a lock in the clear": ({"LMS_LOCK_URL": "http://lms.example/"}, "LMS_LOCK_URL: must be https"),
    "a lock with an unknown placeholder": (
        {"LMS_LOCK_URL": "https://lms.example/{who}"},
        "LMS_LOCK_URL: unknown placeholder",
    ),
    "a lock by an unknown method": ({"LMS_LOCK_METHOD": "LOCK"}, "LMS_LOCK_METHOD"),
    "a lock whose body is no JSON": ({"LMS_LOCK_BODY": "locked={locked}"}, "LMS_LOCK_BODY"),
    "a lock in an unknown content type": (
        {"LMS_LOCK_CONTENT_TYPE": "text/xml"},
        "LMS_LOCK_CONTENT_TYPE",
    ),
    "a lock with headers that are none": (
        {"LMS_LOCK_HEADERS": "X-API-Key: abc"},
        "LMS_LOCK_HEADERS",
    ),
    "a lock with a header in lists": (
        {"LMS_LOCK_HEADERS": '{"X-API-Key": ["abc"]}'},
        "LMS_LOCK_HEADERS",
    ),
    "a lock with a header of ours": (
        {"LMS_LOCK_HEADERS": '{"Host": "lms.example"}'},
        "LMS_LOCK_HEADERS",
    ),
    "neither yes nor no": (
        {"LMS_ALLOW_PRIVATE_ADDRESSES": "perhaps"},
        "LMS_ALLOW_PRIVATE_ADDRESSES",
    ),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Set valid settings and remove all others of ours."""
    for name in ALL | {next(iter(changed)) for changed, _ in FAULTS.values()}:
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch  # type: ignore[return-value]  # pytest undoes it


def test_good_settings_are_read() -> None:
    settings = load_settings()

    assert supervisor(settings).webhook_keys == ("a-key-of-the-vendor", "another-key-of-the-vendor")
    assert settings.database_url == "sqlite:///proctor_results.db"
    assert (settings.public_url, supervisor(settings).url) == (
        "https://results.example",
        "https://proctoring.example",
    )
    assert settings.browser_origins == (
        "https://lms.example",
        "http://localhost:8080",
        "https://[::1]:8443",
    )
    assert (settings.heartbeat_seconds, settings.heartbeat_grace_seconds) == (10, 30)
    assert [target.url for target in settings.targets] == [
        "https://lms.example/hook",
        "https://lms.example/{course}/{student}/lock",
    ]
    assert not settings.development


def test_without_settings_the_service_accepts_no_key(environment: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        environment.delenv(name)

    settings = load_settings()

    keys = (supervisor(settings).webhook_keys, settings.lms_api_keys)
    assert (*keys, settings.targets) == ((), (), ())


@pytest.mark.parametrize(("changed", "named"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named(
    environment: pytest.MonkeyPatch, changed: dict[str, str], named: str
) -> None:
    for name, value in changed.items():
        environment.setenv(name, value)

    with pytest.raises(InvalidSettings, match=named):
        load_settings()


def test_all_faults_are_named_in_one_message(environment: pytest.MonkeyPatch) -> None:
    for changed, _ in FAULTS.values():
        for name, value in changed.items():
            environment.setenv(name, value)

    with pytest.raises(InvalidSettings) as raised:
        load_settings()

    assert len(str(raised.value).splitlines()) > 8


SECRETS = {
    "SUPERVISOR_WEBHOOK_KEYS": "hush",
    "LMS_API_KEYS": "hush",
    "SECRET_KEY": "hush",
    "SUPERVISOR_JWT_SECRET": "hush",
    "LMS_WEBHOOK_SECRET": "whsec_hush",
    "LMS_LOCK_HEADERS": '{"X-API-Key": "hush\\n"}',
}


@pytest.mark.parametrize("name", SECRETS)
def test_no_message_shows_a_secret(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, SECRETS[name])

    with pytest.raises(InvalidSettings) as raised:
        load_settings()

    assert "hush" not in str(raised.value)


def test_development_takes_weak_keys(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROCTOR_RESULTS_ENV", "development")
    environment.setenv("SUPERVISOR_WEBHOOK_KEYS", PUBLISHED_SAMPLE_KEY)
    environment.setenv("SUPERVISOR_JWT_SECRET", PUBLISHED_SAMPLE_KEY)
    environment.setenv("SUPERVISOR_URL", "http://localhost:9100")

    assert supervisor(load_settings()).webhook_keys == (PUBLISHED_SAMPLE_KEY,)
    assert supervisor(load_settings()).jwt_secret == PUBLISHED_SAMPLE_KEY


@pytest.mark.parametrize("inline", [True, False], ids=["as text", "as a file"])
def test_the_policy_may_be_a_file_or_its_text(
    environment: pytest.MonkeyPatch, tmp_path: Path, inline: bool
) -> None:
    (tmp_path / "policy.toml").write_text("hold_skipped = true")
    environment.setenv(
        "POLICY", "hold_skipped = true" if inline else os.fspath(tmp_path / "policy.toml")
    )

    assert load_settings().policy.default.hold_skipped
