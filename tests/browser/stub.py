"""Stands in for the service where a test needs one that answers badly, slowly or not at all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from tests.browser.serving import serving

SCRIPT = Path(__file__).parents[2] / "proctor_results" / "web" / "reconnect.js"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer, `after` so many seconds; `instead` is what something in between says."""

    status: int = 200
    holds: tuple[str, ...] = ()
    next_in_ms: int | None = 60_000
    after: float = 0
    instead: str = ""

    @property
    def body(self) -> str:
        said = {"locked": bool(self.holds), "holds": self.holds, "next_in_ms": self.next_in_ms}
        problem = {"type": "about:blank", "status": self.status}
        return self.instead or json.dumps(said if self.status == 200 else problem)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request as it came."""

    method: str
    path: str
    content_type: str
    body: Any


@dataclass(kw_only=True)
class Stub:
    """It answers heartbeats with `answers` one after the other, then with `usual`; metrics with `judged`."""

    origin: str = ""
    answers: list[Answer] = field(default_factory=list)
    usual: Answer = field(default_factory=Answer)
    judged: Answer = field(default_factory=Answer)
    heard: list[Heard] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def beats(self) -> list[Heard]:
        return [heard for heard in self.heard if heard.path == "heartbeats"]

    @property
    def metrics(self) -> list[Heard]:
        return [heard for heard in self.heard if heard.path == "metrics"]

    def receive(self, path: str) -> Response:
        answer = self._answer(path)
        body = request.get_json(force=True, silent=True)
        self.heard.append(Heard(method=request.method, path=path, content_type=request.content_type or "", body=body))
        self.closing.wait(answer.after)
        return Response(answer.body, answer.status, _READABLE, mimetype="application/json")

    def script(self) -> Response:
        return Response(SCRIPT.read_bytes(), 200, _READABLE, mimetype="text/javascript")

    def _answer(self, path: str) -> Answer:
        if path == "metrics":
            return self.judged
        return self.answers.pop(0) if self.answers else self.usual


_READABLE = {"Access-Control-Allow-Origin": "*"}


@contextmanager
def open_stub() -> Iterator[Stub]:
    stub = Stub()
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/reconnect.js", view_func=stub.script)
    app.add_url_rule("/<path>", view_func=stub.receive, methods=["POST", "OPTIONS"], provide_automatic_options=False)
    with serving(app) as stub.origin:
        yield stub
        stub.closing.set()


def until(happened: Callable[[], object], seconds: float = 10) -> None:
    """Waits for something that another process brings about."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it has not happened"
        time.sleep(0.01)
