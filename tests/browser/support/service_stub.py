"""A stub of the service that answers wrongly, slowly or not at all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from tests.browser.support.serve_app import serve_app

SCRIPT_PATH = Path(__file__).parents[3] / "proctor_results" / "launches" / "reconnect.js"


@dataclass(frozen=True, kw_only=True)
class StubResponse:
    """One response after `delay_seconds`; `raw_body` stands for that of a proxy."""

    status: int = 200
    holds: tuple[str, ...] = ()
    next_in_ms: int | None = 60_000
    delay_seconds: float = 0
    raw_body: str = ""

    @property
    def body(self) -> str:
        payload = {"locked": bool(self.holds), "holds": self.holds, "next_in_ms": self.next_in_ms}
        problem = {"type": "about:blank", "status": self.status}
        return self.raw_body or json.dumps(payload if self.status == 200 else problem)


@dataclass(frozen=True, kw_only=True)
class StubRequest:
    """A request as it arrived."""

    method: str
    path: str
    content_type: str
    body: Any


@dataclass(kw_only=True)
class ServiceStub:
    """Answers heartbeats with `responses` in turn, then with `default_response`."""

    origin: str = ""
    responses: list[StubResponse] = field(default_factory=list)
    default_response: StubResponse = field(default_factory=StubResponse)
    metrics_response: StubResponse = field(default_factory=StubResponse)
    received: list[StubRequest] = field(default_factory=list)
    is_closing: threading.Event = field(default_factory=threading.Event)

    @property
    def heartbeats(self) -> list[StubRequest]:
        return [stub_request for stub_request in self.received if stub_request.path == "heartbeats"]

    @property
    def metrics(self) -> list[StubRequest]:
        return [stub_request for stub_request in self.received if stub_request.path == "metrics"]

    def receive(self, path: str) -> Response:
        response = self._next_response(path)
        body = request.get_json(force=True, silent=True)
        self.received.append(
            StubRequest(
                method=request.method, path=path, content_type=request.content_type or "", body=body
            )
        )
        self.is_closing.wait(response.delay_seconds)
        return Response(response.body, response.status, _CORS_HEADERS, mimetype="application/json")

    def serve_script(self) -> Response:
        return Response(SCRIPT_PATH.read_bytes(), 200, _CORS_HEADERS, mimetype="text/javascript")

    def _next_response(self, path: str) -> StubResponse:
        if path == "metrics":
            return self.metrics_response
        return self.responses.pop(0) if self.responses else self.default_response


_CORS_HEADERS = {"Access-Control-Allow-Origin": "*"}


@contextmanager
def run_service_stub() -> Iterator[ServiceStub]:
    service_stub = ServiceStub()
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/reconnect.js", view_func=service_stub.serve_script)
    app.add_url_rule(
        "/<path>",
        view_func=service_stub.receive,
        methods=["POST", "OPTIONS"],
        provide_automatic_options=False,
    )
    with serve_app(app) as service_stub.origin:
        yield service_stub
        service_stub.is_closing.set()


def wait_until(condition: Callable[[], object], timeout_seconds: float = 10) -> None:
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.01)
