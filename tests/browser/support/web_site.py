"""A web server for the pages of a test: the learner's LMS, or the vendor's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response

from tests.browser.support.serve_app import serve_app


@dataclass(kw_only=True)
class WebSite:
    """Pages by path, and headers that every page gets."""

    origin: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def serve_page(self, path: str) -> Response:
        mimetype = "text/javascript" if path.endswith(".js") else "text/html"
        status = 200 if path in self.pages else 404
        return Response(
            self.pages.get(path, ""),
            status,
            {"Cache-Control": "no-store", **self.headers},
            mimetype=mimetype,
        )


@contextmanager
def run_web_site() -> Iterator[WebSite]:
    web_site = WebSite()
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/<path:path>", view_func=web_site.serve_page)
    with serve_app(app) as web_site.origin:
        yield web_site
