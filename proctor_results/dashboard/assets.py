"""What the pages load beside Bootstrap: a sheet of style, two small scripts."""

import hashlib
from importlib.resources import files

from flask import Blueprint, Response, request

from proctor_results.api.auth import public
from proctor_results.dashboard.error_pages import not_found

_CONTENT_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
ASSETS = {
    asset.name: asset.read_bytes()
    for asset in files(__package__).joinpath("assets").iterdir()
    if asset.name.rpartition(".")[2] in _CONTENT_TYPES
}
ASSETS_VERSION = hashlib.sha256(b"".join(ASSETS[name] for name in sorted(ASSETS))).hexdigest()[:12]
"""Part of their addresses, so that browsers may keep them for as long as they like."""

assets = Blueprint("assets", __name__)


@assets.route("/dashboard/assets/<name>")
@public
def serve_asset(name: str) -> Response:
    """One of them by its name."""
    if name not in ASSETS:
        return not_found()
    response = Response(ASSETS[name], content_type=_CONTENT_TYPES[name.rpartition(".")[2]])
    response.cache_control.public, response.cache_control.max_age = (
        True,
        31_536_000 if request.args else 300,
    )
    return response
