"""An installation: web and worker from the Procfile under honcho, a sandbox LMS, and what they have to say."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from socket import create_server
from typing import Any

import requests

from proctor_results.sandbox.demo.premises import FLASK, Premises, prepare
from tests.processes import Program, kill_marked
from tests.workplace import until

_PATIENCE = 30


@dataclass(frozen=True, kw_only=True)
class Site:
    """An installation on this database. Nothing of it runs at first."""

    premises: Premises
    database_url: str

    def web(self) -> Program:
        program = self._line("web")
        until(lambda: _answers(f"{self.premises.web}/healthz"), _PATIENCE)
        return program

    def worker(self) -> Program:
        program = self._line("worker")
        until(lambda: "worker.started" in program.log.read_text(), _PATIENCE)
        return program

    def lms(self) -> Program:
        program = self._program("lms", [*FLASK, "sandbox-lms", "--port", str(self.premises.lms_port)])
        until(lambda: _answers(f"{self.premises.lms}/told"), _PATIENCE)
        return program

    def post(self, body: bytes) -> requests.Response:
        """As a vendor does. Raises requests.RequestException."""
        headers = {"X-Api-Key": self.premises.vendor_key}
        return requests.post(f"{self.premises.web}/webhooks/supervisor", body, headers=headers, timeout=20)

    def sessions(self) -> dict[str, dict[str, Any]]:
        """What the LMS is shown when it asks, by identifier."""
        headers = {"X-Api-Key": self.premises.lms_key}
        shown = requests.get(f"{self.premises.web}/sessions?limit=1000", headers=headers, timeout=20).json()
        return {session["identifier"]: session for session in shown["sessions"]}

    def told(self) -> dict[str, Any]:
        """What the LMS was told."""
        told: dict[str, Any] = requests.get(f"{self.premises.lms}/told", timeout=20).json()
        return told

    def agreed(self) -> bool:
        """Whether the LMS holds of every session what it is shown when it asks."""
        held, shown = self.told()["sessions"], self.sessions()
        return bool(held == {each: {name: shown[each][name] for name in held.get(each, ())} for each in shown})

    def let_the_lms(self, **behave: Any) -> None:
        requests.post(f"{self.premises.lms}/behave", json=behave, timeout=20).raise_for_status()

    def _line(self, name: str) -> Program:
        return self._program(name, ["-m", "honcho", "--env", os.devnull, "start", name])

    def _program(self, name: str, arguments: list[str]) -> Program:
        folder = self.premises.folder
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**self.premises.environment(), "DATABASE_URL": self.database_url, "PATH": path}
        program = Program(arguments, environment, f"{folder}/{name}", folder / f"{name}.log")
        program.start()
        return program


@contextmanager
def site_on(database_url: str, folder: Path) -> Iterator[Site]:
    """A site with an empty folder of its own. In the end nothing of it is left running."""
    premises = replace(prepare(folder), web_port=_free_port(), lms_port=_free_port())
    try:
        yield Site(premises=premises, database_url=database_url)
    finally:
        kill_marked(f"{folder}/")


def _free_port() -> int:
    """None of those that the system lends to whoever calls out: while web is dead, nobody else may get its port."""
    for port in Random().sample(range(20_000, 32_000), 100):  # noqa: S311  # no secret
        with suppress(OSError), create_server(("", port)):
            return port
    raise OSError("no port is free")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
