"""`/reconnect.js`: the script that an exam page loads."""

import base64
import hashlib
from importlib.resources import files

from flask import Response, request
from flask_smorest import Blueprint

from proctor_results.api import auth

RECONNECT_SCRIPT = files(__package__).joinpath("reconnect.js").read_bytes()
SCRIPT_INTEGRITY = f"sha384-{base64.b64encode(hashlib.sha384(RECONNECT_SCRIPT).digest()).decode()}"
"""The `integrity` attribute of the script tag: the browser runs this script and no other."""

SCRIPT_VERSION = hashlib.sha384(RECONNECT_SCRIPT).hexdigest()[:16]
"""A part of the URL, so that no cached older script is checked against a newer `integrity`."""

script = Blueprint("script", __name__, description="What an exam page loads")


@script.route("/reconnect.js")
@script.alt_response(200, content_type="text/javascript", description="The script")
@script.alt_response(304, description="Unchanged since the ETag given as If-None-Match")
@auth.public
def reconnect_script() -> Response:
    """Return the script of the exam page.

    Any page may load it; heartbeats need an allowed origin.
    """
    response = Response(RECONNECT_SCRIPT, content_type="text/javascript; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.cache_control.public, response.cache_control.max_age = (
        True,
        300,
    )  # pages may also name it without its version
    response.set_etag(SCRIPT_INTEGRITY.removeprefix("sha384-"))
    response.make_conditional(request)
    return response
