"""Real local servers to talk to."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import HTTPServer, ThreadingHTTPServer

import pytest
from werkzeug.serving import make_server

from proctor_results.sandbox.lms import Handler
from tests.sandbox.exam_room import ExamRoom
from tests.sandbox.receiver import Receiver, keeping

Serve = Callable[[HTTPServer], str]


@pytest.fixture
def receiver(serve: Serve) -> Receiver:
    kept = Receiver()
    kept.url = serve(ThreadingHTTPServer(("127.0.0.1", 0), keeping(kept))) + "/webhooks/supervisor"
    return kept


@pytest.fixture
def exam_room(serve: Serve) -> ExamRoom:
    room = ExamRoom()
    room.url = serve(make_server("127.0.0.1", 0, room.app(), threaded=True, request_handler=Handler))
    return room


@pytest.fixture
def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/webhooks/supervisor"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Runs a server until the end of the test and says its address."""
    with ExitStack() as stack:

        def run(server: HTTPServer) -> str:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            for undo in (server.server_close, thread.join, server.shutdown):
                stack.callback(undo)
            return f"http://127.0.0.1:{server.server_port}"

        yield run
