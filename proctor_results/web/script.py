"""`/reconnect.js`: the script that an exam page loads."""

import base64
import hashlib
from importlib.resources import files

from flask import Response, request
from flask_smorest import Blueprint

from proctor_results.web import guards

SCRIPT = files(__package__).joinpath("reconnect.js").read_bytes()
INTEGRITY = f"sha384-{base64.b64encode(hashlib.sha384(SCRIPT).digest()).decode()}"
"""What a page puts into `integrity`, so that its browser runs this script and no other."""

VERSION = hashlib.sha384(SCRIPT).hexdigest()[:16]
"""Part of the address, so that no browser holds an older script against a newer `integrity`."""

script = Blueprint("script", __name__, description="What an exam page loads")


@script.route("/reconnect.js")
@script.alt_response(200, content_type="text/javascript", description="The script")
@script.alt_response(304, description="Unchanged since the ETag given as If-None-Match")
@guards.for_anyone
def reconnect() -> Response:
    """The script that keeps an exam page in touch. Any page may load it; only some may send heartbeats."""
    answer = Response(SCRIPT, content_type="text/javascript; charset=utf-8")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.cache_control.public, answer.cache_control.max_age = True, 300  # pages may also name it without its version
    answer.set_etag(INTEGRITY.removeprefix("sha384-"))
    answer.make_conditional(request)
    return answer
