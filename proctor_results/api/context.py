"""What the routes need, handed in when the app is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.liveness_reporter import LivenessReporter
from proctor_results.launches.launch_tokens import LaunchTokens
from proctor_results.vendors.base import Vendor
from proctor_results.vendors.launch import Launcher

if TYPE_CHECKING:
    from proctor_results.api.auth import ApiKeySet

_EXTENSION_KEY = "proctor_results"


@dataclass(frozen=True, kw_only=True)
class ApiContext:
    """The house behind the door, the keys that open it, and the clock on the wall."""

    deps: Dependencies
    vendors: Mapping[str, Vendor]
    webhook_keys: ApiKeySet
    webhook_key_header: str
    lms_keys: ApiKeySet
    metrics_keys: ApiKeySet
    launch_tokens: LaunchTokens
    launchers: Mapping[str, Launcher]
    public_url: str
    browser_origins: tuple[str, ...]
    liveness_reporter: LivenessReporter
    now: Callable[[], datetime]

    def url_for_path(self, path: str) -> str:
        """Where the world reaches that path."""
        return self.public_url.rstrip("/") + path


def api_context() -> ApiContext:
    """That of the app which handles this request."""
    context: ApiContext = current_app.extensions[_EXTENSION_KEY]
    return context


def register_context(context: ApiContext, extensions: dict[str, object]) -> None:
    """Puts the door where `front_door` finds it: the app's extensions."""
    extensions[_EXTENSION_KEY] = context
