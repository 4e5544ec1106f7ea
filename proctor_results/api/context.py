"""Holds what the routes need, given to the app when it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.liveness_reporter import LivenessReporter
from proctor_results.launches.launch_tokens import LaunchTokens
from proctor_results.vendors.auth import ApiKeySet
from proctor_results.vendors.base import Vendor

_EXTENSION_KEY = "proctor_results"


@dataclass(frozen=True, kw_only=True)
class ApiContext:
    """Holds the dependencies of use cases, the keys that authenticate, and the clock."""

    deps: Dependencies
    vendors: Mapping[str, Vendor]
    default_vendor: str
    lms_keys: ApiKeySet
    metrics_keys: ApiKeySet
    launch_tokens: LaunchTokens
    public_url: str
    browser_origins: tuple[str, ...]
    liveness_reporter: LivenessReporter
    now: Callable[[], datetime]

    def url_for_path(self, path: str) -> str:
        """Return the public URL of a path."""
        return self.public_url.rstrip("/") + path


def api_context() -> ApiContext:
    """Return the context of the app that handles this request."""
    context: ApiContext = current_app.extensions[_EXTENSION_KEY]
    return context


def register_context(context: ApiContext, extensions: dict[str, object]) -> None:
    """Store the context among the app's extensions, where `api_context` finds it."""
    extensions[_EXTENSION_KEY] = context
