"""Fixtures with local servers, for the tests of the sandbox and of the demo."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import HTTPServer

import pytest
from werkzeug.serving import make_server

from sandbox.lms.app import QuietRequestHandler
from tests.support.fake_service import FakeService

ServeFunction = Callable[[HTTPServer], str]


@pytest.fixture
def serve() -> Iterator[ServeFunction]:
    """A function that runs a server until the end of the test and returns its address."""
    with ExitStack() as stack:

        def start(server: HTTPServer) -> str:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            for cleanup in (server.server_close, thread.join, server.shutdown):
                stack.callback(cleanup)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


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
    """An address on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as unused_socket:
        return f"http://127.0.0.1:{unused_socket.getsockname()[1]}/webhooks/supervisor"
