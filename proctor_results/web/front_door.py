"""What the routes need, handed in when the app is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app

from proctor_results.flows.house import House
from proctor_results.vendors.base import Vendor
from proctor_results.vendors.launch import Launcher
from proctor_results.web.ear import Ear
from proctor_results.web.launch_tokens import LaunchTokens

if TYPE_CHECKING:
    from proctor_results.web.guards import KeyRing

_NAME = "proctor_results"


@dataclass(frozen=True, kw_only=True)
class FrontDoor:
    """The house behind the door, the keys that open it, and the clock on the wall."""

    house: House
    vendors: Mapping[str, Vendor]
    webhook_keys: KeyRing
    webhook_key_header: str
    lms_keys: KeyRing
    metrics_keys: KeyRing
    launch_tokens: LaunchTokens
    launchers: Mapping[str, Launcher]
    public_url: str
    browser_origins: tuple[str, ...]
    ear: Ear
    now: Callable[[], datetime]

    def address(self, path: str) -> str:
        """Where the world reaches that path."""
        return self.public_url.rstrip("/") + path


def front_door() -> FrontDoor:
    """That of the app which handles this request."""
    door: FrontDoor = current_app.extensions[_NAME]
    return door


def hang(door: FrontDoor, extensions: dict[str, object]) -> None:
    """Puts the door where `front_door` finds it: the app's extensions."""
    extensions[_NAME] = door
