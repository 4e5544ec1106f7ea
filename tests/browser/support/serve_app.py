"""Serves an app on a free port until the block ends; every port is an origin of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import make_server

from sandbox.lms.app import QuietRequestHandler


@contextmanager
def serve_app(app: Flask) -> Iterator[str]:
    """Yield the address without a slash at its end."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietRequestHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
