"""Supervisor's settings: the keys of its webhook, and the installation for launches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from environs import Env

from proctor_results.settings import validators
from proctor_results.vendors.settings import SecretCheck, ServiceContext


@dataclass(frozen=True, kw_only=True)
class SupervisorSettings:
    """Without `url` no learner is launched; without `webhook_keys` no webhook is accepted."""

    webhook_keys: tuple[str, ...] = field(default=(), repr=False)
    webhook_key_header: str = "X-Api-Key"
    url: str = ""
    provider: str = "jwt"
    jwt_secret: str = field(default="", repr=False)

    @property
    def secrets(self) -> Mapping[str, tuple[str, ...]]:
        return {
            "SUPERVISOR_WEBHOOK_KEYS": self.webhook_keys,
            "SUPERVISOR_JWT_SECRET": (self.jwt_secret,) if self.jwt_secret else (),
        }

    def errors(self, service: ServiceContext) -> Iterator[str]:
        """Yield what is missing to launch learners."""
        if not self.url:
            return
        needed = {"SUPERVISOR_JWT_SECRET": self.jwt_secret, **service.needed_to_launch}
        yield from (f"{name}: is needed with SUPERVISOR_URL" for name in needed if not needed[name])
        yield from validators.https_errors("SUPERVISOR_URL", self.url, service.allow_http)


def load_settings(env: Env, secret_check: SecretCheck) -> SupervisorSettings:
    """Read the environment; a faulty value is None here, and is reported with all others."""
    keys = env.str("SUPERVISOR_WEBHOOK_KEYS", "", validate=secret_check)
    return SupervisorSettings(
        webhook_keys=validators.split_list(keys),
        webhook_key_header=env.str(
            "SUPERVISOR_WEBHOOK_KEY_HEADER", "X-Api-Key", validate=validators.HEADER_NAME
        ),
        url=validators.without_trailing_slash(
            env.str("SUPERVISOR_URL", "", validate=validators.base_url)
        ),
        provider=env.str("SUPERVISOR_PROVIDER", "jwt", validate=validators.SIMPLE_NAME),
        jwt_secret=env.str("SUPERVISOR_JWT_SECRET", "", validate=secret_check),
    )
