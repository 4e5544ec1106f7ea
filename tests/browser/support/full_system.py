"""The whole system: our processes, the pages of an LMS and the server of a vendor."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from demo.api_client import readiness_error, received_messages
from demo.environment import (
    FLASK_COMMAND,
    DemoEnvironment,
    create_environment,
    process_commands,
)
from demo.operators import OperatorAccount, add_operator
from demo.processes import run_processes, run_to_completion
from demo.waiting import wait_until
from tests.browser.support.web_site import WebSite, run_web_site

FAKE_VENDOR_SDK = Path(__file__).parent / "supervisor.js"
SHORT_HEARTBEATS = {"HEARTBEAT_SECONDS": "1", "HEARTBEAT_GRACE_SECONDS": "2"}


@dataclass(frozen=True, kw_only=True)
class FullSystem:
    """The pages of `lms_site` may send heartbeats, those of `foreign_site` may not."""

    demo_environment: DemoEnvironment
    environment: Mapping[str, str]
    lms_site: WebSite
    foreign_site: WebSite
    vendor_site: WebSite

    def launch(self, identifier: str) -> Mapping[str, Any]:
        """Launch as an LMS does, and return `launch` of the response."""
        launch_request = {
            "identifier": identifier,
            "student": f"student-{identifier}",
            "exam": "exam-1",
        }
        response = requests.post(
            f"{self.demo_environment.web_url}/sessions",
            json=launch_request,
            headers=self._authorization,
            timeout=5,
        )
        assert response.status_code in (200, 201), response.text
        launched: Mapping[str, Any] = response.json()["launch"]
        return launched

    def create_account(self, role: str) -> OperatorAccount:
        """Create an operator with that role."""
        return add_operator(f"some-{role}", role, self.environment, self.demo_environment.folder)

    def is_locked(self, identifier: str) -> bool:
        """Return whether the service says that the session is locked."""
        response = requests.get(
            f"{self.demo_environment.web_url}/sessions/{identifier}",
            headers=self._authorization,
            timeout=5,
        )
        locked: bool = response.json()["locked"]
        return locked

    def lms_holds(self, identifier: str) -> list[str]:
        """Return the kinds of holds that the LMS has received."""
        session = received_messages(self.demo_environment)["sessions"].get(
            identifier, {"holds": []}
        )
        return [hold["kind"] for hold in session["holds"]]

    @property
    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.demo_environment.lms_key}"}


@contextmanager
def run_full_system(folder: Path) -> Iterator[FullSystem]:
    with run_web_site() as lms_site, run_web_site() as foreign_site, run_web_site() as vendor_site:
        vendor_site.pages["sdk/supervisor.js"] = FAKE_VENDOR_SDK.read_text()
        demo_environment = replace(
            create_environment(folder), web_port=_free_port(), lms_port=_free_port()
        )
        environment = {
            **demo_environment.environment_variables(),
            **SHORT_HEARTBEATS,
            **_url_settings(demo_environment, lms_site, vendor_site),
        }
        run_to_completion("upgrade", [*FLASK_COMMAND, "db", "upgrade"], environment, folder)
        with run_processes(process_commands(demo_environment), environment, folder) as processes:
            wait_until("starting", lambda: readiness_error(demo_environment), processes)
            yield FullSystem(
                demo_environment=demo_environment,
                environment=environment,
                lms_site=lms_site,
                foreign_site=foreign_site,
                vendor_site=vendor_site,
            )


def _url_settings(
    demo_environment: DemoEnvironment, lms_site: WebSite, vendor_site: WebSite
) -> dict[str, str]:
    return {
        "PUBLIC_URL": demo_environment.web_url,
        "BROWSER_ORIGINS": lms_site.origin,
        "SUPERVISOR_URL": vendor_site.origin,
        "SUPERVISOR_JWT_SECRET": secrets.token_urlsafe(32),
    }


def _free_port() -> int:
    with socket.create_server(("", 0)) as listening_socket:
        port: int = listening_socket.getsockname()[1]
        return port
