"""How the web processes run; gunicorn reads this from the folder it is started in."""

import os
import sys
from typing import Any

from proctor_results.log_lines import LINES


def number(name: str, given: str | None, default: int, most: int) -> int:
    """The setting, or a word on how to mend it instead of a traceback."""
    if not given:
        return default
    if given.isdecimal() and 1 <= int(given) <= most:
        return int(given)
    sys.exit(f"Proctor Results cannot start: {name}: must be a whole number from 1 to {most}, and is {given!r}")


embedded = os.environ.get("DATABASE_URL", "sqlite:").startswith("sqlite:")

bind = f"0.0.0.0:{number('PORT', os.environ.get('PORT'), 8000, 65535)}"
worker_class = "proctor_results.serving.gate.Gate"  # gthread, but no thread ever waits for a client
# SQLite has one writer. Threads of one process queue for it in turn; processes would poll for it and sleep in between.
workers = 1 if embedded else number("WEB_CONCURRENCY", os.environ.get("WEB_CONCURRENCY"), 2, 200)
threads = 16 if embedded else 8
timeout = 30
graceful_timeout = 25  # platforms kill after 30 s
keepalive = 5
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
forwarder_headers = ""  # a proxy on this machine might pass a stranger's SCRIPT_NAME on, and move every path with it
sendfile = False  # it would wait for the client
control_socket_disable = True
loglevel = os.environ.get("LOG_LEVEL", "info")
logger_class = "proctor_results.serving.lines.Lines"


def on_starting(_: Any) -> None:
    """Settings with faults end it here, with a message; processes that cannot start would be started again for ever."""
    from proctor_results import settings

    settings.read()


def post_worker_init(worker: Any) -> None:
    """The process takes requests from now on, and says so: only silence that somebody could have heard locks exams."""
    LINES.in_background()
    worker.wsgi.extensions["proctor_results"].ear.open()


def worker_exit(_: Any, worker: Any) -> None:
    """The process takes no requests any more. Without an app it never did."""
    if getattr(worker, "wsgi", None):
        worker.wsgi.extensions["proctor_results"].ear.close()
