"""What the pages load beside Bootstrap: a sheet of style, two small scripts."""

import hashlib
from importlib.resources import files

from flask import Blueprint, Response, request

from proctor_results.dashboard.refusals import not_found
from proctor_results.web.guards import for_anyone

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
ASSETS = {
    each.name: each.read_bytes()
    for each in files(__package__).joinpath("assets").iterdir()
    if each.name.rpartition(".")[2] in _TYPES
}
VERSION = hashlib.sha256(b"".join(ASSETS[name] for name in sorted(ASSETS))).hexdigest()[:12]
"""Part of their addresses, so that browsers may keep them for as long as they like."""

assets = Blueprint("assets", __name__)


@assets.route("/dashboard/assets/<name>")
@for_anyone
def load(name: str) -> Response:
    """One of them by its name."""
    if name not in ASSETS:
        return not_found()
    answer = Response(ASSETS[name], content_type=_TYPES[name.rpartition(".")[2]])
    answer.cache_control.public, answer.cache_control.max_age = True, 31_536_000 if request.args else 300
    return answer
