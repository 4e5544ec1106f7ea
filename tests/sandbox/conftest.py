"""A server that records the reports that the sandbox posts."""

from http.server import ThreadingHTTPServer

import pytest

from tests.sandbox.recording_server import RecordingServer, recording_handler
from tests.support.server_fixtures import ServeFunction


@pytest.fixture
def recording_server(serve: ServeFunction) -> RecordingServer:
    created = RecordingServer()
    created.url = (
        serve(ThreadingHTTPServer(("127.0.0.1", 0), recording_handler(created)))
        + "/webhooks/supervisor"
    )
    return created
