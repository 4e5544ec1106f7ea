"""How the web processes run; gunicorn reads this from the folder it is started in."""

import os
import sys
from typing import Any

from proctor_results.logs.output import OUTPUT


def read_number(name: str, text: str | None, default: int, maximum: int) -> int:
    """Return the setting, or end with a message that says what it must be."""
    if not text:
        return default
    if text.isdecimal() and 1 <= int(text) <= maximum:
        return int(text)
    sys.exit(
        f"Proctor Results cannot start: {name}: must be a whole number from 1 to {maximum}, "
        f"and is {text!r}"
    )


is_sqlite = os.environ.get("DATABASE_URL", "sqlite:").startswith("sqlite:")

bind = f"0.0.0.0:{read_number('PORT', os.environ.get('PORT'), 8000, 65535)}"
# gthread, but no thread ever waits for a client
worker_class = "gunicorn_buffered.worker.BufferedThreadWorker"
# SQLite has one writer. Threads of one process queue for it in turn; processes would poll for it
# and sleep in between.
workers = (
    1 if is_sqlite else read_number("WEB_CONCURRENCY", os.environ.get("WEB_CONCURRENCY"), 2, 200)
)
threads = 16 if is_sqlite else 8
timeout = 30
graceful_timeout = 25  # platforms kill after 30 s
keepalive = 5
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
forwarder_headers = (
    ""  # a local proxy might forward a client's SCRIPT_NAME, which would change every path
)
sendfile = False  # it would wait for the client
control_socket_disable = True
loglevel = os.environ.get("LOG_LEVEL", "info")
logger_class = "proctor_results.logs.gunicorn_logger.JsonLogger"


def on_starting(_: Any) -> None:
    """Stop with a message on faulty settings; gunicorn would restart such processes for ever."""
    from proctor_results.settings import load as settings_load

    settings_load.load_settings()


def post_worker_init(worker: Any) -> None:
    """Start the liveness reports: a timeout locks an exam only while heartbeats are accepted."""
    OUTPUT.start_background()
    worker.wsgi.extensions["proctor_results"].liveness_reporter.start()


def worker_exit(_: Any, worker: Any) -> None:
    """Stop the liveness reports. Without an app they never began."""
    if getattr(worker, "wsgi", None):
        worker.wsgi.extensions["proctor_results"].liveness_reporter.stop()
