"""The whole house on ports of its own: processes, the pages of the LMS, the server of the vendor."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from proctor_results.sandbox.demo.asking import not_ready, told
from proctor_results.sandbox.demo.operators import Account, add_operator
from proctor_results.sandbox.demo.premises import FLASK, Premises, commands, prepare
from proctor_results.sandbox.demo.processes import complete, running
from proctor_results.sandbox.demo.waiting import wait_until
from tests.browser.site import Site, open_site

STAND_IN = Path(__file__).parent / "supervisor.js"
QUICK = {"HEARTBEAT_SECONDS": "1", "HEARTBEAT_GRACE_SECONDS": "2"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`site` is the LMS's, whose pages may send heartbeats; `stranger` is somebody else's."""

    premises: Premises
    environment: Mapping[str, str]
    site: Site
    stranger: Site
    vendor: Site

    def launch(self, identifier: str) -> Mapping[str, Any]:
        """What the LMS does when a learner comes to sit; the `launch` of the answer."""
        order = {"identifier": identifier, "student": f"student-{identifier}", "exam": "exam-1"}
        answer = requests.post(f"{self.premises.web}/sessions", json=order, headers=self._key, timeout=5)
        assert answer.status_code in (200, 201), answer.text
        launch: Mapping[str, Any] = answer.json()["launch"]
        return launch

    def admit(self, role: str) -> Account:
        """Somebody who may sign in to the dashboard with that role."""
        return add_operator(f"some-{role}", role, self.environment, self.premises.folder)

    def is_locked(self, identifier: str) -> bool:
        """What the service says when it is asked."""
        answer = requests.get(f"{self.premises.web}/sessions/{identifier}", headers=self._key, timeout=5)
        locked: bool = answer.json()["locked"]
        return locked

    def holds(self, identifier: str) -> list[str]:
        """Why the LMS takes this exam for locked; it knows only what it was told."""
        session = told(self.premises)["sessions"].get(identifier, {"holds": []})
        return [hold["kind"] for hold in session["holds"]]

    @property
    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.premises.lms_key}"}


@contextmanager
def set_up(folder: Path) -> Iterator[Stage]:
    with open_site() as site, open_site() as stranger, open_site() as vendor:
        vendor.pages["sdk/supervisor.js"] = STAND_IN.read_text()
        premises = replace(prepare(folder), web_port=_free_port(), lms_port=_free_port())
        environment = {**premises.environment(), **QUICK, **_addresses(premises, site, vendor)}
        complete("upgrade", [*FLASK, "db", "upgrade"], environment, folder)
        with running(commands(premises), environment, folder) as processes:
            wait_until("starting", lambda: not_ready(premises), processes)
            yield Stage(premises=premises, environment=environment, site=site, stranger=stranger, vendor=vendor)


def _addresses(premises: Premises, site: Site, vendor: Site) -> dict[str, str]:
    return {
        "PUBLIC_URL": premises.web,
        "BROWSER_ORIGINS": site.origin,
        "SUPERVISOR_URL": vendor.origin,
        "SUPERVISOR_JWT_SECRET": secrets.token_urlsafe(32),
    }


def _free_port() -> int:
    with socket.create_server(("", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
