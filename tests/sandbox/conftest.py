"""Real local servers to talk to."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import HTTPServer, ThreadingHTTPServer

import pytest
from werkzeug.serving import make_server

from sandbox.lms.app import QuietRequestHandler
from tests.sandbox.recording_server import RecordingServer, recording_handler
from tests.support.fake_service import FakeService

ServeFunction = Callable[[HTTPServer], str]


@pytest.fixture
def recording_server(serve: ServeFunction) -> RecordingServer:
    created = RecordingServer()
    created.url = (
        serve(ThreadingHTTPServer(("127.0.0.1", 0), recording_handler(created)))
        + "/webhooks/supervisor"
    )
    return created


@pytest.fixture
def fake_service(serve: ServeFunction) -> FakeService:
    created = FakeService()
    created.url = serve(
        make_server(
            "127.0.0.1", 0, created.app(), threaded=True, request_handler=QuietRequestHandler
        )
    )
    return created


@pytest.fixture
def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as unused_socket:
        return f"http://127.0.0.1:{unused_socket.getsockname()[1]}/webhooks/supervisor"


@pytest.fixture
def serve() -> Iterator[ServeFunction]:
    """Runs a server until the end of the test and says its address."""
    with ExitStack() as stack:

        def start(server: HTTPServer) -> str:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            for cleanup in (server.server_close, thread.join, server.shutdown):
                stack.callback(cleanup)
            return f"http://127.0.0.1:{server.server_port}"

        yield start
