"""A web server whose pages a test writes: the learner's LMS, or the vendor's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response

from tests.browser.serving import serving


@dataclass(kw_only=True)
class Site:
    """Path → what is there, and the headers that every page comes with."""

    origin: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def page(self, path: str) -> Response:
        kind = "text/javascript" if path.endswith(".js") else "text/html"
        status = 200 if path in self.pages else 404
        return Response(self.pages.get(path, ""), status, {"Cache-Control": "no-store", **self.headers}, mimetype=kind)


@contextmanager
def open_site() -> Iterator[Site]:
    site = Site()
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/<path:path>", view_func=site.page)
    with serving(app) as site.origin:
        yield site
